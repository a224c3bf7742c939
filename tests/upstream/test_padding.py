import dns.edns
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.upstream.padding import padded, unpadded
from tests.upstream.scripted import answer, query

NAMES = st.lists(st.text("abcdefghij", min_size=1, max_size=63), min_size=1, max_size=3).map(".".join)
COOKIE = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")


def with_options(*options, name="a.example"):
    return dns.message.make_query(name, "A", use_edns=0, options=list(options)).to_wire()


@given(NAMES, st.booleans())
def test_queries_have_lengths_of_whole_blocks(name, cookie) -> None:
    plain = with_options(*[COOKIE] * cookie, name=name)
    packet = padded(plain)
    assert len(packet) % 128 == 0
    assert len(packet) < len(plain) + 132
    message = dns.message.from_wire(packet)
    assert message.question == dns.message.from_wire(plain).question
    assert [option.otype for option in message.options] == [*[10] * cookie, 12]
    assert not any(option.to_wire().strip(b"\0") for option in message.options if option.otype == 12)
    assert unpadded(packet) == plain
    assert padded(packet) == packet


def test_without_edns_nothing_is_added() -> None:
    assert padded(query()) == query()


def test_an_answer_loses_its_padding_only() -> None:
    response = dns.message.from_wire(answer(with_options(COOKIE)))
    response.use_edns(
        0, options=[COOKIE, dns.edns.GenericOption(12, bytes(300)), dns.edns.GenericOption(15, b"\0\x16x")]
    )
    message = dns.message.from_wire(unpadded(response.to_wire()))
    assert [option.otype for option in message.options] == [10, 15]
    assert message.answer == response.answer


@pytest.mark.parametrize("packet", [answer(query()), answer(with_options(COOKIE))])
def test_an_answer_without_padding_stays(packet) -> None:
    assert unpadded(packet) == packet


@given(st.binary(max_size=200))
def test_noise_stays(noise) -> None:
    assert padded(noise) == noise or noise[4:12] == b"\0\1\0\0\0\0\0\1"
    unpadded(noise)


@given(st.integers(0, 127))
def test_cut_messages_stay(at) -> None:
    packet = padded(with_options())
    assert unpadded(packet[:at]) == packet[:at]
    assert padded(packet[:at]) == packet[:at]
