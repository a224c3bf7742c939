import random

import pytest

from dnsguard.detect import tunnel
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import data_exfiltration as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.state.shares import Shares, Sums
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.query import Query
from tests import senders

START = 1_700_000_000.0


class Watched:
    """One worker's detector over many queries."""

    def __init__(self, **config: object) -> None:
        self.context = Context(det.Config(**config), EMPTY, Memory())  # type: ignore[arg-type]

    def ask(self, query: Query) -> Finding | None:
        cued = tunnel.Near(self.context).wakes(query)
        finding = det.inspect(query, self.context)
        assert cued or finding is None, query.name
        return finding

    def first(self, queries: object) -> tuple[int, int, float] | None:
        """Queries and bytes sent when the first is found, that one not counted, and the seconds since the start."""
        sent = 0
        for number, (query, size) in enumerate(queries):  # type: ignore[arg-type, var-annotated]
            if self.ask(query) is not None:
                return number, sent, query.time - START
            sent += size
        return None


@pytest.mark.parametrize("encoding", senders.ENCODINGS)
@pytest.mark.parametrize("chunk", [30, 60, 110])
def test_fast_tunnels_are_cut_within_ten_queries_and_a_quarter_of_a_kilobyte(encoding: str, chunk: int) -> None:
    if encoding == "words":
        chunk = 20
    found = Watched().first(senders.send(500.0, encode=senders.ENCODINGS[encoding], chunk=chunk, seconds=60))
    assert found is not None
    assert found[0] < 10
    assert found[1] <= 256


@pytest.mark.parametrize("qtype", ["NULL", "KEY", "TYPE65399"])
def test_short_names_by_a_type_without_a_use_need_half_as_many(qtype: str) -> None:
    def found(qtype: str) -> int:
        first = Watched().first(senders.send(40.0, chunk=8, qtype=qtype, seconds=60))
        assert first is not None
        return first[0]

    assert found(qtype) < 8 < found("TXT")


def test_two_such_names_are_chance() -> None:
    watched = Watched()
    for number, (query, _) in enumerate(senders.send(40.0, chunk=8, seconds=2)):
        odd = Query.of(query.name, "KEY" if number < 2 else "TXT", time=query.time)
        assert watched.ask(odd) is None or number > 8


@pytest.mark.parametrize("encoding", senders.ENCODINGS)
@pytest.mark.parametrize(("rate", "within"), [(1.0, 600.0), (0.05, 86400.0)])
def test_slow_senders_are_found(encoding: str, rate: float, within: float) -> None:
    chunk = 4 if encoding == "words" else 12
    found = Watched().first(senders.send(rate, encode=senders.ENCODINGS[encoding], chunk=chunk))
    assert found is not None
    assert found[2] <= within


@pytest.mark.parametrize("zones", [4, 8, 12])
@pytest.mark.parametrize(("rate", "out"), [(1000.0, 448), (1.0, 600), (0.05, 2500)])
def test_a_tunnel_through_several_zones_is_told_nearly_as_soon_as_through_one(
    zones: int, rate: float, out: int
) -> None:
    several = tuple(f"zone{i}.example" for i in range(zones))
    found = Watched().first(senders.send(rate, zones=several, seconds=86400))
    assert found is not None
    assert found[1] <= out


