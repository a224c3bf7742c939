"""Temporary allows as the hub keeps them, with workers that only say what they hold."""

import asyncio
from types import SimpleNamespace

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import allows as module
from dnsguard.hub import audit
from dnsguard.hub.allow_file import read
from dnsguard.hub.allows import Allows
from dnsguard.hub.audit import Audit
from dnsguard.hub.commands import AllowAdd, AllowList, AllowRemove
from tests.waiting import until


class Workers:
    """One that takes at once, and one that is busy."""

    def __init__(self):
        self.told = []
        self.own = [SimpleNamespace(ready=True, allows=0), SimpleNamespace(ready=False, allows=0)]

    def allow(self, message):
        self.told.append(message)
        self.own[0].allows = message.number


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def workers():
    return Workers()


@pytest.fixture
def now():
    return Clock()


@pytest.fixture
def made(tmp_path, workers, now):
    return lambda: Allows(tmp_path / "allows.json", Audit(tmp_path / "audit.jsonl"), workers, now)


def deeds(tmp_path):
    return [(entry.action, entry.by, entry.reason) for entry in audit.read(tmp_path / "audit.jsonl", 99)][::-1]


async def test_added_kept_told_audited_and_taken_up_by_the_next_hub(made, workers, tmp_path):
    one = await made().add("192.0.2.7", "Bücher.Example.", 600, by="ann", reason=" the printer ")
    assert (one.client, one.zone, one.began, one.until) == ("192.0.2.7", "xn--bcher-kva.example", 1000, 1600)
    assert workers.told[-1].allows == [one]
    assert read(tmp_path / "allows.json") == (one,)
    assert deeds(tmp_path) == [("allow.add", "ann", "the printer")]
    later = made()
    assert later.held == (one,)
    assert workers.told[-1].allows == [one]
    await later.remove(one.id[:3], by="bob")
    assert (later.held, workers.told[-1].allows, read(tmp_path / "allows.json")) == ((), [], ())
    assert deeds(tmp_path)[-1] == ("allow.remove", "bob", "")


async def test_the_same_again_moves_its_end(made, now):
    own = made()
    await own.add("192.0.2.0/24", "a.example", 600, by="ann")
    other = await own.add("192.0.2.0/24", "b.example", 60, by="ann")
    now.now = 1100
    again = await own.add("192.0.2.0/24", "a.example", 600, by="ann")
    assert own.held == (other, again)
    assert again.until == 1700


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client": "nobody"}, "client: .* no address or CIDR"),
        ({"client": "192.0.2.7/24"}, "client: .* bits set"),
        ({"zone": "not a name"}, "zone: .* no domain"),
        ({"lasts": 0.5}, "1 second to 30 days"),
        ({"lasts": 31 * 86400}, "1 second to 30 days"),
        ({"lasts": float("nan")}, "1 second to 30 days"),
        ({"reason": "a\nb"}, "reason: "),
        ({"by": ""}, "by: "),
    ],
)
async def test_what_is_wrong_is_said_and_changes_nothing(made, workers, tmp_path, changes, says):
    own = made()
    with pytest.raises(DnsguardError, match=says):
        await own.add(**{"client": "192.0.2.7", "zone": "a.example", "lasts": 60.0, "by": "ann"} | changes)
    assert own.held == ()
    assert len(workers.told) == 1
    assert list(tmp_path.iterdir()) == []


async def test_there_are_at_most_so_many(made, monkeypatch):
    monkeypatch.setattr(module, "MAX_ALLOWS", 3)
    own = made()
    for number in range(3):
        await own.add("192.0.2.7", f"a{number}.example", 60, by="ann")
    with pytest.raises(DnsguardError, match="3 temporary allows hold already"):
        await own.add("192.0.2.7", "more.example", 60, by="ann")
    await own.add("192.0.2.7", "a1.example", 90, by="ann")
    assert len(own.held) == 3


async def test_what_is_over_goes_by_itself(made, workers, now, tmp_path, monkeypatch):
    own = made()
    running = asyncio.ensure_future(own.run())
    await own.add("192.0.2.7", "a.example", 60, by="ann")
    long = await own.add("192.0.2.7", "b.example", 600, by="ann")
    now.now = 1060
    own._changed.set()  # as its own clock would, a minute later
    await until(lambda: own.held == (long,))
    await until(lambda: len(deeds(tmp_path)) == 3)
    assert deeds(tmp_path)[-1] == ("allow.end", "dnsguard", "")
    assert workers.told[-1].allows == [long]
    running.cancel()


async def test_a_disk_that_takes_nothing_changes_nothing(made, tmp_path, workers):
    own = made()
    (tmp_path / "allows.json.new").mkdir()
    with pytest.raises(DnsguardError, match="nothing has changed"):
        await own.add("192.0.2.7", "a.example", 60, by="ann")
    assert own.held == ()
    assert len(workers.told) == 1
    assert deeds(tmp_path) == []


async def test_a_damaged_file_is_moved_aside(made, tmp_path):
    (tmp_path / "allows.json").write_text("[{")
    assert made().held == ()
    assert (tmp_path / "allows.json.damaged").read_text() == "[{"


@pytest.mark.parametrize("text", ["", "zz"])
async def test_none_and_several_are_not_removed(made, text):
    own = made()
    with pytest.raises(DnsguardError, match="none of those that hold"):
        await own.remove(text, by="ann")


async def test_commands_say_who_holds_it(made, workers):
    own = made()
    (answer,) = [one async for one in own.answer_add(AllowAdd(client="::1", zone="a.example", lasts=60, by="ann"))]
    assert (answer.took, answer.workers, answer.done) == (1, 1, True)
    (listed,) = [one async for one in own.answer_list(AllowList())]
    assert listed.allows == answer.allows == list(own.held)
    workers.own[1].ready = True
    assert await own.taken(0.05) == (1, 2)
    (gone,) = [one async for one in own.answer_remove(AllowRemove(id=own.held[0].id, by="ann"))]
    assert gone.allows == answer.allows
