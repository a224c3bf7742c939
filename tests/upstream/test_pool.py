"""When who is asked: servers that do as told, and a clock that stands still until it is moved."""

import itertools

import pytest

from dnsguard.state import counters as count
from dnsguard.upstream.channel import Channel
from dnsguard.upstream.config import Config
from dnsguard.upstream.pool import MAX_TRIES, MAX_WAIT, MIN_WAIT, PER_TICK, TICK, Upstreams
from dnsguard.upstream.servers import parse_server
from dnsguard.wire import ede
from tests.upstream.questions import pending, reply

SERVFAIL, REFUSED, FORMERR, NOTIMP = 2, 5, 1, 4


class Server(Channel):
    """Keeps what it is asked; a test says what comes of it."""

    def __init__(self, number, pool):
        super().__init__(parse_server(f"192.0.2.{number}"))
        self.pool = pool
        self.asked = []
        self.streams = []
        self.live = {}
        self.refuses = ""
        self.is_stream = False
        self.tidied = 0
        self.closed = False

    def send(self, pendings, now):
        if self.refuses:
            self.pool.refused(self, pendings, self.refuses, gone=True)
            return
        for one in pendings:
            one.asked_at = now
            self.live[one] = now
        self.asked.append(pendings)

    def send_stream(self, one, now):
        self.streams.append(one)

    def asking(self, one):
        return self.is_stream and one in self.live

    def overdue(self, before, limit):
        found = [one for one, at in self.live.items() if at <= before][:limit]
        for one in found:
            del self.live[one]
        return [one for one in found if not one.done]

    def tidy(self, now):
        self.tidied += 1

    async def close(self):
        self.closed = True

    def answer(self, one, since=None, **how):
        self.live.pop(one, None)
        self.pool.answered(
            self,
            [(one, reply(b"\0\0" + one.tail, **how))],
            one.asked_at if since is None else since,
            stream=how.pop("stream", False),
        )

    @property
    def all(self):
        return [one for batch in self.asked for one in batch if one.key]

    @property
    def probes(self):
        return sum(1 for batch in self.asked for one in batch if not one.key)


class World:
    """The pool, its servers, the pipeline's part, and time."""

    def __init__(self, *sizes, **config):
        self.now = 1000.0
        self.delivered = []
        self.failed = []
        self.strange = []
        self.unreadable = set()
        self.watch = None
        self.flushed = 0
        self.counters = count.Counters()
        self.pool = Upstreams(Config(**config), self, self.counters, lambda: self.now, self.flush)
        number = itertools.count(1)
        self.groups = [[Server(next(number), self.pool) for _ in range(size)] for size in sizes or (1,)]
        self.pool.open(self.groups)
        self.servers = self.groups[0]

    def flush(self):
        self.flushed += 1

    def on_answer(self, one, message, now):
        assert not one.done, "delivered twice"
        if message in self.unreadable:
            return False
        one.done = True
        self.delivered.append((one, message[3] & 15))
        return True

    def on_rejected(self, one, message):
        self.strange.append((one, message))

    def on_failure(self, one, code, text, now):
        assert not one.done, "delivered twice"
        one.done = True
        self.failed.append((one, code, now))

    def ask(self, name="a.example", route=0):
        one = pending(name, route, self.now)
        self.pool.send([one])
        return one

    def wait(self, seconds):
        end = self.now + seconds
        while self.now < end - TICK / 2:
            self.now += TICK
            self.pool.tick(self.now)

    def counted(self, name):
        return self.counters.read()[name]


def test_an_answer_is_delivered_and_flushed():
    world = World()
    one = world.ask()
    world.now += 0.02
    world.servers[0].answer(one)
    assert world.delivered == [(one, 0)]
    assert world.flushed
    assert world.servers[0].rtt == pytest.approx(0.02)  # the first one measured counts whole
    world.servers[0].answer(one)
    assert len(world.delivered) == 1
    world.wait(10)
    assert not world.failed
    assert world.counted("upstream_queries") == 1


def test_the_quickest_healthy_server_comes_first():
    world = World(3)
    slow, quick, broken = world.servers
    for server, seconds in ((slow, 0.08), (quick, 0.03), (broken, 0.01)):
        server.heard(seconds)
    for _ in range(3):
        broken.failed("no answer")
    world.ask()
    assert [len(server.all) for server in world.servers] == [0, 1, 0]
    broken.heard(0.01)
    world.ask()
    assert len(broken.all) == 1


def test_one_slow_answer_does_not_cost_a_quick_server_its_place():
    world = World(2)
    quick, slow = world.servers
    quick.heard(0.01)
    slow.heard(0.1)
    quick.failed("no answer")
    world.ask()
    assert len(quick.all) == 1


