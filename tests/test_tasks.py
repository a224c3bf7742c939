import asyncio
import gc
import logging

from dnsguard import tasks


async def test_a_task_nobody_keeps_runs_to_its_end():
    done = asyncio.Event()

    async def work():
        await asyncio.sleep(0)
        done.set()

    tasks.spawn(work(), "work")
    gc.collect()
    await asyncio.wait_for(done.wait(), 10)


async def test_a_crash_is_logged_with_its_name(caplog):
    async def work():
        raise ValueError("broken")

    with caplog.at_level(logging.ERROR):
        await asyncio.wait([tasks.spawn(work(), "delicate")])
        await asyncio.sleep(0)
    (record,) = caplog.records
    assert record.task == "delicate"
    assert record.exc_info[1].args == ("broken",)


async def test_cancelling_is_no_crash(caplog):
    task = tasks.spawn(asyncio.sleep(60), "sleep")
    task.cancel()
    await asyncio.wait([task])
    assert not caplog.records


async def test_what_must_run_runs_again(monkeypatch, caplog):
    monkeypatch.setattr(tasks, "AGAIN", 0)
    left = [1, 2]

    async def work():
        if left:
            raise ValueError(left.pop())
        return "done"

    assert await tasks.persist(work, "work") == "done"
    assert len(caplog.records) == 2
