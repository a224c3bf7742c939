"""Link headers: where in a frame the IP packet starts (numbers: tcpdump.org/linktypes.html)."""

from collections.abc import Callable
from typing import Final

IPV4, IPV6 = 0x0800, 0x86DD
VLANS: Final = frozenset({0x8100, 0x88A8, 0x9100})  # IEEE 802.1Q, 802.1ad, and what stood in for it before
PPPOE: Final = 0x8864  # RFC 2516
MAX_TAGS: Final = 8
"""Tags one after the other; more is no frame that anyone sends."""
NOT_IP: Final = 0


def _typed(frame: bytes, at: int) -> int:
    """Follow tags from the type field at `at`."""
    for _ in range(MAX_TAGS):
        kind = frame[at] << 8 | frame[at + 1]
        if kind in (IPV4, IPV6):
            return at + 2
        if kind in VLANS:
            at += 4
        elif kind == PPPOE:
            protocol = frame[at + 8] << 8 | frame[at + 9]
            return at + 10 if protocol in (0x0021, 0x0057) else NOT_IP  # RFC 1332, RFC 5072
        else:
            return NOT_IP
    return NOT_IP


def _ethernet(frame: bytes) -> int:
    return _typed(frame, 12)


def _raw(_frame: bytes) -> int:
    return -1


def _loopback(frame: bytes) -> int:
    """Four bytes of address family, in the byte order of the machine that captured, and its own number for IPv6."""
    family = max(frame[0], frame[3])
    return 4 if family in (2, 24, 28, 30) and not (frame[1] or frame[2]) else NOT_IP


def _cooked(frame: bytes) -> int:
    return _typed(frame, 14)


def _cooked2(frame: bytes) -> int:
    if frame[0] << 8 | frame[1] in VLANS:
        return NOT_IP  # the header has no room for the tag's rest; the kernel takes tags off before
    return 20 if frame[0] << 8 | frame[1] in (IPV4, IPV6) else NOT_IP


def _ppp(frame: bytes) -> int:
    at = 2 if frame[:2] == b"\xff\x03" else 0
    return at + 2 if frame[at] << 8 | frame[at + 1] in (0x0021, 0x0057) else NOT_IP


LINKS: Final[dict[int, Callable[[bytes], int]]] = {
    0: _loopback,
    1: _ethernet,
    9: _ppp,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _loopback,
    113: _cooked,
    228: _raw,
    229: _raw,
    276: _cooked2,
}


def packet(link: int, frame: bytes) -> bytes | None:
    """The IP packet in a frame; None if there is none; KeyError for a link type we don't know."""
    start = LINKS[link]
    try:
        at = start(frame)
    except IndexError:
        return None
    return None if at == NOT_IP else frame[at:] if at > 0 else frame