def test_a_slow_server_is_helped_by_the_next_and_the_first_good_answer_counts():
    world = World(2)
    first, second = world.servers
    one = world.ask()
    world.wait(MIN_WAIT - TICK)
    assert not second.all
    world.wait(0.2)
    assert second.all == [one]
    assert world.counted("upstream_timeouts") == 1
    since = one.created
    second.answer(one)
    assert world.delivered == [(one, 0)]
    world.now += 0.5
    first.answer(one, since=since)
    assert len(world.delivered) == 1
    # late as it is, it shows that the server is there, and how slow
    assert first.failures == 0
    assert first.rtt > 0.5


def test_a_slow_servers_time_is_learned_so_that_it_is_not_asked_twice_for_ever():
    world = World()
    (server,) = world.servers
    times = []
    for _ in range(30):
        one = world.ask()
        before = len(server.all)
        world.wait(0.5)
        server.answer(one, since=one.created)
        times.append(len(server.all) - before)
    assert times[0] == 1
    assert times[-1] == 0


def test_a_server_is_asked_again_ever_later():
    world = World()
    (server,) = world.servers
    one = world.ask()
    gaps = []
    for _ in range(4):
        last = world.now
        while world.now < last + 4 and not one.done and server.asked[-1] and len(server.all) == len(gaps) + 1:
            world.wait(TICK)
        gaps.append(world.now - last)
    assert gaps[:3] == sorted(gaps[:3])
    assert gaps[2] > 2 * gaps[0]
    # not all tries are spent in the first second of an outage
    assert one.asked_at > one.created + 1


def test_silence_ends_with_the_time_out():
    world = World(2, timeout=4.0)
    one = world.ask()
    world.wait(3.9)
    assert not world.failed
    world.wait(0.2)
    ((failed, code, _),) = world.failed
    assert failed is one
    assert code == ede.NO_REACHABLE_AUTHORITY
    assert len(one.tried) <= MAX_TRIES
    assert set(one.tried) == set(world.servers)
    world.wait(10)
    assert len(world.failed) == 1


@pytest.mark.parametrize("size", [1, 2, 6, 9])
@pytest.mark.parametrize("timeout", [0.5, 4.0, 20.0])
def test_tries_are_bounded_and_all_end(size, timeout):
    world = World(size, timeout=timeout)
    one = world.ask()
    world.wait(timeout + 0.1)
    assert len(world.failed) == 1
    assert 2 <= len(one.tried) <= MAX_TRIES
    assert len(world.pool._waiting) == 0


@pytest.mark.parametrize("size", [1, 3])
def test_nobody_there_ends_soon(size):
    world = World(size)
    for server in world.servers:
        server.refuses = "nobody listens there"
    one = world.ask()
    world.wait(0.5)
    assert [(failed, code) for failed, code, _ in world.failed] == [(one, ede.NETWORK_ERROR)]
    assert world.counted("upstream_errors") == len(one.tried)
    # each question finds out anew, and at once when one is back
    world.servers[-1].refuses = ""
    world.servers[-1].live.clear()
    two = world.ask()
    world.wait(TICK)
    assert world.servers[-1].all == [two]


def test_a_server_that_is_gone_costs_no_time():
    world = World(2)
    first, second = world.servers
    first.refuses = "nobody listens there"
    one = world.ask()
    assert second.all == [one]
    two = world.ask()
    assert second.all == [one, two]
    assert first.down
    # the probe finds it again
    first.refuses = ""
    world.wait(5.1)
    assert first.probes == 1
    first.answer(first.asked[-1][0])
    assert not first.down


def test_lost_questions_move_in_one_batch():
    world = World(2)
    first, second = world.servers
    some = [pending(f"p{i}.example", 0, world.now) for i in range(50)]
    world.pool.send(some)
    first.live.clear()
    world.pool.refused(first, some, "nobody listens there", gone=True)
    assert second.asked == [some]


@pytest.mark.parametrize("rcode", [SERVFAIL, REFUSED])
def test_a_refusal_sends_on_to_the_next(rcode):
    world = World(2)
    first, second = world.servers
    one = world.ask()
    first.answer(one, rcode=rcode)
    assert not world.delivered
    second.answer(one)
    assert world.delivered == [(one, 0)]


@pytest.mark.parametrize("rcodes", list(itertools.permutations([SERVFAIL, REFUSED, 9])))
def test_the_best_refusal_is_delivered_when_all_refuse(rcodes):
    world = World(3)
    one = world.ask()
    for server, rcode in zip(world.servers, rcodes, strict=True):
        server.answer(one, rcode=rcode)
    assert world.delivered == [(one, SERVFAIL)]


