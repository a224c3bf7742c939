"""What the cache does on the way of a query: how long answers live, and what happens at their end."""

from typing import Any

import pytest

from dnsguard.cache.entry import MAX_KEY
from dnsguard.state import counters as count
from tests.simulated import Asked, Simulated, lines, packet

WWW = "www.a.example"
A = f"{WWW} 60 A 192.0.2.1"
SOA = "a.example 900 SOA ns.a.example. h.a.example. 1 2 3 4 300"


@pytest.fixture
def sim() -> Simulated:
    return Simulated()


def ttls(asked: Asked) -> list[int]:
    return [rrset.ttl for rrset in asked.message.answer]


def test_a_hit_differs_in_its_id_only(sim: Simulated) -> None:
    asked = sim.known(WWW)
    slow, ready = sim.ask(WWW, number=1), sim.ask(WWW, number=2)
    assert slow.raw[2:] == ready.raw[2:] == asked.raw[2:]
    assert (slow.raw[:2], ready.raw[:2]) == (b"\0\1", b"\0\2")
    assert (sim.forwards, sim.counted(count.HITS), sim.counted(count.MISSES)) == ([], 2, 1)


def test_ttls_age_by_the_second_and_end(sim: Simulated) -> None:
    sim.known(WWW, f"{WWW} 60 CNAME b.example.", "b.example 90 A 192.0.2.2")
    sim.now += 0.4
    for age in range(53):
        assert ttls(sim.ask(WWW)) == [60 - age, 90 - age]
        assert ttls(sim.ask(WWW)) == [60 - age, 90 - age]
        sim.now += 1
    sim.now += 6.59
    assert ttls(sim.ask(WWW)) == [1, 31]
    sim.now += 0.01
    assert sim.ask(WWW).raws == []


@pytest.mark.parametrize(
    ("answer", "more", "life"),
    [
        ([A], {}, 60),
        ([f"{WWW} 0 A 192.0.2.1"], {}, 0),
        ([A, f"{WWW} 20 A 192.0.2.2"], {}, 20),
        ([A], {"additional": ["ns.a.example 7 A 192.0.2.1"]}, 7),
        ([f"{WWW} 9999999 A 192.0.2.1"], {}, 86400),
        ([f"{WWW} 2147483648 A 192.0.2.1"], {}, 0),
        ([], {"rcode": 3, "authority": [SOA]}, 300),
        ([], {"authority": [SOA]}, 300),
        ([], {"authority": [SOA.replace("900", "30")]}, 30),
        ([], {"rcode": 3, "authority": [SOA.replace("900", "99999").replace(" 300", " 99999")]}, 3600),
        ([], {"rcode": 3}, 0),
        ([], {}, 0),
        ([], {"authority": ["a.example 60 NS ns.a.example."]}, 0),
        ([f"{WWW} 900 CNAME b.example."], {"authority": [SOA]}, 300),
        ([f"{WWW} 900 CNAME b.example."], {"rcode": 3, "authority": [SOA]}, 300),
        ([f"{WWW} 900 CNAME b.example."], {"rcode": 3}, 0),
        ([f"{WWW} 900 CNAME b.example."], {}, 900),
        (
            [
                f"{WWW} 900 CNAME b.example.",
                f"{WWW} 900 RRSIG CNAME 8 3 900 20300101000000 20200101000000 1 a.example. AAAA",
            ],
            {"authority": [SOA]},
            300,
        ),
        ([], {"rcode": 2}, 5),
        ([], {"rcode": 5, "authority": [SOA]}, 5),
    ],
)
def test_how_long_an_answer_is_kept(sim: Simulated, answer: list[str], more: dict[str, Any], life: int) -> None:
    first = sim.ask(WWW, edns=1232)
    sim.answer(*answer, **more)
    assert first.ede == []
    if life:
        sim.now += life - 0.01
        kept = sim.ask(WWW, edns=1232)
        assert (kept.rcode, len(kept.records)) == (first.rcode, len(answer))
        sim.now += 0.01
    assert sim.ask(WWW, edns=1232).raws == []


