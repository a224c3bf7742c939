import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from dnsguard.alerts import writer
from dnsguard.alerts.database import OutboxError
from dnsguard.alerts.reader import Reader, Wanted
from dnsguard.alerts.writer import AsyncOutbox
from tests.alerts.made import detection, outbox


def alerts(box: AsyncOutbox) -> list[Any]:
    return Reader(box.outbox.path).latest(Wanted(), 100_000)


async def test_a_burst_shares_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 findings of a second, in frames of 10, need no more than a handful of fsyncs."""
    box = AsyncOutbox(outbox(tmp_path))
    commits: list[int] = []
    batch = box.outbox.batch

    def counting(operations: Any) -> Any:
        commits.append(len(operations))
        return batch(operations)

    monkeypatch.setattr(box.outbox, "batch", counting)
    frames = [[detection(seq * 10 + n, zone=f"{n}.example", count=1) for n in range(10)] for seq in range(1, 1001)]
    await asyncio.gather(*(box.record(f"w{seq % 4}", seq, frame) for seq, frame in enumerate(frames, start=1)))
    assert sum(commits) == 1000
    assert len(commits) <= 1000 / writer.SHARED + 2
    assert sum(stored.alert.count for stored in alerts(box)) == 10_000
    await box.close()


async def test_when_it_returns_it_is_on_the_disk(tmp_path: Path) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    await box.record("w", 1, [detection(1)])
    assert len(alerts(box)) == 1
    assert await box.last_seq("w") == 1
    await box.close()


async def test_one_that_fails_fails_alone(tmp_path: Path) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    good, bad, last = await asyncio.gather(
        box.record("w", 1, [detection(1, zone="a.example")]),
        box.record("x", 1, [detection(2, zone=None)]),
        box.record("y", 1, [detection(3, zone="c.example")]),
        return_exceptions=True,
    )
    assert (good, last) == (None, None)
    assert isinstance(bad, Exception)
    assert not isinstance(bad, OutboxError)
    assert len(alerts(box)) == 2
    await box.close()


async def test_a_failing_disk_fails_all_and_then_works_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(box.outbox, "batch", lambda operations: [OutboxError("disk full")] * len(operations))
        outcomes = await asyncio.gather(
            *(box.record("w", seq, [detection(seq)]) for seq in (1, 2)), return_exceptions=True
        )
        assert [str(one) for one in outcomes] == ["disk full"] * 2
    await box.record("w", 1, [detection(1)])
    assert len(alerts(box)) == 1
    await box.close()


async def test_listeners_hear_of_what_was_recorded(tmp_path: Path) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    heard: list[int] = []
    box.listeners.add(lambda: heard.append(len(alerts(box))))
    await box.record("w", 1, [detection(1)])
    assert heard == [1]
    await box.close()


async def test_the_queue_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAITING", 5)
    box = AsyncOutbox(outbox(tmp_path))
    disk = threading.Event()
    batch = box.outbox.batch
    monkeypatch.setattr(box.outbox, "batch", lambda operations: disk.wait() and batch(operations))
    async with asyncio.TaskGroup() as group:
        for seq in range(1, 7):
            group.create_task(box.record("w", seq, [detection(seq)]))
        await asyncio.sleep(0.05)
        with pytest.raises(OutboxError, match="already wait"):
            await box.record("w", 7, [detection(7)])
        disk.set()
    assert alerts(box)[0].alert.count == 6
    await box.close()


async def test_a_caller_that_leaves_disturbs_nobody(tmp_path: Path) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(box.record("w", 1, [detection(1)]))
        group.create_task(box.record("x", 1, [detection(2)]))
        await asyncio.sleep(0)
        first.cancel()
    await box.close()
    assert alerts(box)[0].alert.count == 2


async def test_closing_finishes_what_was_asked(tmp_path: Path) -> None:
    box = AsyncOutbox(outbox(tmp_path))
    async with asyncio.TaskGroup() as group:
        for seq in range(600):
            group.create_task(box.record(f"w{seq}", 1, [detection(seq)]))
        await asyncio.sleep(0)
        await box.close()
    assert alerts(box)[0].alert.count == 600
