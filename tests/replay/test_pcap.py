import io
import struct

import pytest

from dnsguard.replay import pcap
from dnsguard.replay.recorded import DamagedError, Frame
from dnsguard.replay.source import Source
from tests import recordings as rec


def read(data: bytes) -> list[Frame]:
    return list(pcap.frames(Source(io.BytesIO(data), "x.pcap")))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("unit", [1e-6, 1e-9])
def test_both_byte_orders_and_both_units(order: str, unit: float) -> None:
    frames = read(rec.pcap([(1700000000.25, b"one"), (1700000001.000002, b"two")], order=order, unit=unit, link=101))
    assert [(f.link, f.data) for f in frames] == [(101, b"one"), (101, b"two")]
    assert [f.time for f in frames] == pytest.approx([1700000000.25, 1700000001.000002], abs=5e-7)


def test_the_length_of_a_frame_check_sequence_is_no_part_of_the_link_type() -> None:
    assert read(rec.pcap([(1.0, b"x")], link=0x54000001))[0].link == 1


def test_a_file_without_packets_is_good() -> None:
    assert read(rec.pcap([])) == []


@pytest.mark.parametrize("cut", range(1, 19))
def test_an_end_inside_a_record_is_told_after_all_before_it_was_given(cut: int) -> None:
    data = rec.pcap([(1.0, b"one"), (2.0, b"two")])
    given = []
    with pytest.raises(DamagedError, match=r"x\.pcap: byte \d+: the file ends (inside|before)"):
        given.extend(pcap.frames(Source(io.BytesIO(data[:-cut]), "x.pcap")))
    assert [f.data for f in given] == [b"one"]


def test_an_end_inside_the_head_is_told() -> None:
    with pytest.raises(DamagedError, match="byte 4: the file ends inside the file header"):
        read(rec.pcap([])[:20])


def test_an_absurd_length_is_damage_and_is_not_allocated() -> None:
    data = rec.pcap([(1.0, b"one")]) + struct.pack("<IIII", 2, 0, 0x7FFFFFFF, 0x7FFFFFFF)
    with pytest.raises(DamagedError, match="byte 43: a record of 2147483647 bytes; none has more than 262144"):
        read(data)