def test_an_answer_that_may_not_be_kept_goes_out_as_it_came(sim: Simulated) -> None:
    asked = sim.ask(WWW, edns=1232)
    sim.answer(f"{WWW} 3600 A 192.0.2.1", additional=["ns.a.example 0 A 192.0.2.1"])
    assert (ttls(asked), asked.ede) == ([3600], [])


def test_without_a_cache_nothing_is_kept() -> None:
    sim = Simulated("[cache]\nsize = 0")
    sim.known(WWW)
    assert sim.ask(WWW).raws == []
    sim.fail()
    assert sim.ask(WWW).raws == []
    assert not sim.pipeline.answers.entries


# failures


def test_a_failure_is_remembered_a_while(sim: Simulated) -> None:
    first = sim.ask(WWW, edns=1232)
    sim.fail(23)
    assert (first.rcode, first.ede, first.ede_text) == ("SERVFAIL", [23], "no upstream answered in time")
    sim.now += 4.9
    again = sim.ask(WWW, edns=1232)
    assert (again.rcode, again.ede, sim.forwards) == ("SERVFAIL", [23], [])
    assert sim.ask(WWW).message.edns == -1
    sim.now += 0.2
    assert sim.ask(WWW).raws == []


def test_a_failure_never_serves_as_stale_answer(sim: Simulated) -> None:
    sim.ask(WWW)
    sim.fail()
    sim.now += 6
    asked = sim.ask(WWW, edns=1232)
    sim.wait(1.9)
    assert asked.raws == []
    sim.answer(A)
    assert (asked.rcode, asked.ede) == ("NOERROR", [])


def test_a_failure_is_not_asked_for_ahead_of_its_end() -> None:
    sim = Simulated("[cache]\nfailure_ttl = 100")
    sim.ask(WWW)
    sim.fail()
    sim.now += 95
    assert sim.ask(WWW).rcode == "SERVFAIL"
    assert sim.forwards == []


# stale answers


def test_stale_after_the_client_has_waited_long_enough(sim: Simulated) -> None:
    sim.known(WWW, f"{WWW} 60 CNAME b.example.", "b.example 20 A 192.0.2.2")
    sim.now += 3600
    edns, plain, tcp = sim.ask(WWW, edns=1232), sim.ask(WWW), sim.ask("WWW.a.example", tcp=True)
    sim.wait(1.7)
    assert (edns.raws, plain.raws) == ([], [])
    sim.wait(0.1)
    assert (ttls(edns), edns.ede) == ([30, 20], [3])
    assert (ttls(plain), plain.message.edns, len(tcp.records)) == ([30, 20], -1, 2)
    assert (sim.pipeline.waiting, sim.counted(count.STALE), sim.latencies()) == (0, 3, 4)
    # the answer is still welcome
    sim.answer(f"{WWW} 60 A 192.0.2.9")
    assert sim.ask(WWW).records == ["www.a.example. 60 IN A 192.0.2.9"]


