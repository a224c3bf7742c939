"""Many alerts at once are one message, and each is kept: through the outbox, as the hub does it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dnsguard.alerts import record, storms
from dnsguard.alerts.config import Config
from dnsguard.alerts.outbox import Outbox
from dnsguard.alerts.reader import Reader, Stored, Wanted
from dnsguard.alerts.storms import EVERY, KEPT, WINDOW, Watch, abouts
from dnsguard.model import Detection, Severity
from tests.alerts.made import HOUR, alert, detection, outbox


def client(number: int) -> str:
    return f"10.0.{number >> 8}.{number & 255}"


def many(count: int, start: int = 0, *, time: float = 1000.0, step: float = 0.01, **changes: Any) -> list[Detection]:
    return [
        detection(number, time=time + step * (number - start), **{"client": client(number)} | changes)
        for number in range(start, start + count)
    ]


def stored(box: Outbox, **wanted: Any) -> list[Stored]:
    return Reader(box.path).latest(Wanted(**wanted), 100_000)


def messages(box: Outbox) -> list[Any]:
    return [message.alert for message in box.due("hook", 1e9, 100_000)]


def test_ten_thousand_clients_are_some_fifty_messages_and_ten_thousand_alerts(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    for seq in range(20):
        box.record("w", seq + 1, many(500, seq * 500, step=0.001, time=1000.0 + seq))
    told = messages(box)
    (storm,) = [one for one in told if one.storm]
    assert len(told) == 51
    assert len(stored(box)) == 10_001
    # it is told again while it grows, and says how much
    box.sweep(1000 + EVERY)
    box.sweep(1000 + 2 * EVERY)
    (storm,) = [one for one in messages(box) if one.storm]
    assert (storm.count, storm.storm.clients, storm.tellings) == (10_000, 10_000, 2)
    assert len(storm.storm.sample) == storms.SAMPLE
    assert len(messages(box)) == 51
    members = stored(box, storm=storm.id[:8])
    assert {one.alert.worst.client for one in members} == {client(number) for number in range(10_000)}
    said = record.describe(storm)
    assert said.startswith("10000 clients raised 10000 threat_intel alerts (listed.example), ")
    assert "each was blocked" in said


def test_what_they_share_may_be_a_list_a_type_or_nothing(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10, max_per_minute=100)
    box.record("w", 1, [one for n in range(30) for one in many(1, n, zone=f"{n}.example", time=1000.0 + n / 100)])
    (storm,) = [one for one in messages(box) if one.storm]
    assert (storm.storm.about, storm.storm.common, storm.count) == ("list:lab", 'list "lab"', 11)
    one = {"slug": "domain_generation_algorithm", "evidence": {}}
    box.record("w", 2, [two for n in range(100, 160) for two in many(1, n, zone=f"{n}.example", **one)])
    assert [one.storm.about for one in messages(box) if one.storm] == ["list:lab", "type:"]


def test_one_client_is_no_storm_until_nobody_could_read_it(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10, max_per_minute=100)
    box.record("w", 1, [one for n in range(100) for one in many(1, n, zone=f"{n}.example", client="10.0.0.1")])
    assert len(messages(box)) == 100
    box.record("w", 2, [one for n in range(100, 300) for one in many(1, n, zone=f"{n}.example", client="10.0.0.1")])
    assert len(messages(box)) == 101
    (storm,) = [one for one in messages(box) if one.storm]
    assert (storm.storm.about, storm.storm.clients) == ("any:", 1)
    assert record.describe(storm).startswith("1 client raised 101 alerts of many kinds, ")


def test_slow_ones_are_told_one_by_one(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, many(100, step=WINDOW / 9))
    assert not [one for one in messages(box) if one.storm]


@pytest.mark.parametrize("config", [{"storm_clients": 0, "max_per_minute": 0}])
def test_it_can_be_switched_off(tmp_path: Path, config: dict[str, Any]) -> None:
    box = outbox(tmp_path, **config)
    box.record("w", 1, many(1000))
    assert len(messages(box)) == 1000


def test_it_ends_when_nothing_came_for_a_while(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, many(20))
    later = 1000 + 3 * EVERY
    box.record("w", 2, many(5, 100, time=later))
    assert len([one for one in messages(box) if not one.storm]) == 15
    box.record("w", 3, many(20, 200, time=later + 1))
    assert len({one.id for one in messages(box) if one.storm}) == 2


def test_a_graver_one_is_told_at_once(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, many(20, severity=Severity.LOW))
    (storm,) = [one for one in messages(box) if one.storm]
    assert (storm.severity, storm.tellings) == (Severity.LOW, 1)
    box.record("w", 2, many(1, 50, severity=Severity.HIGH))
    (storm,) = [one for one in messages(box) if one.storm]
    assert (storm.severity, storm.tellings, storm.worst.client) == (Severity.HIGH, 2, client(50))


def test_actions_and_types_do_not_mix(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, [*many(8), *many(8, 100, action="alert"), *many(8, 200, slug="dark_web")])
    assert not [one for one in messages(box) if one.storm]


def test_repeats_of_alerts_in_a_storm_do_not_become_messages(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, many(500))
    box.record("w", 2, [detection(9000 + n, time=1500, client=client(n)) for n in range(500)])
    while box.sweep(1000 + HOUR + 10):
        pass
    # an hour later each of them repeated: a storm again
    assert len([one for one in messages(box) if not one.storm]) < 25
    assert sum(one.alert.count for one in stored(box) if not one.alert.storm) == 1000


KILLED = """
import sys
from pathlib import Path
from tests.alerts.made import outbox
from tests.alerts.test_storms import many
box = outbox(Path(sys.argv[1]))
seq = box.last_seq("w")
print(seq, flush=True)
while True:
    box.record("w", seq + 1, many(7, seq * 7, time=1000.0 + seq / 100))
    seq += 1
    print(seq, flush=True)
