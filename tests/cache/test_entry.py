"""Ageing, sizes and OPT records as clients see them stand in tests/test_pipeline.py and test_pipeline_cache.py."""

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.cache.entry import Entry, Reply, finish
from dnsguard.cache.store import Store
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.simulated import packet, response

WWW = "www.a.example"
RECORDS = (f"{WWW} 60 CNAME b.example.", "b.example 90 A 192.0.2.1")
NOW = 1e9


def entry(*records: str, ttl: float = 60, now: float = NOW, **more: object) -> Entry:
    answer = Answer(response(packet(WWW), *(records or RECORDS), **more))  # type: ignore[arg-type]
    return Entry(answer, b"key", now, ttl, 1, flagged=False)


def ttls(body: bytes) -> list[int]:
    return [ttl for _, ttl in Answer(b"\0\0" + body).ttls]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 3600, [60, 90]),
        (NOW, [60, 90]),
        (NOW + 0.99, [60, 90]),
        (NOW + 1, [59, 89]),
        (NOW + 70, [0, 20]),
        (NOW + 1e9, [0, 0]),
    ],
)
def test_ages(now: float, expected: list[int]) -> None:
    assert ttls(entry(edns=False).aged(now)) == expected


@pytest.mark.parametrize(("stale_ttl", "expected"), [(30, [30, 30]), (70, [60, 70]), (0, [0, 0])])
def test_stale_ttls(stale_ttl: int, expected: list[int]) -> None:
    assert ttls(entry(edns=False).aged(NOW + 500, stale_ttl)) == expected


@pytest.mark.parametrize("edns", [False, True])
def test_the_message_again_for_detectors(edns: bool) -> None:
    again = Answer(entry(edns=edns, ede=4 if edns else None).message)
    assert (again.cnames, again.edns, again.end) == (("b.example",), False, len(again.message))


@pytest.mark.parametrize(("rcode", "failure"), [(0, False), (3, False), (2, True), (5, True), (16, True), (19, True)])
def test_what_is_a_failure(rcode: int, failure: bool) -> None:
    assert entry(rcode=rcode).failure is failure


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (NOW, NOW + 1),
        (NOW + 0.9, NOW + 1),
        (NOW + 1, NOW + 2),
        (NOW + 59.5, NOW + 59.7),
        (NOW - 100.5, NOW - 99),
    ],
)
def test_a_reply_is_good_until_its_ttls_change(now: float, until: float) -> None:
    reply = Reply(entry(ttl=59.7), Query.of(WWW), b"", now)
    assert reply.until == pytest.approx(until, abs=1e-6)


def test_costs_are_what_memory_is_taken() -> None:
    """Never more than a tenth above; compiled, objects are smaller than the overheads that were measured."""
    count = 500
    packets = [packet(f"n{i}.example", edns=1232) for i in range(count)]
    messages = [response(raw, f"n{i}.example 60 A 192.0.2.1") for i, raw in enumerate(packets)]
    entries: Store[Entry] = Store(1 << 30)
    replies: Store[Reply] = Store(1 << 30)
    gc.collect()
    tracemalloc.start()
    for raw, message in zip(packets, messages, strict=True):
        query = Query(raw, b"\x7f\0\0\1", NOW)
        made = Entry(Answer(message), raw[12:], NOW, 60, 1, flagged=False)
        # counted is the most that it takes: with the TTLs that it reads when it is asked for again
        made.aged(NOW + 1)
        entries.put(bytes(bytearray(raw[12:])), made)
    after_entries, _ = tracemalloc.get_traced_memory()
    for raw, made in zip(packets, list(entries.entries.values()), strict=True):
        query = Query(raw, b"\x7f\0\0\1", NOW)
        replies.put(bytes(bytearray(raw)), Reply(made, query, made.answer(query, NOW), NOW))
    after_replies, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 < after_entries / entries.bytes < 1.1
    assert 0.5 < (after_replies - after_entries) / replies.bytes < 1.1


@given(st.integers(12, 1400), st.binary(max_size=40), st.booleans(), st.booleans())
def test_finish_never_exceeds_the_limit(limit: int, extra: bytes, edns: bool, counted: bool) -> None:
    query = Query.of(WWW, edns=edns)
    body = packet(WWW)[2:] + b"x" * 700
    opt = (b"\0\0\x29\4\xd0\0\0\0\0" + len(extra).to_bytes(2) + extra) if edns else b""
    if counted:
        body = body[:8] + b"\0\1" + body[10:]
    made = finish(body, counted, query.question, opt, max(limit, 512))
    assert len(made) + 2 <= max(limit, 512)
    assert made[10:].startswith(query.question)
    assert int.from_bytes(made[8:10]) == int(edns)
    assert made.endswith((opt, opt[:9] + b"\0\0"))
