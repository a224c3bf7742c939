"""Health, and questions over streams: an exchange that does as told."""

import asyncio

import pytest

from dnsguard.errors import UpstreamError
from dnsguard.upstream.channel import DOWN_AFTER, SILENT, Channel, StreamChannel
from dnsguard.upstream.config import Config
from dnsguard.upstream.servers import parse_server
from tests.loops import until
from tests.upstream.questions import pending, reply

SERVER = parse_server("tls://dns.example")


class Pool:
    """Keeps what channels tell."""

    def __init__(self):
        self.answers = []
        self.refusals = []
        self.dubious = []
        self.packets = 0
        self.odd = []

    def answered(self, channel, batch, since, *, stream=False):
        self.answers.append((batch, since, stream))

    def refused(self, channel, pendings, error, *, gone):
        self.refusals.append((pendings, error, gone))

    def doubted(self, channel, pendings):
        self.dubious += pendings

    def rejected(self, packets=1):
        self.packets += packets

    def strange(self, answers):
        self.odd += answers


class Exchange:
    """Answers when told to."""

    def __init__(self):
        self.asked = []
        self.closed = False

    async def exchange(self, message, timeout):  # noqa: ASYNC109 - as in upstream.exchange
        future = asyncio.get_running_loop().create_future()
        self.asked.append((message, timeout, future))
        return await future

    async def close(self):
        self.closed = True


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
def exchange():
    return Exchange()


@pytest.fixture
async def channel(pool, exchange):
    return StreamChannel(SERVER, exchange, Config(timeout=4.0, max_waiting=5), pool)


def test_health():
    channel = Channel(SERVER)
    channel.heard(0.4)
    assert channel.rtt == 0.4  # what it was taken for before does not count
    channel.heard(0.8)
    assert channel.rtt == pytest.approx(0.45)
    for _ in range(DOWN_AFTER):
        assert not channel.down
        channel.failed("broken")
    assert channel.down
    assert channel.error == "broken"
    channel.heard(0.4)
    assert not channel.down
    assert channel.error == ""
    assert channel.fresh


async def test_an_answer_comes_through_the_pool(channel, pool, exchange):
    one = pending()
    channel.send([one], 5.0)
    await until(lambda: exchange.asked)
    ((message, _, future),) = exchange.asked
    assert message == b"\0\0" + one.tail  # RFC 8484 section 4.1: 0, for caches; others draw their own
    assert one.asked_at == 5.0
    assert channel.asking(one)
    future.set_result(reply(message))
    await until(lambda: pool.answers)
    assert pool.answers == [([(one, reply(message))], 5.0, True)]
    assert not channel.asking(one)
    assert channel.overdue(1e9, 9) == []


@pytest.mark.parametrize("error", [UpstreamError("no certificate"), RuntimeError("a bug")])
async def test_whatever_goes_wrong_someone_is_told(channel, pool, exchange, error):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    one = pending()
    channel.send([one], 0)
    await until(lambda: exchange.asked)
    exchange.asked[0][2].set_exception(error)
    await until(lambda: pool.refusals)
    ((pendings, text, gone),) = pool.refusals
    assert pendings == [one]
    assert str(error) in text
    assert not gone
    assert not channel.asking(one)
    assert told == ([error] if isinstance(error, RuntimeError) else [])


async def test_silence_is_called_so(pool):
    """It decides which Extended DNS Error a client gets."""

    class Silent(Exchange):
        async def exchange(self, message, timeout):  # noqa: ASYNC109
            await asyncio.sleep(timeout if b"silent" in message else 0)
            raise UpstreamError("what the exchange says")

    channel = StreamChannel(SERVER, Silent(), Config(timeout=0.6), pool)
    channel.send([pending("silent.example"), pending("a.example")], 0)
    await until(lambda: len(pool.refusals) == 2)
    assert [error for _, error, _ in pool.refusals] == ["what the exchange says", SILENT]


async def test_the_first_try_leaves_time_for_another(channel, exchange, pool):
    one = pending(created=100.0)
    one.tried.append(channel)
    channel.send([one], 100.0)
    await until(lambda: exchange.asked)
    assert exchange.asked[0][1] == 2.0
    exchange.asked[0][2].set_exception(UpstreamError("dead connection"))
    await until(lambda: pool.refusals)
    one.tried.append(channel)
    channel.send([one], 102.5)
    await until(lambda: len(exchange.asked) == 2)
    assert exchange.asked[1][1] == 1.5


async def test_no_question_runs_twice_and_all_are_bounded(channel, exchange, pool):
    some = [pending(f"p{i}.example") for i in range(7)]
    channel.send(some, 0)
    channel.send(some[:5], 1)
    await until(lambda: len(exchange.asked) == 5)
    assert [one for pendings, _, _ in pool.refusals for one in pendings] == some[5:]
    assert all(channel.asking(one) for one in some[:5])
    assert not any(channel.asking(one) for one in some[5:])
    # those that could not be asked are not waited for either
    assert set(channel.overdue(10, 99)) == set(some[:5])


async def test_overdue_is_told_once_in_order(channel, exchange):
    some = [pending(f"p{i}.example") for i in range(4)]
    for i, one in enumerate(some):
        channel.send([one], float(i))
    await until(lambda: len(exchange.asked) == 4)
    some[1].done = True
    assert channel.overdue(-1, 9) == []
    assert channel.overdue(2, 1) == [some[0]]
    assert channel.overdue(2, 9) == [some[2]]
    assert channel.overdue(2, 9) == []
    assert channel.overdue(9, 9) == [some[3]]
    # they go on, and a late answer counts
    assert channel.asking(some[0])


async def test_closing_closes_the_exchange(channel, exchange):
    await channel.close()
    assert exchange.closed
