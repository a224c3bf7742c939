import random

import pytest

from dnsguard.state.carried import Carried
from dnsguard.state.shares import MAX_NEAR, SAMPLE, Share, Shares, Sums, distinct, first
from dnsguard.state.tunnels import Tunnels

NOW = 1_700_000_000.0
KEY = 1 << 58 | 12345


def worker(names: list[str], each: float = 20.0, zone: str = "z.example") -> tuple[Shares, Tunnels]:
    """One that has seen these names, each of so many bytes."""
    shares, tunnels = Shares(), Tunnels()
    tunnels.use(KEY)
    seen = tunnels.open(zone, 1.0, NOW)
    for name in names:
        tunnels.learn(seen, tunnels.fingerprint(name.encode()), 1, NOW)
        seen.names += 1
        seen.up.add(each, each, NOW)
    shares.look(seen, NOW)
    return shares, tunnels


def exchanged(workers: list[tuple[Shares, Tunnels]], now: float = NOW) -> None:
    sums = Sums()
    for _ in range(2):  # the first is answered before the others have told anything
        for index, (shares, tunnels) in enumerate(workers):
            shares.take(sums.exchange(f"{index}", shares.told(tunnels, now)), len(workers), tunnels, now)


def elsewhere(worker: tuple[Shares, Tunnels], now: float = NOW, zone: str = "z.example") -> tuple[float, int]:
    """Bytes of an hour, and names, that others have seen."""
    shares, tunnels = worker
    carried, names = shares.look(tunnels.zones[zone], now) or (None, 0)
    return (0.0 if carried is None else carried.hour), names


def hosts(count: int, start: int = 0) -> list[str]:
    return [f"host-{i * 7919 % 99991}" for i in range(start, start + count)]


def test_what_goes_out_through_several_workers_is_added_up() -> None:
    workers = [worker(hosts(10, 10 * i)) for i in range(4)]
    exchanged(workers)
    for each in workers:
        assert elsewhere(each) == (pytest.approx(600.0), 30)


def answered(answers: list[str]) -> tuple[Shares, Tunnels]:
    """One that these answers came to, each of twenty bytes."""
    shares, tunnels = Shares(), Tunnels()
    tunnels.use(KEY)
    seen = tunnels.open("z.example", 1.0, NOW)
    down = seen.down = Carried(NOW)
    for text in answers:
        assert tunnels.new_rdata(seen, text.encode(), NOW)
        seen.answered += 1
        down.add(20.0, 20.0, NOW)
    shares.look(seen, NOW, answers=True)
    return shares, tunnels


def test_what_comes_in_through_several_workers_is_added_up_by_itself() -> None:
    workers = [answered(hosts(10, 10 * i)) for i in range(4)]
    exchanged(workers)
    for shares, tunnels in workers:
        zone = tunnels.zones["z.example"]
        more = shares.look(zone, NOW, answers=True)
        assert more is not None
        assert (more[0].hour, more[1]) == (pytest.approx(600.0), 30)
        assert shares.look(zone, NOW) is None


def test_answers_that_all_workers_saw_count_once() -> None:
    workers = [answered(hosts(40)) for _ in range(4)]
    exchanged(workers)
    for shares, tunnels in workers:
        more = shares.look(tunnels.zones["z.example"], NOW, answers=True)
        assert more is not None
        assert (more[0].hour, more[1]) == (0.0, 0)


@pytest.mark.parametrize("count", [5, 12, 100, 800])
def test_names_that_all_workers_saw_count_once(count: int) -> None:
    workers = [worker(hosts(count)) for _ in range(4)]
    exchanged(workers)
    for each in workers:
        assert elsewhere(each) == (0.0, 0)


