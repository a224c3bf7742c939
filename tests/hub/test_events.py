"""The ring and its readers; no socket."""

import asyncio
import re

import msgspec
import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import events
from dnsguard.hub.events import Events, Happened
from tests.found import detection


async def take(stream, until: str) -> str:
    """What comes until a piece that holds this text, the opening line left out."""
    text = ""
    async with asyncio.timeout(10):
        async for piece in stream:
            text += piece.decode()
            if until in text:
                return text.removeprefix("retry: 2000\n\n")
    return text


def names(text: str) -> list[str]:
    return [
        msgspec.json.decode(line, type=Happened).name for line in re.findall(r"^data: (.*name.*)$", text, re.MULTILINE)
    ]


async def test_a_reader_gets_what_is_told_from_then_on():
    ring = Events("run")
    ring.add([detection("before.example")])
    stream = ring.read()
    reading = asyncio.ensure_future(take(stream, "second.example"))
    await asyncio.sleep(0)
    ring.add([detection("first.example")])
    ring.add([detection("second.example")])
    assert names(await reading) == ["first.example", "second.example"]


async def test_a_reader_that_comes_back_misses_nothing():
    ring = Events("run")
    ring.add(detection(f"n{number}.example") for number in range(5))
    text = await take(ring.read("run.1"), "n4.example")
    assert names(text) == ["n2.example", "n3.example", "n4.example"]
    assert "id: run.4" in text


async def test_one_that_was_too_slow_is_told_how_many_it_missed():
    ring = Events("run", kept=3)
    ring.add(detection(f"n{number}.example") for number in range(10))
    text = await take(ring.read("run.1"), "n9.example")
    assert text.startswith('event: dropped\ndata: {"dropped": 5}\n\n')
    assert names(text) == ["n7.example", "n8.example", "n9.example"]
    assert ring.dropped == 5


async def test_a_new_reader_may_begin_with_what_was_told():
    ring = Events("run")
    ring.add(detection(f"n{number}.example") for number in range(5))
    assert names(await take(ring.read(recent=2), "n4.example")) == ["n3.example", "n4.example"]
    assert names(await take(ring.read(recent=99), "n4.example")) == [f"n{number}.example" for number in range(5)]


@pytest.mark.parametrize("last", ["earlier.7", "run.x", "run.", "nonsense", "run.99999999999999999999"])
async def test_numbers_of_another_run_say_nothing(last):
    ring = Events("run")
    ring.add([detection("a.example")])
    text = await take(ring.read(last), "a.example")
    assert text.startswith("event: restarted\n")
    assert names(text) == ["a.example"]


async def test_a_number_that_was_never_given_out_waits_for_the_next():
    ring = Events("run")
    reading = asyncio.ensure_future(take(ring.read("run.50"), "a.example"))
    await asyncio.sleep(0)
    ring.add([detection("a.example")])
    assert names(await reading) == ["a.example"]


async def test_quiet_streams_say_so(monkeypatch):
    monkeypatch.setattr(events, "QUIET", 0.01)
    assert ": quiet\n\n" in await take(Events("run").read(), ": quiet")


async def test_readers_are_bounded_and_leave_their_place():
    ring = Events("run")
    streams = [ring.read() for _ in range(events.READERS)]
    for stream in streams:
        await anext(stream)
    assert ring.readers == events.READERS
    with pytest.raises(DnsguardError, match="watch already"):
        ring.read()
    await streams[0].aclose()
    assert ring.readers == events.READERS - 1
    ring.read()
    for stream in streams[1:]:
        await stream.aclose()


async def test_a_name_can_not_break_the_stream():
    ring = Events("run")
    reading = asyncio.ensure_future(take(ring.read(), "last.example"))
    await asyncio.sleep(0)
    ring.add([detection("a\n\nevent: forged\ndata: {}\r\n"), detection("last.example")])
    assert "\nevent: forged" not in await reading