@pytest.mark.parametrize("workers", [2, 4, 16])
@pytest.mark.parametrize("encoding", senders.ENCODINGS)
@pytest.mark.parametrize(("rate", "within", "out"), [(10.0, 60.0, 600), (1.0, 600.0, 600), (0.05, 86400.0, 4000)])
def test_a_tunnel_through_many_clients_is_told_though_each_worker_sees_a_part(
    workers: int, encoding: str, rate: float, within: float, out: int
) -> None:
    clients = tuple(f"192.0.2.{i}" for i in range(1, 201))
    several = [Watched() for _ in range(workers)]
    key = several[0].context.memory.of(Tunnels).key
    for each in several:
        each.context.memory.of(Tunnels).use(key)
    sums, sent, told = Sums(), 0, 0.0
    encode, chunk = senders.ENCODINGS[encoding], 4 if encoding == "words" else 12
    for query, size in senders.send(rate, encode=encode, chunk=chunk, clients=clients, seconds=within):
        if query.time >= told + 1:
            told = query.time
            for index, each in enumerate(several):
                memory = each.context.memory
                shares, tunnels = memory.of(Shares), memory.of(Tunnels)
                shares.take(sums.exchange(f"{index}", shares.told(tunnels, told)), workers, tunnels, told)
        finding = several[query.client[-1] % workers].ask(query)
        if finding is not None:
            assert sent <= out
            return
        sent += size
    pytest.fail("not found")


@pytest.mark.parametrize("rate", [0.2, 10.0, 1000.0])
def test_a_zone_that_is_found_by_itself_puts_no_blame_on_its_clients_other_zones(rate: float) -> None:
    # as hosts named by hashes are, of which a crowd behind one address asks for many, and for two of another zone
    watched = Watched(names=12)
    *_, (last, _) = sent = list(senders.send(rate, encode=senders.hexed, chunk=16, seconds=16 * 60 / rate))
    assert watched.first(sent) is not None
    for turn in range(2):
        host = f"{senders.hexed(bytes(range(turn, turn + 16)))}.other.example"
        assert watched.ask(Query.of(host, client="192.0.2.7", time=last.time + turn)) is None
    assert watched.ask(Query.of("0123456789abcdef0f1e2d3c.tunnel.example", client="192.0.2.7", time=last.time + 2))


def test_encoded_names_one_a_zone_are_no_tunnel() -> None:
    watched = Watched()
    for i in range(200):
        name = f"{senders.base32(bytes([i]) * 7)}.zone{i}.example"
        assert watched.ask(Query.of(name, time=START + i)) is None


def test_a_firm_s_own_hosts_may_all_be_new() -> None:
    watched, dice = Watched(), random.Random(6)
    for i in range(180):
        name = dice.choice((f"pc-{dice.randrange(9000):04d}", f"laptop-{dice.getrandbits(20):05x}"))
        asked = Query.of(f"{name}.corp.firm.example", client=f"192.0.2.{i % 40}", time=START + 2 * i)
        assert watched.ask(asked) is None


def test_a_sender_over_several_zones_and_clients_is_found() -> None:
    zones = tuple(f"zone{i}.example" for i in range(6))
    clients = tuple(f"192.0.2.{i}" for i in range(1, 40))
    assert Watched().first(senders.send(1.0, zones=zones, seconds=3600)) is not None
    assert Watched().first(senders.send(1.0, clients=clients, seconds=3600)) is not None


def test_repeats_and_types_carry_as_well() -> None:
    dice = random.Random(5)
    watched = Watched(hour=256)
    queries = (
        Query.of(f"{dice.choice('abcdefghijklmnop')}{dice.choice('abcdefghijklmnop')}.signal.example", time=START + i)
        for i in range(3600)
    )
    assert any(watched.ask(query) for query in queries)
    watched = Watched(hour=256)
    queries = (
        Query.of("beacon-status.signal.example", dice.choice(("A", "AAAA", "TXT", "MX")), time=START + i)
        for i in range(7200)
    )
    assert any(watched.ask(query) for query in queries)


def test_a_few_hosts_that_everybody_asks_for_carry_nothing() -> None:
    dice = random.Random(9)
    watched = Watched(hour=128)
    for i in range(6000):
        host = dice.choice(("owncloud", "ise-portal", "salt-master", "uncle-leo"))
        query = Query.of(f"{host}.team.example", client=f"10.0.0.{dice.randrange(1, 60)}", time=START + i * 0.7)
        assert watched.ask(query) is None


