"""What is blocked again without being judged: only an exact repeat by the same client, for a while, counted as well."""

import ipaddress
from dataclasses import replace

import pytest

from dnsguard.model import Mode
from dnsguard.policy.config import AllowConfig
from dnsguard.policy.policy import Policy
from dnsguard.policy.temporary import Temporary, TemporaryAllow
from dnsguard.state import counters as count
from tests import simulated as simulation
from tests.simulated import CLIENT, START, Asked, Simulated, packet
from tests.test_pipeline_watch import Watcher

BAD = "evil.example"
OTHER = "192.0.2.9"
KID = "192.0.2.200"
KIDS = 'mode = "block"\n[[groups]]\nname = "kids"\nclients = ["192.0.2.128/25"]\nmode = "alert"'


def policy(temporary: Temporary) -> Policy:
    return Policy(mode=Mode.BLOCK, detectors={}, allow=AllowConfig(), groups=(), temporary=temporary)


def blocking(config: str = 'mode = "block"') -> Simulated:
    return Simulated(config, listed=[BAD])


def repeated(sim: Simulated, times: int = 2, client: str = CLIENT) -> list[Asked]:
    """The first is told, the second begins the sum that those after it count into."""
    return [sim.ask(BAD, edns=1232, client=client, number=number) for number in range(1, times + 1)]


def judged(sim: Simulated, *, client: str = CLIENT, **more: object) -> bool:
    """Whether detectors are asked about one more: they crash meanwhile, and say nothing."""
    sim.crashing.add("query")
    crashes = len(sim.crashes)
    sim.ask(BAD, client=client, **{"edns": 1232, "number": 77} | more)
    sim.crashing.clear()
    return len(sim.crashes) > crashes


def test_a_repeat_is_answered_alike_and_meets_no_detector() -> None:
    sim = blocking()
    first, second = repeated(sim)
    assert not judged(sim)
    third = sim.ask(BAD, edns=1232, number=3)
    assert first.raw[2:] == second.raw[2:] == third.raw[2:]
    assert (third.message.id, third.rcode) == (3, "NXDOMAIN")


def test_it_is_counted_like_any_other() -> None:
    sim = blocking()
    repeated(sim, 10)
    slots = (count.QUERIES_UDP, count.BLOCKED, count.MISSES, count.HITS, count.FINDINGS["threat_intel"])
    assert [sim.counted(slot) for slot in slots] == [10, 10, 10, 0, 10]


def test_the_alert_knows_how_many_there_were_and_when() -> None:
    sim = blocking()
    repeated(sim)
    sim.now += 0.25
    sim.ask(BAD, edns=1232)
    sim.now += 0.25
    sim.ask(BAD, edns=1232)
    first, rest = sim.teller.take() + sim.teller.flush(sim.now)
    assert (first.count, first.time) == (1, START)
    assert (rest.id, rest.name, rest.count, rest.time, rest.last) == (first.id, BAD, 3, START, START + 0.5)


def test_what_is_blocked_without_being_judged_is_shown_with_what_was_found() -> None:
    sim = blocking()
    sim.pipeline.watch = watcher = Watcher()
    asked = repeated(sim, 3)
    _, second, third = watcher.seen
    assert third == ("answered", b"\xc0\0\2\7", asked[2].packet, asked[2].raw, second[4], START, START)
    assert second[4] is not None


@pytest.mark.parametrize(
    "more",
    [{"edns": 4096}, {"edns": None}, {"qtype": "AAAA"}, {"tcp": True}, {"client": OTHER}],
    ids=lambda more: next(iter(more)),
)
def test_only_the_same_packet_of_the_same_client(more: dict[str, object]) -> None:
    sim = blocking()
    repeated(sim)
    assert judged(sim, **more)


def test_each_client_has_its_own_policy_and_alert() -> None:
    sim = Simulated(KIDS, listed=[BAD])
    mine, theirs = repeated(sim, 3), repeated(sim, 3, client=OTHER)
    assert [asked.rcode for asked in mine + theirs] == ["NXDOMAIN"] * 6
    assert mine[2].ede_text != theirs[2].ede_text
    kid = sim.ask(BAD, edns=1232, client=KID)
    sim.answer(f"{BAD} 60 A 192.0.2.66")
    assert kid.rcode == "NOERROR"