def test_who_asks_while_others_have_waited_long_enough_waits_no_more(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 100
    sim.ask(WWW)
    sim.wait(2)
    late = sim.ask(WWW, edns=1232)
    assert (late.ede, len(sim.forwards)) == ([3], 1)


def test_stale_when_no_upstream_answers_and_none_is_asked_for_a_moment(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 100
    asked = sim.ask(WWW, edns=1232)
    sim.fail()
    assert (ttls(asked), asked.ede, sim.pipeline.waiting) == ([30], [3], 0)
    sim.now += 4.9
    again = sim.ask(WWW, edns=1232)
    assert (again.ede, sim.forwards) == ([3], [])
    sim.now += 0.2
    assert sim.ask(WWW).raws == []


@pytest.mark.parametrize("rcode", [2, 5])
def test_stale_when_the_upstream_refuses(sim: Simulated, rcode: int) -> None:
    sim.known(WWW)
    sim.now += 100
    asked = sim.ask(WWW, edns=1232)
    sim.answer(rcode=rcode)
    assert (asked.rcode, asked.ede, len(asked.records)) == ("NOERROR", [3], 1)


def test_a_stale_denial_says_that_it_is_one(sim: Simulated) -> None:
    sim.ask(WWW)
    sim.answer(rcode=3, authority=[SOA])
    sim.now += 1000
    asked = sim.ask(WWW, edns=1232)
    sim.fail()
    assert (asked.rcode, asked.ede) == ("NXDOMAIN", [19])
    assert lines(asked.message.authority)[0].startswith("a.example. 30 IN SOA")


def test_a_new_denial_is_believed(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 100
    asked = sim.ask(WWW)
    sim.answer(rcode=3, authority=[SOA])
    assert asked.rcode == "NXDOMAIN"


def test_an_answer_that_may_not_be_kept_takes_the_old_one_s_place(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 100
    sim.ask(WWW)
    sim.answer(f"{WWW} 0 A 192.0.2.2")
    asked = sim.ask(WWW)
    sim.fail()
    assert asked.rcode == "SERVFAIL"


def test_stale_ends(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 60 + 86400
    asked = sim.ask(WWW)
    sim.fail()
    assert asked.rcode == "SERVFAIL"


def test_no_stale_where_it_is_off() -> None:
    sim = Simulated("[cache]\nstale = 0")
    sim.known(WWW)
    sim.now += 61
    asked = sim.ask(WWW)
    sim.wait(2)
    assert asked.raws == []
    sim.fail()
    assert asked.rcode == "SERVFAIL"


def test_stale_rather_than_too_many_waiting() -> None:
    sim = Simulated("[upstream]\nmax_waiting = 1")
    sim.known(WWW)
    sim.now += 100
    sim.ask("other.example")
    assert sim.ask(WWW, edns=1232).ede == [3]


# prefetch


def test_a_popular_answer_is_asked_for_once_near_its_end(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 53.9
    sim.ask(WWW)
    assert sim.forwards == []
    sim.now += 1
    for edns in (None, 1232, 4096):
        assert sim.ask(WWW, edns=edns).raws
    assert (len(sim.forwards), sim.counted(count.PREFETCH), sim.pipeline.waiting) == (1, 1, 0)
    sim.answer(f"{WWW} 60 A 192.0.2.2")
    sim.now += 2  # ready-made answers live for a second
    assert sim.ask(WWW).records == ["www.a.example. 58 IN A 192.0.2.2"]


@pytest.mark.parametrize("how", ["fails", "refused"])
def test_a_prefetch_that_fails_leaves_the_good_answer(sim: Simulated, how: str) -> None:
    sim.known(WWW)
    sim.now += 55
    sim.ask(WWW)
    if how == "fails":
        sim.fail()
    else:
        sim.answer(rcode=5)
    sim.now += 1
    assert ttls(sim.ask(WWW)) == [4]
    assert sim.forwards == []
    # no upstream answered a moment ago
    sim.now += 4
    assert sim.pipeline.answers.entries
    asked = sim.ask(WWW, edns=1232)
    sim.fail() if sim.forwards else None
    assert (asked.rcode, asked.ede) == ("NOERROR", [3])


def test_who_asks_while_a_prefetch_outlives_its_answer_may_get_it_stale(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 59.5
    sim.ask(WWW)
    sim.now += 1
    asked = sim.ask(WWW, edns=1232)
    assert len(sim.forwards) == 1
    sim.fail()
    assert (asked.rcode, asked.ede) == ("NOERROR", [3])


@pytest.mark.parametrize(("config", "ttl"), [("[cache]\nprefetch = false", 60), ("", 9)])
def test_what_is_not_asked_for_ahead(config: str, ttl: int) -> None:
    sim = Simulated(config)
    sim.known(WWW, f"{WWW} {ttl} A 192.0.2.1")
    sim.now += ttl - 0.5
    assert sim.ask(WWW).raws
    assert sim.forwards == []


# bounds


def test_neither_store_grows_beyond_its_size() -> None:
    sim = Simulated("[cache]\nsize = 40000")
    for i in range(200):
        sim.known(f"n{i}.example")
        sim.ask(f"n{i}.example")
    sim.wait(0)
    pipeline = sim.pipeline
    assert 10 < len(pipeline.answers.entries) < 40
    assert 10 < len(pipeline.ready.entries) < 60
    assert sim.counted(count.CACHE_BYTES) == pipeline.answers.bytes + pipeline.ready.bytes <= 40000
    assert sim.counted(count.CACHE_ENTRIES) == len(pipeline.answers.entries)
    evicted = pipeline.answers.evicted + pipeline.ready.evicted
    assert sim.counted(count.CACHE_EVICTED) == evicted > 300
    sim.wait(1)
    assert sim.counted(count.CACHE_EVICTED) == evicted


def test_evictions_go_on_counting_after_a_worker_s_death() -> None:
    sim = Simulated()
    sim.counters.add(count.CACHE_EVICTED, 1000)
    sim.wait(1)
    assert sim.counted(count.CACHE_EVICTED) == 1000


def test_a_reload_changes_the_size(sim: Simulated) -> None:
    for i in range(50):
        sim.known(f"n{i}.example")
    sim.configure("[cache]\nsize = 20000")
    assert sim.pipeline.answers.bytes <= 10000
    assert sim.ask("n49.example").raws


def test_long_packets_are_no_keys(sim: Simulated) -> None:
    sim.known(WWW)
    raw = packet(WWW) + bytes(MAX_KEY)
    assert sim.send(raw).raws
    assert not sim.pipeline.ready.entries
    assert sim.send(raw[:MAX_KEY]).raws
    assert len(sim.pipeline.ready.entries) == 1


def test_names_of_mixed_case_are_no_keys(sim: Simulated) -> None:
    sim.known(WWW)
    asked = packet(WWW.replace("www", "wWw"))
    assert sim.send(asked).raw[12 : len(asked)] == asked[12:]
    assert not sim.pipeline.ready.entries


# changes


def test_other_sources_empty_the_cache_and_what_old_ones_still_say_is_not_kept(sim: Simulated) -> None:
    sim.known(WWW)
    sim.known("b.example")
    sim.ask("b.example")
    under_way = sim.ask("c.example")
    sim.configure('[upstream]\nservers = ["192.0.2.53"]')
    assert [sim.ask(name).raws for name in (WWW, "b.example", "c.example")] == [[], [], []]
    assert len(sim.forwards) == 4
    sim.answer("c.example 60 A 192.0.2.66")
    assert under_way.records == ["c.example. 60 IN A 192.0.2.66"]
    sim.answer(A)
    sim.answer("b.example 60 A 192.0.2.2")
    assert sim.ask("c.example").raws == []
    sim.answer("c.example 60 A 192.0.2.3")
    assert sim.ask("c.example").records == ["c.example. 60 IN A 192.0.2.3"]


def test_other_sources_leave_no_stale_answer_either(sim: Simulated) -> None:
    sim.known(WWW)
    sim.now += 100
    asked = sim.ask(WWW)
    sim.configure('[upstream]\nservers = ["192.0.2.53"]')
    sim.wait(2)
    assert asked.raws == []
    sim.fail()
    assert asked.rcode == "SERVFAIL"


def test_the_same_sources_keep_it(sim: Simulated) -> None:
    sim.known(WWW)
    sim.configure()
    assert sim.ask(WWW).raws


def test_a_record_of_one_s_own_shows_at_once_whatever_is_kept(sim: Simulated) -> None:
    sim.known(WWW)
    sim.ask(WWW)
    sim.configure(local=lambda query: b"mine" if query.name == WWW else None)
    assert sim.ask(WWW).raw == sim.ask(WWW).raw == b"mine"


def test_a_clock_that_is_set_back_makes_no_answer_immortal(sim: Simulated) -> None:
    sim.known(WWW)
    sim.ask(WWW)
    sim.known("b.example")
    sim.now += 61
    waiting = sim.ask("b.example")
    sim.wait(0)
    sim.wait(-3600)
    assert sim.ask(WWW).raws == []
    sim.wait(2)
    assert ttls(waiting) == [30]
    sim.answer("b.example 60 A 192.0.2.1")
    sim.answer(A)
    sim.wait(1)
    assert sim.latencies() == 4


def test_a_clock_that_is_set_forward_ends_answers(sim: Simulated) -> None:
    sim.known(WWW)
    sim.wait(10 * 365 * 86400)
    assert sim.ask(WWW).raws == []
