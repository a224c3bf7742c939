import io
import struct

import pytest

from dnsguard.replay import pcapng
from dnsguard.replay.recorded import DamagedError, Frame
from dnsguard.replay.source import Source
from tests import recordings as rec


def read(data: bytes) -> list[Frame]:
    return list(pcapng.frames(Source(io.BytesIO(data), "x.pcapng")))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(order: str) -> None:
    data = rec.section(order) + rec.interface(113, order=order) + rec.enhanced(1700000000250000, b"frame", order=order)
    assert read(data) == [Frame(113, 1700000000.25, b"frame")]


@pytest.mark.parametrize(
    ("options", "ticks", "time"),
    [
        ((), 2_500_000, 2.5),
        ((rec.option(9, b"\x09"),), 2_500_000_000, 2.5),
        ((rec.option(9, b"\x03"),), 2_500, 2.5),
        ((rec.option(9, b"\x8a"),), 2560, 2.5),
        ((rec.option(9, b"\x00"),), 2, 2.0),
        ((rec.option(2, b"eth0"), rec.option(9, b"\x06"), rec.option(14, struct.pack("<q", -1))), 2_500_000, 1.5),
        ((rec.option(1, b"odd"), rec.option(14, struct.pack("<q", 1700000000))), 2_500_000, 1700000002.5),
    ],
)
def test_resolution_and_offset_of_timestamps(options: tuple[bytes, ...], ticks: int, time: float) -> None:
    assert read(rec.section() + rec.interface(1, *options) + rec.enhanced(ticks, b"x"))[0].time == time


def test_several_interfaces_each_with_its_link_and_clock() -> None:
    data = rec.section() + rec.interface(1) + rec.interface(101, rec.option(9, b"\x09"))
    data += rec.enhanced(1_000_000, b"a", 0) + rec.enhanced(2_000_000_000, b"b", 1)
    assert read(data) == [Frame(1, 1.0, b"a"), Frame(101, 2.0, b"b")]


def test_a_new_section_has_its_own_byte_order_and_interfaces() -> None:
    data = rec.section("<") + rec.interface(1) + rec.interface(1) + rec.enhanced(1_000_000, b"a", 1)
    data += rec.section(">") + rec.interface(12, order=">") + rec.enhanced(2_000_000, b"b", order=">")
    assert read(data) == [Frame(1, 1.0, b"a"), Frame(12, 2.0, b"b")]
    with pytest.raises(DamagedError, match="packet of interface 1, which is not described"):
        read(data + rec.enhanced(3, b"c", 1, order=">"))


def test_simple_packets_take_the_time_of_the_packet_before_and_the_interface_s_snap_length() -> None:
    data = rec.section() + rec.interface(1, snaplen=4) + rec.enhanced(9_000_000, b"a") + rec.simple(b"long frame")
    assert read(data)[1] == Frame(1, 9.0, b"long")


def test_the_old_packet_block() -> None:
    body = struct.pack("<HHIIII", 0, 0, 0, 3_000_000, 3, 3) + b"abc\0"
    assert read(rec.section() + rec.interface(1) + rec.block(2, body)) == [Frame(1, 3.0, b"abc")]


def test_unknown_blocks_are_skipped() -> None:
    data = rec.section() + rec.block(4, b"names") + rec.interface(1) + rec.block(0xBAD, b"mine")
    assert read(data + rec.enhanced(1_000_000, b"a")) == [Frame(1, 1.0, b"a")]


GOOD = rec.section() + rec.interface(1) + rec.enhanced(1_000_000, b"frame")


@pytest.mark.parametrize("cut", [1, 4, 17, 50])
def test_an_end_inside_a_block_is_told_after_all_before_it_was_given(cut: int) -> None:
    given: list[Frame] = []
    data = GOOD + rec.enhanced(2_000_000, b"more")
    with pytest.raises(DamagedError, match=r"x\.pcapng: byte \d+: the file ends"):
        given.extend(pcapng.frames(Source(io.BytesIO(data[:-cut]), "x.pcapng")))
    assert len(given) == 1


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        (struct.pack("<II", 6, 13) + bytes(40), "a block of 13 bytes; right are multiples of 4"),
        (struct.pack("<II", 6, 8) + bytes(40), "a block of 8 bytes"),
        (struct.pack("<II", 6, 0x40000000) + bytes(40), "a block of 1073741824 bytes"),
        (struct.pack("<II", 9, 16) + bytes(4) + struct.pack("<I", 20), "a block whose two lengths differ"),
        (struct.pack("<II", 0x0A0D0D0A, 28) + b"nope" + bytes(16), "byte order mark 6e6f7065"),
        (rec.block(6, struct.pack("<IIIII", 0, 0, 0, 99, 99) + b"short"), "packet of 99 bytes in a block of 28"),
        (rec.block(6, b"tiny"), "block of type 6"),
        (rec.block(1, b""), "block of type 1"),
    ],
)
def test_damage_names_its_offset(tail: bytes, told: str) -> None:
    given: list[Frame] = []
    with pytest.raises(DamagedError, match=f"byte {len(GOOD)}: .*{told}"):
        given.extend(pcapng.frames(Source(io.BytesIO(GOOD + tail), "x.pcapng")))
    assert len(given) == 1


def test_interfaces_of_a_section_are_bounded() -> None:
    with pytest.raises(DamagedError, match="more than 4096 interfaces"):
        read(rec.section() + rec.interface(1) * 4097)
