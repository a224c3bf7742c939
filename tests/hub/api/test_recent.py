import asyncio

import pytest

from dnsguard.hub.api.recent import FRESH, KEPT, Recent


class Maker:
    """Counts what it makes; waits until it may end."""

    def __init__(self) -> None:
        self.now = 0.0
        self.made = 0
        self.may = asyncio.Event()
        self.may.set()
        self.fails = False
        self.recent: Recent[int] = Recent(lambda: self.now)

    async def make(self) -> int:
        self.made += 1
        number = self.made
        await self.may.wait()
        if self.fails:
            raise ValueError(number)
        return number

    async def get(self, kind: object = "one") -> int:
        return await self.recent.get(kind, self.make)


@pytest.fixture
async def maker() -> Maker:
    return Maker()


async def test_it_is_made_once_for_all_who_look_until_it_is_old(maker: Maker) -> None:
    assert [await maker.get(), await maker.get(), await maker.get("other")] == [1, 1, 2]
    maker.now = FRESH
    assert await maker.get() == 3


async def test_those_who_ask_at_the_same_time_wait_for_the_same_and_one_who_goes_takes_nothing(maker: Maker) -> None:
    maker.may.clear()
    waiting = [asyncio.ensure_future(maker.get()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    maker.may.set()
    assert await asyncio.gather(*waiting[1:]) == [1, 1]
    assert maker.made == 1


async def test_what_failed_is_told_and_made_again(maker: Maker) -> None:
    maker.fails = True
    with pytest.raises(ValueError, match="1"):
        await maker.get()
    maker.fails = False
    assert await maker.get() == 2


async def test_kinds_are_bounded(maker: Maker) -> None:
    for kind in range(KEPT + 1):
        await maker.get(kind)
    assert await maker.get(KEPT) == KEPT + 1
    assert await maker.get(0) == KEPT + 2
