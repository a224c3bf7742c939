import struct
from collections.abc import Iterable

import pytest

from dnsguard.replay import frames
from dnsguard.replay.frames import Messages
from dnsguard.replay.recorded import Frame, Recorded, Skipped
from tests import recordings as rec

ASK = rec.query("a.example", number=7)
ANSWER = rec.response(ASK, "a.example 60 A 203.0.113.9")
LONG = rec.response(rec.query("b.example", "TXT"), *[f'b.example 60 TXT "{c * 200}"' for c in "abcdefghij"])


def read(
    packets: Iterable[bytes], skipped: Skipped | None = None, ports: frozenset[int] = frames.PORTS
) -> list[Recorded]:
    skipped = Skipped() if skipped is None else skipped
    return list(Messages(skipped, ports).of(Frame(101, float(n), p) for n, p in enumerate(packets)))


@pytest.mark.parametrize(("client", "server"), [(rec.CLIENT, rec.SERVER), (rec.CLIENT6, rec.SERVER6)])
def test_query_and_response_know_who_is_client(client: str, server: str) -> None:
    ends = (rec.packed(client), rec.packed(server))
    packets = [rec.asked(ASK, 4242, client, server), rec.answered(ANSWER, 4242, client, server)]
    assert read(packets) == [
        Recorded(0.0, *ends, False, False, ASK, 4242),
        Recorded(1.0, *ends, True, False, ANSWER, 4242),
    ]


def test_between_two_servers_the_message_itself_says_which_way_it_goes() -> None:
    a, b = "192.0.2.1", "192.0.2.2"
    found = read([rec.udp(a, 53, b, 53, ASK), rec.udp(b, 53, a, 53, ANSWER)])
    assert [(m.client, m.response) for m in found] == [(rec.packed(a), False), (rec.packed(a), True)]


def test_mapped_addresses_are_their_ipv4_ones() -> None:
    assert read([rec.asked(ASK, client="::ffff:192.0.2.7", server="::ffff:192.0.2.53")])[0].client == bytes(
        [192, 0, 2, 7]
    )


def test_other_ports_are_passed_over_unless_asked_for() -> None:
    packets = [rec.udp(rec.CLIENT, 5353, "224.0.0.251", 5353, ASK), rec.udp(rec.CLIENT, 9, rec.SERVER, 5335, ASK)]
    assert read(packets) == []
    assert len(read(packets, ports=frozenset({53, 5335}))) == 1


def test_ipv4_options() -> None:
    packet = rec.ip(rec.CLIENT, rec.SERVER, 17, rec.udp_segment(9, 53, ASK), options=b"\x94\x04\0\0")
    assert read([packet])[0].payload == ASK


def test_ipv6_extension_headers() -> None:
    headers = bytes([60, 0]) + bytes(6) + bytes([51, 1]) + bytes(14) + bytes([17, 4]) + bytes(22)
    packet = rec.ip(rec.CLIENT6, rec.SERVER6, 0, rec.udp_segment(9, 53, ASK), options=headers)
    assert read([packet])[0].payload == ASK
    endless = bytes([0, 0]) + bytes(6)
    assert read([rec.ip(rec.CLIENT6, rec.SERVER6, 0, b"", options=endless * 40)]) == []


def test_link_padding_is_no_part_of_the_message() -> None:
    short = rec.query("a")
    found = list(Messages(Skipped()).of([Frame(1, 0.0, rec.ethernet(rec.asked(short)))]))
    assert found[0].payload == short


def test_a_total_length_of_zero_means_all_that_was_captured() -> None:
    packet = bytearray(rec.asked(ASK))
    packet[2:4] = b"\0\0"
    assert read([bytes(packet)])[0].payload == ASK


