"""What every reader must hold, whatever it is given."""

import ipaddress
import random

from hypothesis import strategies as st

from dnsguard.intel.entry import Entry
from dnsguard.intel.names import canonical
from dnsguard.intel.readers import FORMATS, Reading
from dnsguard.intel.readers.reading import MAX_REASONS, MAX_SHOWN

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=12)
NAME = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
NETWORK = st.one_of(
    st.tuples(st.integers(0, 2**16 - 1), st.integers(16, 32)).map(
        lambda pair: ipaddress.ip_network((0xC6330000 + pair[0], pair[1]), strict=False)
    ),
    st.tuples(st.integers(0, 2**96 - 1), st.integers(32, 128)).map(
        lambda pair: ipaddress.ip_network(((0x20010DB8 << 96) + pair[0], pair[1]), strict=False)
    ),
)
"""Of 198.51.0.0/16 and 2001:db8::/32."""


def read(format_: str, data: bytes, *, believe: frozenset[str] = frozenset(), now: float = 0.0) -> Reading:
    """Read with one reader, and check what holds for all."""
    reading = Reading(format=format_, believe=believe, now=now)
    reading.found = list(FORMATS[format_](data, reading))
    for entry in reading.found:
        well_formed(entry)
    assert len(reading.shown) <= MAX_SHOWN
    for counter in (reading.refused, reading.quarantined, reading.ignored):
        assert len(counter) <= MAX_REASONS + 1
    assert all(line.text.isascii() and line.text.isprintable() for line in reading.shown)
    assert reading.junk + reading.quarantined.total() >= len(reading.shown)
    return reading


def well_formed(entry: Entry) -> None:
    assert entry.line >= 1
    assert -1 <= entry.confidence <= 100
    assert 0 <= entry.seen < 1 << 32
    if entry.trigger.is_name:
        assert canonical(entry.text) == entry.text
    else:
        assert str(ipaddress.ip_network(entry.text)) == entry.text


def mutated(data: bytes, seed: int) -> bytes:
    """Harm a sample in a few places: flipped, cut, doubled and moved pieces."""
    rng = random.Random(seed)
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if not out:
            break
        at, to = sorted((rng.randrange(len(out)), rng.randrange(len(out))))
        what = rng.randrange(5)
        if what == 0:
            out[at] = rng.randrange(256)
        elif what == 1:
            del out[at : at + rng.randrange(20)]
        elif what == 2:
            out[at:at] = out[at : at + rng.randrange(30)]
        elif what == 3:
            out[at:at] = rng.choice(
                [b"\n", b"\r", b'"', b"'", b"(", b")", b"[", b"]", b"{", b"\\", b"\0", b"\xff", b"$"]
            )
        else:
            out[to:to] = out[at : at + rng.randrange(30)]
    return bytes(out)
