from itertools import product

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.pending import Pending, key, key_bits
from dnsguard.wire.query import Query
from tests.simulated import packet

FLAGS = [" ".join(flags) for n in product(["", "RD"], ["", "AD"], ["", "CD"]) for flags in [[f for f in n if f]]]


def query(name: str = "a.example", qtype: str = "A", **more: object) -> Query:
    return Query(packet(name, qtype, **more), b"\x7f\0\0\1", 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("do", [False, True])
def test_what_is_sent_upstream(flags: str, do: bool) -> None:
    asked = query("wWw.example", "TXT", do=do, flags=flags)
    bits = key_bits(asked)
    sent = dns.message.from_wire(b"\0\0" + Pending(key(asked, bits), bits, asked, 0, 0.0, 1).tail)
    assert set(dns.flags.to_text(sent.flags).split()) == set(flags.split())
    assert (sent.edns, sent.payload, sent.ednsflags) == (0, 1232, dns.flags.DO if do else 0)
    assert str(sent.question[0]) == "wWw.example. IN TXT"


def test_each_set_of_wishes_has_a_key_of_its_own() -> None:
    asked = [query(do=do, flags=flags) for do in (False, True) for flags in FLAGS]
    assert len({key(each, key_bits(each)) for each in asked}) == len(asked) == 16


def test_case_edns_and_other_flags_make_no_difference() -> None:
    same = [query(), query("A.eXample"), query(edns=4096), query(flags="RD TC AA")]
    assert len({key(each, key_bits(each)) for each in same}) == 1


@given(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3), st.integers(0, 65535))
def test_keys_are_equal_only_for_equal_names(labels: list[bytes], qtype: int) -> None:
    def made(parts: list[bytes]) -> bytes:
        wire = b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
        asked = Query(b"\0\0\1\0\0\1\0\0\0\0\0\0" + wire + qtype.to_bytes(2) + b"\0\1", b"\x7f\0\0\1", 0.0)
        return key(asked, key_bits(asked))

    assert made(labels) == made([label.upper() for label in labels])
    assert made(labels) != made([*labels, b"x"])
    # a type like "AA" is no letter to be lowered
    assert made(labels)[-5:-3] == qtype.to_bytes(2)