def test_nxdomain_is_an_answer():
    world = World(2)
    one = world.ask()
    world.servers[0].answer(one, rcode=3)
    assert world.delivered == [(one, 3)]


def test_a_refusal_waits_a_moment_for_one_that_is_slow():
    world = World(2)
    first, second = world.servers
    one = world.ask()
    world.wait(0.4)
    second.answer(one, rcode=SERVFAIL)
    assert not world.delivered
    first.answer(one, since=one.created)
    assert world.delivered == [(one, 0)]

    two = world.ask()
    world.wait(0.4)
    second.answer(two, rcode=SERVFAIL)
    world.wait(MAX_WAIT + 2 * TICK)
    assert world.delivered[1:] == [(two, SERVFAIL)]
    assert not world.failed


def test_a_refusal_and_silence():
    world = World(2)
    one = world.ask()
    world.servers[0].answer(one, rcode=REFUSED)
    world.wait(2)
    assert world.delivered == [(one, REFUSED)]
    assert len(one.tried) == 2


def test_a_refusal_and_nobody_there():
    world = World(2)
    world.servers[1].refuses = "nobody listens there"
    one = world.ask()
    world.servers[0].answer(one, rcode=SERVFAIL)
    assert world.delivered == [(one, SERVFAIL)]


def test_a_refusal_that_cannot_be_read_still_ends():
    """The clients of a question that is forgotten wait for ever, and all who ask the same later with them."""
    world = World(2)
    one = world.ask()
    world.unreadable.add(reply(b"\0\0" + one.tail, rcode=SERVFAIL))
    for server in world.servers:
        server.answer(one, rcode=SERVFAIL)
    world.wait(5)
    assert [failed for failed, _, _ in world.failed] == [one]


def test_an_answer_that_cannot_be_read_is_asked_for_elsewhere():
    world = World(2)
    first, second = world.servers
    one = world.ask()
    message = reply(b"\0\0" + one.tail)
    world.unreadable.add(message)
    first.answer(one)
    assert second.all == [one]
    world.unreadable.clear()
    second.answer(one)
    assert world.delivered == [(one, 0)]


def test_unreadable_answers_alone_end_as_failure():
    world = World()
    one = world.ask()
    world.unreadable.add(reply(b"\0\0" + one.tail))
    for _ in range(300):
        if one in world.servers[0].live:
            world.servers[0].answer(one)
        world.wait(TICK)
    assert [failed for failed, _, _ in world.failed] == [one]
    assert len(one.tried) <= MAX_TRIES


@pytest.mark.parametrize("rcode", [FORMERR, NOTIMP])
@pytest.mark.parametrize("bare", [False, True])
def test_a_server_that_knows_no_edns_is_asked_without(rcode, bare):
    world = World(2)
    first, second = world.servers
    one = world.ask()
    with_edns = one.tail
    assert with_edns.endswith(b"\0\0\x29\x04\xd0\0\0\0\0\0\0")
    first.answer(one, rcode=rcode, **({"questions": 0, "question": b""} if bare else {}))
    assert first.all == [one, one]
    assert one.tail == with_edns[:9] + b"\0" + with_edns[10:-11]
    first.answer(one, rcode=rcode)
    assert second.all == [one]


def test_bare_errors_are_never_delivered():
    """Without the question it could belong to any, and a client could not read it."""
    world = World(2)
    one = world.ask()
    for server in (*world.servers, *world.servers):
        server.answer(one, rcode=REFUSED, questions=0, question=b"")
    world.wait(5)
    assert not world.delivered
    assert len(world.failed) == 1


def test_a_cut_answer_is_asked_for_by_tcp_and_a_cut_one_by_tcp_is_taken():
    world = World()
    (server,) = world.servers
    one = world.ask()
    server.answer(one, tc=True)
    assert server.streams == [one]
    assert not world.delivered
    world.pool.answered(server, [(one, reply(b"\0\0" + one.tail, tc=True))], world.now, stream=True)
    assert world.delivered == [(one, 0)]
    assert len(server.streams) == 1


def test_tcp_that_stays_silent_does_not_keep_others_from_being_asked():
    world = World(2)
    first, second = world.servers
    one = world.ask()
    first.answer(one, tc=True)
    world.wait(MAX_WAIT + TICK)
    assert second.all == [one]
    world.wait(3)
    assert len(world.failed) == 1


