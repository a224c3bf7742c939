import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Trigger
from dnsguard.intel.readers.reading import Network
from tests.intel.readers.hold import NETWORK, mutated, read

SAMPLE = b"""\
; Spamhaus DROP
198.51.100.0/24 ; SBL1
198.51.101.0\t198.51.101.255\t24\t3
# CSV
"198.51.102.1","443","online"
2001:db8:1::/48
add nets 198.51.103.0/24
198.51.104.8-198.51.104.11
198.51.105.1:8080
[2001:db8::5]:443
evil.example
1.2.3
10.0.0.0/8
127.0.0.1
0.0.0.0/0
224.0.0.1
"""


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("addresses", SAMPLE)
    assert [(entry.text, entry.line) for entry in reading.found] == [
        ("198.51.100.0/24", 2),
        ("198.51.101.0/32", 3),
        ("198.51.102.1/32", 5),
        ("2001:db8:1::/48", 6),
        ("198.51.103.0/24", 7),
        ("198.51.104.8/30", 8),
        ("198.51.105.1/32", 9),
        ("2001:db8::5/128", 10),
    ]
    assert {entry.trigger for entry in reading.found} == {Trigger.ADDRESS}
    assert reading.refused == {"is no address or network": 2}
    assert reading.quarantined == {
        "is a local network": 1,
        "is no address of a host elsewhere": 2,
        "is wider than a /8": 1,
    }


def test_what_is_believed_is_taken() -> None:
    reading = read("addresses", b"10.0.0.0/8\n192.168.1.1\n", believe=frozenset({"192.168.1.1/32"}))
    assert [entry.text for entry in reading.found] == ["192.168.1.1/32"]


@given(st.lists(NETWORK))
def test_what_is_written_is_read(nets: list[Network]) -> None:
    text = "".join(f"{net}\n" for net in nets)
    assert read("addresses", text.encode()).found == [
        Entry(str(net), line, trigger=Trigger.ADDRESS) for line, net in enumerate(nets, 1)
    ]


@given(NETWORK)
def test_a_range_is_its_networks(net: Network) -> None:
    if net.num_addresses > 1:
        (entry,) = read("addresses", f"{net[0]}-{net[-1]}".encode()).found
        assert entry.text == str(net)


@pytest.mark.parametrize(
    "word", ["1.2.3.4-::1", "1.2.3.9-1.2.3.1", "fe80::1%eth0", "1.2.3.4/33", "1.2.3.4/x", "[", "-"]
)
def test_odd_words_are_no_networks(word: str) -> None:
    assert read("addresses", word.encode()).found == []


@given(st.text(alphabet="0123456789.:/-[]%abcf, ;\n", max_size=60) | st.text())
def test_any_text_has_a_reading(text: str) -> None:
    read("addresses", text.encode())


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("addresses", mutated(SAMPLE, seed))
