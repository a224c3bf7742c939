import asyncio
import gc
import logging

from dnsguard import tasks
from dnsguard.tasks import MAX_PLACES, SAME_ERROR, LoopErrors


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


async def test_a_callback_that_raises_again_and_again_is_logged_once_a_minute(caplog):
    now = [0.0]
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopErrors(lambda: now[0]))

    def one():
        raise ValueError("one")

    def other():
        raise ValueError("other")

    async def run(*callbacks):
        for callback in callbacks:
            loop.call_soon(callback)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    await run(*[one] * 1000, other)
    assert [record.exc_info[1].args[0] for record in caplog.records] == ["one", "other"]
    now[0] += SAME_ERROR - 1
    await run(one)
    now[0] += 1
    await run(one, one)
    assert [record.unsaid for record in caplog.records] == [0, 0, 1000]


async def test_places_are_bounded_and_need_no_exception(caplog):
    handler = LoopErrors(lambda: 0.0)
    for i in range(3 * MAX_PLACES):
        handler(asyncio.get_running_loop(), {"message": f"event {i}"})
    assert len(handler._places) <= MAX_PLACES
    assert caplog.records[-1].what == f"event {3 * MAX_PLACES - 1}"
