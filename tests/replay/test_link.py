import struct

import pytest

from dnsguard.replay.link import packet
from tests import recordings as rec

V4 = rec.asked(rec.query("a.example"))
V6 = rec.asked(rec.query("a.example"), client=rec.CLIENT6, server=rec.SERVER6)


def cooked(kind: int) -> bytes:
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kind)


@pytest.mark.parametrize(
    ("link", "frame", "found"),
    [
        (1, rec.ethernet(V4), V4),
        (1, rec.ethernet(V6), V6),
        (1, rec.ethernet(V4, 0x8100), V4),
        (1, rec.ethernet(V4, 0x88A8, 0x8100), V4),
        (1, bytes(12) + struct.pack(">HBBHHH", 0x8864, 0x11, 0, 1, len(V4) + 2, 0x0021) + V4, V4),
        (0, struct.pack("<I", 2) + V4, V4),
        (0, struct.pack(">I", 2) + V4, V4),
        (0, struct.pack("<I", 30) + V6, V6),
        (108, struct.pack(">I", 24) + V6, V6),
        (9, b"\xff\x03\x00\x21" + V4, V4),
        (9, b"\x00\x57" + V6, V6),
        (101, V4, V4),
        (12, V6, V6),
        (228, V4, V4),
        (229, V6, V6),
        (113, cooked(0x0800) + V4, V4),
        (113, cooked(0x8100) + struct.pack(">HH", 7, 0x86DD) + V6, V6),
        (276, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, bytes(8)) + V4, V4),
        (276, struct.pack(">HHIHBB8s", 0x86DD, 0, 1, 1, 0, 6, bytes(8)) + V6, V6),
    ],
)
def test_finds_the_ip_packet(link: int, frame: bytes, found: bytes) -> None:
    got = packet(link, frame)
    assert got is not None
    assert got[: len(found)] == found  # Ethernet may pad


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, b""),
        (1, bytes(12) + b"\x08\x06" + bytes(46)),
        (1, bytes(12) + b"\x81\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x01" * 40),
        (1, bytes(12) + struct.pack(">HBBHHH", 0x8864, 0x11, 0, 1, 9, 0xC021)),
        (0, struct.pack("<I", 7) + V4),
        (0, b"\2"),
        (9, b"\xc0\x21" + V4),
        (113, b"short"),
        (276, cooked(0x0806) + bytes(8)),
    ],
)
def test_frames_without_one_are_passed_over(link: int, frame: bytes) -> None:
    assert packet(link, frame) is None


def test_an_unknown_link_type_is_the_caller_s_to_count() -> None:
    with pytest.raises(KeyError):
        packet(127, V4)