def test_of_names_that_are_partly_the_same_the_part_counts() -> None:
    dice = random.Random(3)
    errors = []
    for _ in range(30):
        pool = [f"{dice.getrandbits(64):x}" for _ in range(300)]
        workers = [worker(dice.sample(pool, 150)) for _ in range(4)]
        exchanged(workers)
        union = len({symbol for _, tunnels in workers for symbol in tunnels.zones["z.example"].symbols})
        errors.append(150 * 20 + elsewhere(workers[0])[0] - union * 20)
    assert abs(sum(errors) / len(errors)) < 300 * 20 * 0.1
    assert max(map(abs, errors)) < 300 * 20 * 0.6


def test_a_worker_that_saw_nothing_of_a_zone_hears_of_it() -> None:
    told, fresh = worker(hosts(10)), worker(hosts(3), zone="other.example")
    exchanged([told, fresh])
    fresh[1].open("z.example", 1.0, NOW)
    assert elsewhere(fresh) == (pytest.approx(200.0), 10)


def test_what_was_seen_elsewhere_fades_and_ends_with_its_worker() -> None:
    workers = [worker(hosts(10)), worker(hosts(10, 10))]
    sums = Sums()
    for _ in range(2):
        for index, (shares, tunnels) in enumerate(workers):
            shares.take(sums.exchange(f"{index}", shares.told(tunnels, NOW)), 2, tunnels, NOW)
    assert elsewhere(workers[0], NOW + 3600)[0] == pytest.approx(200 / 2.718, rel=0.01)
    sums.forget("1")
    shares, tunnels = workers[0]
    shares.take(sums.exchange("0", shares.told(tunnels, NOW)), 2, tunnels, NOW)
    assert elsewhere(workers[0]) == (0.0, 0)


def test_a_zone_is_told_until_it_is_near_no_more_or_forgotten() -> None:
    shares, tunnels = worker(hosts(10))
    assert [share.zone for share in shares.told(tunnels, NOW)] == ["z.example"]
    assert shares.told(tunnels, NOW + 5 * 86400) == []
    assert shares.tables() == [("tunnel_shares", 0, 0)]
    shares.look(tunnels.zones["z.example"], NOW)
    tunnels.use(KEY + 2)
    assert not tunnels.zones
    assert shares.told(tunnels, NOW) == []


def test_tables_are_bounded() -> None:
    shares, tunnels = Shares(), Tunnels()
    for i in range(MAX_NEAR + 10):
        zone = tunnels.open(f"z{i}.example", 1.0, NOW)
        zone.up.add(200.0, 200.0, NOW)
        shares.look(zone, NOW)
    assert shares.tables() == [("tunnel_shares", MAX_NEAR, 10)]
    assert len(shares.told(tunnels, NOW)) == MAX_NEAR
    many = [Share(f"y{i}.example", (0.0, 0.0, 0.0, float(i)), 1) for i in range(2 * MAX_NEAR)]
    sums = Sums()
    sums.exchange("1", many)
    sums.exchange("2", [Share(f"x{i}.example", (0.0, 0.0, 0.0, 9e9), 1) for i in range(MAX_NEAR)])
    told = sums.exchange("3", [])
    assert {share.zone[0] for share in told} == {"x"}
    assert len(told) == MAX_NEAR


def test_more_workers_look_at_zones_sooner() -> None:
    tunnels = Tunnels()
    for workers, part in ((0, 1.0), (1, 1.0), (4, 1.0), (16, 0.25)):
        Shares().take([], workers, tunnels, NOW)
        assert tunnels.part == part


def test_a_sample_is_the_start_of_an_order_that_all_have_in_common() -> None:
    small, large = worker(hosts(SAMPLE - 1))[1], worker(hosts(500))[1]
    few, many = first(small.zones["z.example"]), first(large.zones["z.example"])
    assert few == sorted(few) and len(few) == SAMPLE - 1  # noqa: PT018 - one thought
    assert many == sorted(many) and len(many) == SAMPLE  # noqa: PT018 - one thought
    assert [symbol for symbol in few if symbol <= many[-1]] == [symbol for symbol in many if symbol in few]
    assert distinct([]) == distinct([[], []]) == 1.0
