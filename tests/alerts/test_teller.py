import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dnsguard.alerts.teller import Teller, new_id
from dnsguard.model import Finding, Mode, Severity
from dnsguard.wire.query import Query

FOUND = Finding(
    slug="threat_intel",
    technique="T1071.004",
    reason="listed",
    zone="evil.example",
    score=3.0,
    threshold=2.0,
    evidence={"list": "one"},
)
QUERY = Query.of("www.evil.example", "TXT", "192.0.2.7", 5.0)


def teller(mask_clients: bool = False) -> Teller:
    numbers = itertools.count(1)
    return Teller(ids=lambda: f"id{next(numbers)}", mask_clients=mask_clients)


def test_a_finding_goes_out_at_once_with_all_that_is_known() -> None:
    told = teller()
    assert told(QUERY, FOUND, Mode.BLOCK, "kids", "response").id == "id1"
    (one,) = told.take()
    assert told.take() == []
    assert (one.id, one.time, one.client, one.name, one.qtype) == ("id1", 5.0, "192.0.2.7", "www.evil.example", "TXT")
    assert (one.slug, one.technique, one.zone, one.reason) == ("threat_intel", "T1071.004", "evil.example", "listed")
    assert (one.score, one.threshold, one.evidence) == (3.0, 2.0, {"list": "one"})
    assert (one.action, one.stage, one.group, one.transport) == ("block", "response", "kids", "udp")
    assert (one.severity, one.count) == (Severity.MEDIUM, 1)


def test_a_severity_of_its_own_counts_informational_too() -> None:
    told = teller()
    told(QUERY, replace(FOUND, severity=Severity.INFORMATIONAL), Mode.ALERT, "", "query")
    assert told.take()[0].severity is Severity.INFORMATIONAL


def test_tcp_shows() -> None:
    told = teller()
    told(Query(QUERY.packet, QUERY.client, 5.0, stream=True), FOUND, Mode.ALERT, "", "query")
    assert told.take()[0].transport == "tcp"


def test_repeats_carry_the_first_one_s_id_and_wait_for_the_flush() -> None:
    told = teller()
    ids = {told(QUERY, FOUND, Mode.BLOCK, "", "query").id for _ in range(5)}
    assert (ids, len(told.take()), told.take()) == ({"id1"}, 1, [])
    (rest,) = told.flush(5.5)
    assert (rest.id, rest.count) == ("id1", 4)


def test_other_clients_zones_and_actions_are_alerts_of_their_own() -> None:
    told = teller()
    other = Query.of("www.evil.example", "TXT", "192.0.2.8", 5.0)
    assert told(QUERY, FOUND, Mode.BLOCK, "", "query").id == "id1"
    assert told(other, FOUND, Mode.BLOCK, "", "query").id == "id2"
    assert told(QUERY, FOUND, Mode.ALERT, "", "query").id == "id3"
    assert told(QUERY, replace(FOUND, zone="bad.example"), Mode.BLOCK, "", "query").id == "id4"
    assert len(told.take()) == 4


def test_masked_clients_fold_by_their_network() -> None:
    told = teller(mask_clients=True)
    other = Query.of("www.evil.example", "A", "192.0.2.8", 5.0)
    first = told(QUERY, FOUND, Mode.BLOCK, "", "query")
    assert told(other, FOUND, Mode.BLOCK, "", "query") is first
    assert first.id == "id1"
    assert [one.client for one in told.drain()] == ["192.0.2.0/24", "192.0.2.0/24"]


def test_nothing_is_left_behind() -> None:
    told = teller()
    for _ in range(3):
        told(QUERY, FOUND, Mode.BLOCK, "", "query")
    assert sum(one.count for one in told.drain()) == 3
    assert (told.drain(), told.flush(9.0)) == ([], [])
    told(QUERY, FOUND, Mode.BLOCK, "", "query")
    assert len(told.flush(9.0)) == 1


def test_a_repeat_like_those_counted_makes_nothing() -> None:
    told = teller()
    asked = Query.of("www.evil.example", "TXT", "192.0.2.7", 5.0)
    told(asked, FOUND, Mode.BLOCK, "", "query")
    told(asked, FOUND, Mode.BLOCK, "", "query")
    # were one made of it, its name would be read
    later: Any = SimpleNamespace(client=asked.client, time=5.2)
    told(later, FOUND, Mode.BLOCK, "", "query")
    with pytest.raises(AttributeError):
        told(later, replace(FOUND, score=9.0), Mode.BLOCK, "", "query")
    (rest,) = told.take()[1:] + told.flush(6.0)
    assert (rest.name, rest.count, rest.time, rest.last) == ("www.evil.example", 2, 5.0, 5.2)


def test_another_configuration_masks_from_the_next_finding_on() -> None:
    told = teller()
    told(QUERY, FOUND, Mode.BLOCK, "", "query")
    told.configure(mask_clients=True, repeat_every=3600.0)
    told(QUERY, FOUND, Mode.BLOCK, "", "query")
    assert [one.client for one in told.take()] == ["192.0.2.7", "192.0.2.0/24"]


def test_a_sum_never_waits_for_most_of_a_short_window() -> None:
    told = teller()
    told.configure(mask_clients=False, repeat_every=16.0)
    sent = []
    for second in range(30):
        for tenth in range(10):
            told(Query.of("evil.example", time=second + tenth / 10), FOUND, Mode.BLOCK, "", "query")
        if told.take() + told.flush(second + 1.0):
            sent.append(second + 1)
    assert sent == [1, 3, 7, 11, 15, 19, 23, 27]


def test_evidence_is_a_copy() -> None:
    evidence = {"list": "one"}
    told = teller()
    told(QUERY, replace(FOUND, evidence=evidence), Mode.BLOCK, "", "query")
    evidence["list"] = "two"
    assert told.take()[0].evidence == {"list": "one"}


def test_ids_are_new() -> None:
    assert len({new_id() for _ in range(100)}) == 100
