"""Classic capture files, as tcpdump writes them (draft-ietf-opsawg-pcap): micro- or nanoseconds, either byte order."""

import struct
from collections.abc import Iterator
from typing import Final

from dnsguard.replay.recorded import Frame
from dnsguard.replay.source import Source

MAGICS: Final = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}
MAX_FRAME: Final = 262144
"""libpcap's MAXIMUM_SNAPLEN: a record that claims more is damage, and is not allocated. [bytes]"""


def frames(source: Source) -> Iterator[Frame]:
    """Frames in file order; DamagedError with the offset where the file breaks off."""
    order, unit = MAGICS[source.need(4, "the magic number")]
    header = source.need(20, "the file header")
    link = struct.unpack_from(order + "I", header, 16)[0] & 0xFFFF  # above: length of the frame check sequence
    record = struct.Struct(order + "IIII")
    while head := source.take(16, "a record header"):
        seconds, fraction, captured, _length = record.unpack(head)
        if captured > MAX_FRAME:
            raise source.damaged(f"a record of {captured} bytes; none has more than {MAX_FRAME}", source.offset - 16)
        yield Frame(link, seconds + fraction * unit, source.need(captured, "a frame"))
