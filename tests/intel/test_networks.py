import ipaddress
from array import array

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.networks import V4_LAST, V6_LAST, Starts, ranges, text

NETS = {
    4: st.tuples(st.integers(0, V4_LAST), st.integers(0, 32)),
    6: st.tuples(st.integers(0, V6_LAST), st.integers(0, 128)),
}
# few bits, so that networks nest, touch and end at the last address
CLOSE = st.tuples(st.sampled_from([0, 1, 2, 3, 4, 7, 8, 15, V4_LAST - 4, V4_LAST - 1, V4_LAST]), st.integers(26, 32))


def cut(nets: list[tuple[int, int]], bits: int) -> list[tuple[int, int, list[tuple[int, int]]]]:
    """Networks as (first, last, [itself]), sorted as the compiler has them."""
    found = {}
    for address, prefix in nets:
        size = 1 << (bits - prefix)
        first = address - address % size
        found[first, prefix] = (first, first + size - 1, [(first, prefix)])
    return [found[key] for key in sorted(found)]


@given(st.lists(CLOSE | NETS[4], max_size=30))
def test_ranges_cover_what_the_networks_cover(nets: list[tuple[int, int]]) -> None:
    networks = cut(nets, 32)
    found = list(ranges(networks, V4_LAST))
    starts = [start for start, _ in found]
    assert starts == sorted(set(starts))
    assert all(0 <= start <= V4_LAST for start in starts)
    edges = {edge for first, last, _ in networks for edge in (first, first - 1, last, last + 1)} | {0, V4_LAST}
    for address in edges:
        if 0 <= address <= V4_LAST:
            at = max((i for i, start in enumerate(starts) if start <= address), default=-1)
            covering = [things[0] for first, last, things in networks if first <= address <= last]
            assert (found[at][1] if at >= 0 else []) == sorted(covering, key=lambda net: -net[1])


@given(st.lists(NETS[4], max_size=20), st.lists(NETS[6], max_size=20), st.data())
def test_find_is_the_last_start_not_after(
    four: list[tuple[int, int]], six: list[tuple[int, int]], data: st.DataObject
) -> None:
    v4 = sorted({address for address, _ in four})
    v6 = sorted({address >> shift for address, shift in six})
    starts = Starts(array("I", v4), array("Q", (a >> 64 for a in v6)), array("Q", (a & (1 << 64) - 1 for a in v6)))
    assert len(starts) == len(v4) + len(v6)
    assert list(starts) == [*(a.to_bytes(4, "big") for a in v4), *(a.to_bytes(16, "big") for a in v6)]
    for known, size, base in ((v4, 4, 0), (v6, 16, len(v4))):
        address = data.draw(st.sampled_from([*known, 0]) | st.integers(0, (1 << 8 * size) - 1))
        at = sum(start <= address for start in known) - 1
        assert starts.find(address.to_bytes(size, "big")) == (at + base if at >= 0 else -1)


def test_text() -> None:
    assert text(ipaddress.ip_address("192.0.2.7").packed, 24) == "192.0.2.0/24"
    assert text(ipaddress.ip_address("2001:db8::7").packed, 128) == "2001:db8::7/128"