def test_who_is_no_longer_served_is_refused() -> None:
    sim = blocking()
    repeated(sim)
    sim.configure('mode = "block"\n[listen]\nallow_from = ["198.51.100.0/24"]')
    assert sim.ask(BAD, edns=1232).rcode == "REFUSED"


def test_another_generation_judges_anew() -> None:
    sim = blocking()
    repeated(sim)
    sim.configure('mode = "block"')
    assert judged(sim)


@pytest.mark.parametrize(("ttl", "held"), [(3, 2.5), (3600, 9.5)])
def test_it_holds_for_as_long_as_the_answer_and_never_for_long(ttl: int, held: float) -> None:
    sim = blocking(f'mode = "block"\n[block]\nttl = {ttl}')
    repeated(sim)
    sim.now += held
    assert not judged(sim)
    sim.now += 0.6
    assert judged(sim)


def test_without_a_ttl_or_a_cache_each_is_judged() -> None:
    for config in ("[block]\nttl = 0", "[cache]\nsize = 0"):
        sim = blocking(f'mode = "block"\n{config}')
        repeated(sim)
        assert judged(sim)


def test_a_sum_that_has_left_or_an_alert_that_was_forgotten_is_begun_anew() -> None:
    sim = blocking()
    repeated(sim, 3)
    _, rest = sim.teller.flush(sim.now + 1)
    assert (rest.count, judged(sim)) == (2, True)
    repeated(sim, 3)
    sim.teller.drain()
    assert judged(sim)


def test_a_temporary_allow_holds_at_once_and_ends_by_itself() -> None:
    temporary = Temporary()
    sim = blocking()
    sim.pipeline.configure(sim.rules('mode = "block"', policy=policy(temporary)))
    repeated(sim)
    assert not judged(sim)
    until = sim.now + 5
    temporary.hold([TemporaryAllow(id="a", client=CLIENT, zone=BAD, began=sim.now, until=until)])
    assert sim.ask(BAD, edns=1232).raws == []
    sim.answer(f"{BAD} 0 A 192.0.2.66")
    sim.now = until
    assert sim.ask(BAD, edns=1232).rcode == "NXDOMAIN"


def test_a_clock_set_back_keeps_nothing() -> None:
    sim = blocking()
    sim.wait(0)
    repeated(sim)
    sim.wait(-3600)
    assert judged(sim)


@pytest.mark.parametrize(
    "changes",
    [{"slug": "suspicious_domain"}, {"slug": "protocol_anomaly"}, {"quiet": True}],
    ids=["signature", "anomaly", "quiet"],
)
def test_what_counts_packets_or_is_not_told_is_judged_each_time(
    changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = simulation._finding
    monkeypatch.setattr(simulation, "_finding", lambda name: replace(found(name), **changes))
    sim = blocking()
    repeated(sim)
    assert judged(sim)


def test_what_is_let_through_is_judged_each_time() -> None:
    sim = blocking('mode = "alert"')
    sim.known(BAD, edns=1232)
    repeated(sim)
    assert judged(sim)


def test_they_are_bounded() -> None:
    sim = blocking('mode = "block"\n[cache]\nsize = 320000')
    sim.listed |= {f"evil{i}.example" for i in range(100)}
    for i in range(100):
        sim.ask(f"evil{i}.example")
    sim.wait(0)
    blocked = sim.pipeline.kept.blocked
    assert 10 < len(blocked.entries) < 20
    assert sim.counted(count.CACHE_BYTES) == blocked.bytes <= 20_000
    assert sim.counted(count.CACHE_EVICTED) == blocked.evicted > 80


def test_a_long_packet_is_no_key() -> None:
    sim = blocking()
    raw = packet(BAD) + bytes(512)
    for _ in range(3):
        assert sim.send(raw).rcode == "NXDOMAIN"
    assert not sim.pipeline.kept.blocked.entries


def test_a_key_of_a_longer_address_is_nobody_else_s() -> None:
    sim = blocking('mode = "block"\n[listen]\nallow_from = ["any"]')
    head = ipaddress.ip_address(CLIENT).packed
    longer = head + b"\1\0\0\1" + bytes(8)
    repeated(sim, 3, client=str(ipaddress.ip_address(longer)))
    (key,) = sim.pipeline.kept.blocked.entries
    assert key.startswith(longer)
    sim.send(b"\0\7" + key.removeprefix(head))
    assert sim.counted(count.BLOCKED) == 3