def test_what_is_asked_again_on_its_beat_carries_nothing() -> None:
    watched = Watched()
    names = [f"sensor-{i}-floor.plant.example" for i in range(40)]
    for minute in range(1440):
        for i, name in enumerate(names):
            assert watched.ask(Query.of(name, time=START + 60 * minute + i)) is None


def test_honest_zones_are_silent() -> None:
    watched = Watched()
    for i in range(3000):
        for name in (
            f"{i * 7919 % 256}.{i % 256}.{i // 256}.203.zen.spamhaus.org",
            f"{i:032x}.safeframe.googlesyndication.com",
            f"rr{i % 8}---sn-{senders.base32(i.to_bytes(5, 'big'))}.googlevideo.com",
            f"{i % 256}.{i // 256}.0.10.in-addr.arpa",
        ):
            assert watched.ask(Query.of(name, time=START + i / 10)) is None


def test_a_zone_that_is_cut_stays_cut_and_its_known_hosts_stay_reachable() -> None:
    watched = Watched()
    for _ in range(2):
        assert watched.ask(Query.of("www.tunnel.example", time=START)) is None
    assert watched.first(senders.send(100.0, seconds=60)) is not None
    later = START + 7200
    assert watched.ask(Query.of(f"{senders.base32(b'new data of two hours later')}.tunnel.example", time=later))
    assert watched.ask(Query.of("www.tunnel.example", client="192.0.2.99", time=later)) is None


def test_evidence_has_the_curve_the_rule_and_samples() -> None:
    watched = Watched()
    finding = next(found for query, _ in senders.send(100.0, seconds=60) if (found := watched.ask(query)))
    assert finding.zone == "tunnel.example"
    assert finding.score >= 1
    evidence = finding.evidence
    assert evidence["rule"] in det.REASONS
    assert evidence["bytes"] >= evidence["limit"]  # type: ignore[operator]
    assert evidence["curve"][-1][1] <= evidence["total"]  # type: ignore[index]
    assert all(name.endswith(".tunnel.example") for name in evidence["samples"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "config",
    [
        {"burst": 31},
        {"minutes": 1},
        {"hour": 127},
        {"day": 1},
        {"sender": 1},
        {"sender_hour": 1},
        {"sender_minutes": 1},
        {"names": 0},
        {"known_clients": 9},
    ],
)
def test_config_errors_name_their_key(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        det.Config(**config)  # type: ignore[arg-type]


def test_a_network_s_own_domain_is_silent() -> None:
    # six hundred machines that ask for one another, their domain's services, and the web with the domain behind it
    dice = random.Random(8)
    watched = Watched()
    for i in range(20_000):
        host = dice.choice(
            (
                f"pc-{dice.randrange(600):04d}",
                f"laptop-{dice.randrange(200) * 7919 % 46656:05x}",
                f"_ldap._tcp.site-{dice.randrange(9)}._sites.dc._msdcs",
                f"d{dice.randrange(400)}.example-host.google.com",
            )
        )
        client = f"10.0.{dice.randrange(4)}.{dice.randrange(1, 250)}"
        query = Query.of(f"{host}.corp.firm.example", client=client, time=START + 4 * i)
        assert watched.ask(query) is None, query.name
    # and what one of them sends out of it is still found
    assert (
        watched.first(senders.send(200.0, zones=("corp.firm.example",), start=START + 90_000, seconds=60)) is not None
    )


def test_a_single_name_s_score_is_what_it_carries() -> None:
    context = Context(det.Config(), EMPTY, Memory())

    def score(name: str) -> float:
        return det.score(Query.of(name), context)

    code = senders.base32(bytes(range(38)))
    assert score(f"{code}.tunnel.example") > 38
    assert 0 < score("images.static.tunnel.example") < 2
    assert score(f"{code}.safeframe.googlesyndication.com") == score("tunnel.example") == score(".") == 0
