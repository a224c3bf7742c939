"""A readable query in the place of one that is not, so that policy and alerts have a name and a client."""

from dnsguard.anomaly.walk import MAX_NAME, Name
from dnsguard.wire.query import Query

_HEADER = b"\0\0\1\0\0\1\0\0\0\0\0\0"


def stand_in(packet: bytes, client: bytes, time: float, stream: bool) -> Query:
    """Make a query of the first question's name and type, as far as they can be read; the root and type 0 if not."""
    wire = b""
    tail = b"\0\0\0\1"
    if len(packet) > 12 and packet[4] << 8 | packet[5]:
        name = Name(packet, 12)
        for label in name.labels:
            if len(wire) + len(label) + 2 > MAX_NAME:
                break
            wire += bytes([len(label)]) + label
        if 0 <= name.end <= len(packet) - 4:
            tail = packet[name.end : name.end + 2] + b"\0\1"
    return Query(_HEADER + wire + b"\0" + tail, client, time, stream)
