"""Alerts of one client become one incident: through the outbox, as the hub does it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.incidents import LONGEST, STAGES, Incident, Stage, as_record
from dnsguard.alerts.outbox import Outbox
from dnsguard.alerts.reader import Reader, Wanted
from dnsguard.model import ALERT_TYPES, Severity
from tests.alerts.made import HOUR, alert, detection, outbox

DGA = {"slug": "domain_generation_algorithm", "severity": Severity.INFORMATIONAL, "zone": "kq3v.example"}
TUNNEL = {"slug": "data_exfiltration", "severity": Severity.LOW, "zone": "t.example"}


def incidents(box: Outbox, **wanted: Any) -> list[Incident]:
    return Reader(box.path).incidents(100, **wanted)


def test_an_attack_that_gets_on_is_one_incident_of_rising_severity(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    said = []
    for number, (time, changes) in enumerate([(1000, DGA), (1300, {}), (2000, TUNNEL)]):
        box.record("w", number + 1, [detection(number, time=time, **changes)])
        (incident,) = incidents(box)
        said.append((incident.severity, incident.worst, incident.alerts))
    assert said == [
        (Severity.INFORMATIONAL, Severity.INFORMATIONAL, 1),
        (Severity.HIGH, Severity.MEDIUM, 2),
        (Severity.HIGH, Severity.MEDIUM, 3),
    ]
    (incident,) = incidents(box)
    assert incident.stages == [Stage.SEARCH, Stage.CONTROL, Stage.ACTION]
    assert (incident.client, incident.first, incident.last) == ("192.0.2.7", 1000, 2000)
    timeline = Reader(box.path).timeline(incident.id, 100)
    assert [stored.alert.worst.slug for stored in timeline] == [
        "domain_generation_algorithm",
        "threat_intel",
        "data_exfiltration",
    ]
    # the messages say so as well
    told = {message.alert.worst.slug: message.alert for message in box.due("hook", 9999, 100)}
    assert {one.incident for one in told.values()} == {incident.id}
    assert told["threat_intel"].incident_severity == Severity.HIGH
    assert as_record(incident)["stages"] == ["search", "control", "action"]


def test_one_that_raises_its_incident_reaches_those_who_want_grave_ones(tmp_path: Path) -> None:
    pager = WebhookConfig(url="http://127.0.0.1:9/p", name="pager", min_severity=Severity.HIGH)
    box = outbox(tmp_path, pager)
    box.record("w", 1, [detection(1, **DGA)])
    assert box.due("pager", 9999, 9) == []
    box.record("w", 2, [detection(2, time=1100)])
    (message,) = box.due("pager", 9999, 9)
    assert (message.alert.severity, message.alert.incident_severity) == (Severity.MEDIUM, Severity.HIGH)
    # the next of the same kind says nothing new
    box.record("w", 3, [detection(3, time=1200, zone="other.example")])
    assert len(box.due("pager", 9999, 9)) == 1


def test_clients_do_not_mix_and_a_quiet_window_ends_it(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1), detection(2, client="192.0.2.8")])
    box.record("w", 2, [detection(3, time=1000 + HOUR, zone="b.example")])
    box.record("w", 3, [detection(4, time=1001 + 2 * HOUR, zone="c.example")])
    assert sorted((one.client, one.alerts) for one in incidents(box)) == [
        ("192.0.2.7", 1),
        ("192.0.2.7", 2),
        ("192.0.2.8", 1),
    ]
    assert [one.alerts for one in incidents(box, least=2)] == [2]
    assert [one.alerts for one in incidents(box, client="192.0.2.8")] == [1]
    assert [one.alerts for one in incidents(box, since=2000 + HOUR)] == [1]
    assert incidents(box, severity=Severity.HIGH) == []


def test_repeats_keep_it_going_but_not_for_ever(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1)])
    for turn in range(1, 60):
        box.record("w", 1 + turn, [detection(100 + turn, time=1000 + turn * HOUR / 2)])
    (incident,) = incidents(box)
    assert incident.last == 1000 + 59 * HOUR / 2
    assert incident.alerts == 1
    # it is older than a day: what comes now is news
    assert incident.last > incident.first + LONGEST
    box.record("w", 99, [detection(999, time=incident.last, zone="b.example")])
    assert len(incidents(box)) == 2


def test_how_findings_are_sent_does_not_matter(tmp_path: Path) -> None:
    # the repeat keeps it going, also where the next alert comes in the same message
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1)])
    late = 1000 + HOUR + 60
    box.record("w", 2, [detection(2, time=1000 + HOUR - 60), detection(3, time=late, zone="b.example")])
    assert [(one.alerts, one.last) for one in incidents(box)] == [(2, late)]


@pytest.mark.parametrize("action", ["shadow", "suppressed"])
def test_what_is_told_to_nobody_is_no_part_of_it(tmp_path: Path, action: str) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, action=action)])
    assert incidents(box) == []
    assert Reader(box.path).latest(Wanted(untold=True), 9)[0].alert.incident == ""


def test_it_goes_with_its_last_alert(tmp_path: Path) -> None:
    box = outbox(tmp_path, keep=HOUR)
    box.record("w", 1, [detection(1), detection(2, zone="b.example", time=1500)])
    for message in box.due("hook", 2000, 9):
        box.delivered(message.id, 2000)
    box.sweep(1200 + HOUR)
    assert [one.alerts for one in incidents(box)] == [2]
    box.sweep(1600 + HOUR)
    assert incidents(box) == []


def test_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1), detection(2, client="192.0.2.8")])
    one, other = incidents(box)
    assert Reader(box.path).incident(one.id[:8]) == [one]
    assert Reader(box.path).incident(other.id) == [other]
    assert Reader(box.path).incident("zz") == []


def test_every_detector_but_one_says_how_far_it_has_got() -> None:
    assert set(ALERT_TYPES) - set(STAGES) == {"protocol_anomaly"}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from(["192.0.2.7", "192.0.2.8"]),
            st.sampled_from(sorted(ALERT_TYPES)),
            st.sampled_from(["a.example", "b.example", "c.example"]),
        ),
        max_size=25,
    ),
    st.integers(1, 5),
)
@settings(max_examples=50, deadline=None)
def test_each_alert_is_in_one_incident_of_its_client(
    tmp_path_factory: pytest.TempPathFactory, seen: list[tuple[int, str, str, str]], batch: int
) -> None:
    box = outbox(tmp_path_factory.mktemp("box"))
    found = [
        detection(number, time=1000.0 + 600 * sum(step for step, *_ in seen[: number + 1]) / 10, **keys)
        for number, (_, client, slug, zone) in enumerate(seen)
        for keys in [{"client": client, "slug": slug, "zone": zone, "severity": ALERT_TYPES[slug].severity}]
    ]
    for seq, start in enumerate(range(0, len(found), batch), 1):
        box.record("w", seq, found[start : start + batch])
    stored = [one.alert for one in Reader(box.path).latest(Wanted(), 1000)]
    by_id = {one.id: one for one in incidents(box)}
    assert {one.incident for one in stored} == set(by_id)
    for one in by_id.values():
        mine = sorted((alert for alert in stored if alert.incident == one.id), key=lambda alert: alert.first)
        assert {alert.worst.client for alert in mine} == {one.client}
        assert one.alerts == len(mine)
        assert one.worst == max(alert.severity for alert in mine)
        assert one.worst <= one.severity <= Severity.HIGH
        assert one.first == mine[0].first
        assert one.last == max(alert.last for alert in mine)
    box.close()


def test_the_same_alerts_make_the_same_incident() -> None:
    one: Alert = alert()
    assert Incident.begun_by(one).id == Incident.begun_by(one).id != one.id
