import random

import pytest

from dnsguard.replay import streams
from dnsguard.replay.recorded import Skipped
from dnsguard.replay.streams import FIN, LOST, RST, SYN, Streams

KEY = (b"aaaa", 40000, b"bbbb", 53)
MESSAGES = [bytes([n]) * (12 + 97 * n % 400) for n in range(40)]
STREAM = b"".join(len(m).to_bytes(2, "big") + m for m in MESSAGES)


def feed(table: Streams, segments: list[tuple[int, bytes]], key: streams.Key = KEY) -> list[bytes]:
    return [m for sequence, data in segments for m in table.segment(key, sequence & 0xFFFFFFFF, 0, data)]


def cut(stream: bytes, rng: random.Random, start: int) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(stream):
        size = rng.randint(1, 300)
        found.append((start + at, stream[at : at + size]))
        at += size
    return found


@pytest.mark.parametrize("seed", range(20))
def test_any_cut_any_order_any_repeat_and_a_sequence_that_wraps(seed: int) -> None:
    rng = random.Random(seed)
    start = 0xFFFFFFFF - 2000
    segments = cut(STREAM, rng, start) + cut(STREAM, rng, start)
    # late by at most a few places, as on a real network
    segments = [s for _, s in sorted(enumerate(segments), key=lambda item: item[0] + rng.randint(0, 8))]
    skipped = Skipped()
    table = Streams(skipped)
    table.segment(KEY, start - 1, SYN, b"")
    assert feed(table, segments) == MESSAGES
    table.segment(KEY, (start + len(STREAM)) & 0xFFFFFFFF, FIN, b"")
    table.close()
    assert not skipped


def test_a_connection_older_than_the_capture() -> None:
    assert feed(Streams(Skipped()), [(5000, STREAM)]) == MESSAGES


def test_the_port_used_again_starts_anew() -> None:
    table = Streams(Skipped())
    table.segment(KEY, 100, SYN, b"")
    assert len(feed(table, [(101, STREAM)])) == len(MESSAGES)
    table.segment(KEY, 7, SYN, b"")
    assert feed(table, [(8, STREAM)]) == MESSAGES


def test_data_in_the_syn_is_taken() -> None:  # RFC 7413
    table = Streams(Skipped())
    assert table.segment(KEY, 100, SYN, STREAM) == MESSAGES


def test_after_a_loss_it_goes_on_with_a_later_message_and_counts() -> None:
    skipped = Skipped()
    table = Streams(skipped)
    frames = [len(m).to_bytes(2, "big") + m for m in MESSAGES] * 60
    segments, at = [], 1
    for frame in frames:
        segments.append((at, frame))
        at += len(frame)
    del segments[3]
    found = feed(table, segments)
    assert len(found) > len(frames) - 5
    assert skipped == {LOST: 1}


def test_reset_ends_a_connection() -> None:
    skipped = Skipped()
    table = Streams(skipped)
    feed(table, [(1, STREAM[:5])])
    table.segment(KEY, 6, RST, b"")
    assert feed(table, [(99, STREAM)]) == MESSAGES
    assert skipped == {LOST: 1}


def test_a_length_below_a_header_is_lost_framing() -> None:
    skipped = Skipped()
    table = Streams(skipped)
    assert feed(table, [(1, b"\0\3abc"), (6, STREAM)]) == MESSAGES
    assert skipped == {LOST: 1}


def test_flows_and_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_FLOWS", 10)
    monkeypatch.setattr(streams, "MAX_HELD", 1000)
    skipped = Skipped()
    table = Streams(skipped)
    for port in range(20):
        feed(table, [(1, b"\xff\xff" + bytes(200))], (b"aaaa", port, b"bbbb", 53))
    assert len(table._flows) == 4
    assert table._held <= 1000
    assert skipped[streams.IDLE] == 16
    table.close()
    assert table._held == 0


def test_late_segments_are_bounded() -> None:
    table = Streams(Skipped())
    table.segment(KEY, 0, SYN, b"")
    feed(table, [(10 + 2 * n, b"x") for n in range(5000)])
    assert len(table._flows[KEY].late) <= streams.MAX_LATE_SEGMENTS + 1