"""


def test_no_alert_is_lost_when_the_hub_is_killed_in_a_storm(tmp_path: Path) -> None:
    acknowledged = 0
    for turn in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert process.stdout
        assert int(process.stdout.readline()) >= acknowledged
        for _ in range(5 + 9 * turn):
            acknowledged = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().splitlines())])
        process.wait()
        process.stdout.close()
    box = outbox(tmp_path)
    last = box.last_seq("w")
    assert acknowledged <= last <= acknowledged + 1
    own = [one for one in stored(box) if not one.alert.storm]
    assert {one.alert.worst.client for one in own} == {client(number) for number in range(last * 7)}
    # each is told: by itself, or in a storm that is on disk and on its way
    storms_ = {one.id for one in messages(box) if one.storm}
    assert storms_
    assert all(one.messages or one.storm in storms_ for one in own)
    # each hub that is killed counts anew, and no more
    assert sum(one.messages for one in own) <= 50 * 6
    box.close()


def test_what_is_watched_is_bounded() -> None:
    watch = Watch()
    config = Config(storm_clients=3, max_per_minute=1000)
    for number in range(2 * KEPT):
        one = alert(number=number, zone=f"{number}.example", client=client(number % 2))
        for about in abouts(one, config):
            watch.add(about, one)
    assert len(watch._counted) <= KEPT + 1
    # what is asked for all the time is not forgotten
    (anything,) = [told for key, told in watch._counted.items() if key[1] == "any:"]
    assert len(anything) == 2 * KEPT % 1001


def test_an_alert_that_is_recorded_again_after_a_full_disk_counts_once() -> None:
    watch = Watch()
    (about, *_) = abouts(alert(), Config(storm_clients=3))
    assert not any(watch.add(about, alert(number=1, client="10.0.0.1")) for _ in range(50))


def test_its_record_says_what_it_is(tmp_path: Path) -> None:
    box = outbox(tmp_path, storm_clients=10)
    box.record("w", 1, many(20))
    (storm,) = [one for one in messages(box) if one.storm]
    made = record.alert(storm)
    assert made["alertDisplayName"].startswith("Many clients: ")
    properties = made["extendedProperties"]
    assert (properties["stormAbout"], properties["stormAlerts"], properties["stormClients"]) == (
        "zone:listed.example",
        "11",
        "11",
    )
    assert properties["stormSample"].startswith("10.0.0.1, ")
    assert re.search(r"alerts list --storm [0-9a-f]{8}`", made["remediationSteps"][0])
    assert record.alert(stored(box, storm=storm.id)[0].alert)["extendedProperties"]["storm"] == storm.id