def test_doubted_answers_are_asked_for_by_tcp():
    world = World()
    (server,) = world.servers
    some = [world.ask(f"p{i}.example") for i in range(3)]
    some[1].done = True
    world.pool.doubted(server, some)
    assert server.streams == [some[0], some[2]]


def test_a_stream_is_not_asked_twice_at_a_time():
    world = World()
    (server,) = world.servers
    server.is_stream = True
    one = world.ask()
    server.overdue = lambda *_: []  # it goes on
    world.pool._again([one], world.now + 1)
    world.wait(3)
    assert server.all == [one]
    world.wait(1.1)
    assert len(world.failed) == 1


def test_groups_never_mix():
    """An internal name that leaks to the public servers is what conditional forwarding is there to prevent."""
    world = World(2, 2, 1)
    some = [pending(f"{i}.example", i % 3, world.now) for i in range(30)]
    world.pool.send(some)
    world.pool.send([pending("x.example", 1, world.now)])
    world.groups[1][0].refuses = "gone"
    refused = world.groups[1][0].all
    world.pool.refused(world.groups[1][0], refused, "gone", gone=True)
    for _ in range(200):
        world.wait(TICK)
        for group in world.groups[1:]:
            for server in group:
                for one in list(server.live)[:2]:
                    server.answer(one, rcode=SERVFAIL, tc=one.question[1] % 2 == 0)
    for route, group in enumerate(world.groups):
        for server in group:
            assert {one.route for batch in server.asked for one in batch} <= {route}
            assert {one.route for one in server.streams} <= {route}
    assert all(one.done for one in some)


def test_random_case_is_asked_in():
    world = World(randomize_case=True)
    one = world.ask("abcdefghijklmnopqrstuvwxyz.example")
    assert one.question != one.question.lower()
    assert one.query.question == one.question.lower()


def test_who_has_answered_is_not_probed():
    world = World(2, probe=5.0)
    first, second = world.servers
    first.answer(world.ask())
    world.wait(5.1)
    assert (first.probes, second.probes) == (0, 1)
    world.wait(5.1)
    assert (first.probes, second.probes) == (1, 2)
    second.answer(second.asked[-1][0], tc=True)  # whatever it is, it is there
    assert not second.streams
    assert len(world.delivered) == 1


def test_a_single_healthy_server_is_not_probed_and_a_failed_one_is():
    world = World(1, probe=1.0)
    (server,) = world.servers
    world.wait(10)
    assert server.probes == 0
    server.failed("no answer")
    world.wait(1.1)
    assert server.probes == 1
    world.wait(5)
    assert server.probes == 6  # one at a time, and none is asked again
    assert not world.failed
    world.pool.retire()
    world.wait(5)
    assert server.probes == 6


def test_channels_are_tidied_however_seldom_they_are_probed():
    world = World(2, probe=3600.0)
    world.wait(10)
    assert [server.tidied for server in world.servers] == pytest.approx([10, 10], abs=1)


def test_ten_thousand_questions_to_a_dead_server():
    world = World(2, timeout=4.0, probe=3600.0)
    some = [pending(f"{i}.example", 0, world.now) for i in range(10_000)]
    for at in range(0, len(some), 64):
        world.pool.send(some[at : at + 64])
    most = 0
    while world.now < some[0].created + 5:
        before = len(world.failed)
        world.wait(TICK)
        most = max(most, len(world.failed) - before)
    assert {failed for failed, _, _ in world.failed} == set(some)
    assert len(world.failed) == 10_000
    assert max(at for _, _, at in world.failed) < some[0].created + 4.5
    # answers to others come in between
    assert most <= PER_TICK * (len(world.servers) + 1)
    assert world.counted("upstream_queries") == sum(len(one.tried) for one in some) <= 10_000 * MAX_TRIES
    assert not world.pool._waiting
    assert all(len(batch) <= PER_TICK for server in world.servers for batch in server.asked)


async def test_a_closed_pool_asks_nobody():
    world = World(2)
    one = world.ask()
    await world.pool.close()
    assert all(server.closed for server in world.servers)
    world.pool.refused(world.servers[0], [one], "closed here", gone=False)
    assert not world.servers[1].asked
    assert len(world.failed) == 1


def test_what_was_rejected_is_counted():
    world = World()
    world.pool.rejected()
    world.pool.rejected(5)
    assert world.counted("upstream_rejected") == 6


def test_what_came_in_place_of_an_answer_is_handed_on_to_be_looked_at():
    world = World()
    one = world.ask()
    world.pool.strange([(one, b"other")])
    assert world.strange == [(one, b"other")]
    assert not one.done