def test_ipv4_fragments() -> None:
    data = rec.udp_segment(53, 4000, LONG)
    cuts = [(0, 1480), (1480, len(data))]
    packets = [
        rec.ip(rec.SERVER, rec.CLIENT, 17, data[a:b], number=99, fragment=a // 8 | (0x2000 if b < len(data) else 0))
        for a, b in cuts
    ]
    for order in (packets, packets[::-1]):
        found = read(order)
        assert [m.payload for m in found] == [LONG]
        assert found[0].time == 1.0


def test_ipv6_fragments() -> None:
    data = rec.udp_segment(53, 4000, LONG)
    packets = []
    for a, b in [(0, 1232), (1232, len(data))]:
        head = struct.pack(">BBHI", 17, 0, a | (b < len(data)), 77)
        packets.append(rec.ip(rec.SERVER6, rec.CLIENT6, 44, data[a:b], options=head))
    assert [m.payload for m in read(packets)] == [LONG]
    atomic = rec.ip(
        rec.CLIENT6, rec.SERVER6, 44, rec.udp_segment(9, 53, ASK), options=struct.pack(">BBHI", 17, 0, 0, 5)
    )
    assert read([atomic])[0].payload == ASK  # RFC 6946


def test_fragments_whose_rest_never_came_are_counted() -> None:
    skipped = Skipped()
    assert read([rec.ip(rec.SERVER, rec.CLIENT, 17, bytes(64), number=1, fragment=0x2000)], skipped) == []
    assert skipped == {"IP fragments whose rest never came": 1}


def test_tcp_both_ways() -> None:
    def segment(up: bool, sequence: int, flags: int, data: bytes = b"") -> bytes:
        if up:
            return rec.ip(rec.CLIENT, rec.SERVER, 6, rec.tcp_segment(4000, 53, sequence, flags, data))
        return rec.ip(rec.SERVER, rec.CLIENT, 6, rec.tcp_segment(53, 4000, sequence, flags, data))

    asked, answered = (len(m).to_bytes(2, "big") + m for m in (ASK, LONG))
    found = read(
        [
            segment(True, 10, rec.SYN),
            segment(False, 900, rec.SYN | rec.ACK),
            segment(True, 11, rec.ACK, asked[:2]),
            segment(True, 13, rec.ACK, asked[2:]),
            segment(False, 901 + 1000, rec.ACK, answered[1000:]),
            segment(False, 901, rec.ACK, answered[:1000]),
        ]
    )
    ends = (rec.packed(rec.CLIENT), rec.packed(rec.SERVER))
    assert found == [Recorded(3.0, *ends, False, True, ASK, 4000), Recorded(5.0, *ends, True, True, LONG, 4000)]


@pytest.mark.parametrize("size", range(1, 60))
def test_what_the_capture_cut_short_is_counted_and_never_raises(size: int) -> None:
    for packet in (
        rec.asked(ASK),
        rec.asked(ASK, client=rec.CLIENT6, server=rec.SERVER6),
        rec.ip(rec.CLIENT, rec.SERVER, 6, rec.tcp_segment(9, 53, 1, 16, b"\0\x20" + bytes(32))),
    ):
        skipped = Skipped()
        if size < len(packet):
            assert read([packet[:size]], skipped) == []
            assert sum(skipped.values()) == 1


def test_broken_headers_are_counted_and_never_raise() -> None:
    skipped = Skipped()
    bad_ihl = b"\x43" + rec.asked(ASK)[1:]
    udp = bytearray(rec.asked(ASK))
    udp[24:26] = b"\0\7"
    tcp = bytearray(rec.ip(rec.CLIENT, rec.SERVER, 6, rec.tcp_segment(9, 53, 1, 16, b"data")))
    tcp[32] = 0xF0
    assert read([bad_ihl, bytes(udp), bytes(tcp), b"\0", b"\x99" * 40], skipped) == []
    assert skipped == {frames.BROKEN: 3}


def test_an_unknown_link_type_is_counted() -> None:
    skipped = Skipped()
    assert list(Messages(skipped).of([Frame(127, 0.0, rec.asked(ASK))])) == []
    assert skipped == {"frames of link type 127, which is not known here": 1}
