import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.database import OutboxError, OutboxFullError
from dnsguard.alerts.deliveries import Counts
from dnsguard.alerts.outbox import MIN_SIZE, Outbox
from dnsguard.alerts.reader import Reader, Stored, Wanted
from dnsguard.model import Duration, Severity, Size
from tests.alerts.made import HOOK, HOUR, detection, outbox

OTHER = WebhookConfig(url="https://siem.example/x", name="siem", min_severity=Severity.HIGH)


def alerts(box: Outbox) -> list[Stored]:
    return Reader(box.path).latest(Wanted(), 10_000)[::-1]


def find(box: Outbox, text: str) -> Stored:
    (found,) = Reader(box.path).find(text)
    return found


def test_one_alert_with_a_count_and_one_message(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000), detection(2, time=1001, count=5, last=1003)])
    box.record("w", 2, [detection(3, time=1004)])
    (stored,) = alerts(box)
    assert (stored.alert.id, stored.alert.count, stored.alert.first, stored.alert.last) == (
        detection(1).id,
        7,
        1000,
        1004,
    )
    (message,) = box.due("hook", 2000, 10)
    assert (message.alert.count, message.alert.id) == (1, detection(1).id)


@pytest.mark.parametrize(
    "changes", [{"client": "192.0.2.8"}, {"zone": "b.example"}, {"slug": "dark_web"}, {"action": "alert"}]
)
def test_another_key_is_another_alert(tmp_path: Path, changes: dict[str, Any]) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1), detection(2, **changes)])
    assert len(alerts(box)) == len(box.due("hook", 2000, 10)) == 2


def test_what_was_acknowledged_is_not_counted_again(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    for _ in range(3):
        box.record("w", 7, [detection(1)])
    box.record("w", 6, [detection(2)])
    box.record("other", 1, [detection(3)])
    assert alerts(box)[0].alert.count == 2
    assert (box.last_seq("w"), box.last_seq("other"), box.last_seq("new")) == (7, 1, 0)


def test_told_again_after_repeat_every_if_it_repeated(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000)])
    box.delivered(box.due("hook", 1000, 1)[0].id, 1000)
    box.record("w", 2, [detection(2, time=2000), detection(3, time=1000 + HOUR + 5)])
    (stored,) = alerts(box)
    (again,) = box.due("hook", 9999, 10)
    assert (again.alert.id, again.alert.count, again.alert.tellings) == (detection(1).id, 2, 2)
    assert (stored.alert.count, stored.alert.told, stored.alert.untold) == (3, 1000 + HOUR, 1)


def test_a_sweep_tells_again_when_repeats_stopped(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000), detection(2, time=2000)])
    first = box.due("hook", 3000, 1)[0].id
    box.delivered(first, 3000)
    assert not box.sweep(1000 + HOUR - 1)
    assert box.due("hook", 9999, 10) == []
    box.sweep(1000 + HOUR)
    (again,) = box.due("hook", 9999, 10)
    assert (again.alert.count, again.alert.id) == (2, detection(1).id)
    assert again.id != first
    box.delivered(again.id, 9999)
    box.sweep(1000 + 5 * HOUR)
    assert box.due("hook", 99_999, 10) == []


def test_after_a_quiet_window_a_new_alert_with_its_own_id(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000)])
    box.record("w", 2, [detection(2, time=1000 + HOUR)])
    assert [(stored.alert.id, stored.alert.count) for stored in alerts(box)] == [
        (detection(1).id, 1), (detection(2).id, 1)
    ]  # fmt: skip


def test_an_id_that_is_taken_is_not_used_twice(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000), detection(2, time=1001)])
    box.record("w", 2, [detection(1, time=1000 + 3 * HOUR), detection(2, time=1000 + 9 * HOUR)])
    ids = [stored.alert.id for stored in alerts(box)]
    assert len(set(ids)) == 3
    assert find(box, detection(2).id).alert.id == detection(1).id


def test_an_id_that_a_client_was_told_finds_the_alert(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1), detection(2), detection(3)])
    assert find(box, detection(3).id).alert.id == find(box, detection(1).id).alert.id == detection(1).id


def test_a_webhook_gets_its_severities_from_when_it_was_added(tmp_path: Path) -> None:
    box = outbox(tmp_path, HOOK)
    high = {"severity": Severity.HIGH}
    box.record("w", 1, [detection(1, zone="a.example", **high)])
    box.configure(box._config, (HOOK, OTHER))
    box.record("w", 2, [detection(2, zone="b.example", **high), detection(3, zone="c.example")])
    assert [message.alert.id for message in box.due("siem", 2000, 10)] == [detection(2).id]
    assert len(box.due("hook", 2000, 10)) == 3


def test_a_pending_message_is_replaced_not_piled_up(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000), detection(2, time=1001)])
    (first,) = box.due("hook", 2000, 10)
    box.failed(first.id, 2000, 2001, "HTTP 500")
    box.sweep(1000 + HOUR)
    (second,) = box.due("hook", 9999, 10)
    assert (second.id != first.id, second.attempts, second.alert.count) == (True, 1, 2)
    box.delivered(first.id, 9999)  # it was on its way meanwhile
    assert box.counts() == {"hook": Counts(pending=1)}


def test_messages_come_oldest_first_and_when_due(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(number, zone=f"{number}.example") for number in range(5)])
    ids = [message.id for message in box.due("hook", 2000, 10)]
    box.failed(ids[0], 2000, 2100, "x")
    box.failed(ids[1], 2000, 2050, "x")
    assert [message.id for message in box.due("hook", 2000, 10)] == ids[2:]
    assert box.next_due("hook", 2000) == 2050
    box.hurry("hook")
    assert [message.id for message in box.due("hook", 2000, 10)] == ids


def test_given_up_after_its_time_and_still_visible(tmp_path: Path) -> None:
    hook = WebhookConfig(url="http://127.0.0.1:9", name="hook", give_up=Duration(100))
    box = outbox(tmp_path, hook)
    box.record("w", 1, [detection(1)])
    box.sweep(2000)  # seen by the hub's clock: a worker may have kept it for long
    box.failed(box.due("hook", 2000, 1)[0].id, 2050, 2060, "HTTP 500")
    box.sweep(2099)
    assert box.counts() == {"hook": Counts(pending=1)}
    box.sweep(2100)
    assert box.counts() == {"hook": Counts(given_up=1)}
    (delivery,) = find(box, detection(1).id).deliveries
    assert (delivery.state, delivery.attempts, delivery.error, delivery.done) == ("given up", 1, "HTTP 500", 2100)
    assert alerts(box)[0].given_up == 1


def test_messages_of_a_webhook_that_was_removed_are_given_up_in_the_end(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1)])
    box.configure(box._config, ())
    box.sweep(2000)
    assert box.counts() == {"hook": Counts(pending=1)}
    box.sweep(2000 + 86_400)
    assert box.counts() == {"hook": Counts(given_up=1)}


def test_a_clock_set_back_holds_no_message(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1e9)])
    box.failed(box.due("hook", 1e9, 1)[0].id, 1e9, 1e9 + 60, "x")
    box.sweep(1000)
    assert len(box.due("hook", 1000, 10)) == 1


def test_what_is_old_and_done_goes(tmp_path: Path) -> None:
    box = outbox(tmp_path, keep=Duration(HOUR))
    box.record("w", 1, [detection(1, zone="a.example"), detection(2, zone="b.example"), detection(3, zone="b.example")])
    box.delivered(box.due("hook", 2000, 1)[0].id, 2000)
    box.sweep(1000 + 3 * HOUR)
    assert [stored.alert.id for stored in alerts(box)] == [detection(2).id]
    assert (box.dropped, box.last_seq("w")) == (1, 0)


def fill(box: Outbox, start: int, count: int) -> None:
    for number in range(start, start + count, 50):
        batch = [detection(n, time=1000.0 + n, zone=f"{n}.example") for n in range(number, number + 50)]
        box.record("w", number + 50, batch)


def test_the_oldest_delivered_make_room(tmp_path: Path) -> None:
    box = outbox(tmp_path, max_size=Size(MIN_SIZE))
    fill(box, 0, 200)
    kept = {message.alert.id for message in box.due("hook", 9999, 20)}
    for message in box.due("hook", 9999, 500)[20:]:
        box.delivered(message.id, 9999)
    for start in range(200, 2000, 100):
        fill(box, start, 100)
        for message in box.due("hook", 9999, 500)[20:]:
            box.delivered(message.id, 9999)
    left = {stored.alert.id for stored in alerts(box)}
    assert kept < left
    assert detection(1999).id in left
    assert detection(30).id not in left
    assert box.size < 1.3 * MIN_SIZE
    assert (box.dropped > 0, box.refused) == (True, 0)


def test_a_box_full_of_undelivered_refuses_new_alerts_but_folds_repeats(tmp_path: Path) -> None:
    box = outbox(tmp_path, max_size=Size(MIN_SIZE))
    with pytest.raises(OutboxFullError, match=r"alerts\.max_size"):
        fill(box, 0, 100_000)
    seq = box.last_seq("w")
    assert (box.refused, box.dropped) == (1, 0)
    box.record("w", seq + 1, [detection(1_000_000, time=1001, zone="1.example")])
    assert find(box, detection(1).id).alert.count == 2
    # a receiver is back: there is room again
    while messages := box.due("hook", 99_999_999, 500):
        for message in messages:
            box.delivered(message.id, 9999)
    box.sweep(1000 + HOUR)
    box.record("w", seq + 50, [detection(1_000_001, zone="new.example")])
    assert find(box, detection(1_000_001).id).messages == 1


def test_aliases_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnsguard.alerts.table.ALIASES", 10)
    box = outbox(tmp_path)
    box.record("w", 1, [detection(number) for number in range(50)])
    assert Reader(box.path).find(detection(20).id) == []
    assert find(box, detection(45).id).alert.count == 50


def test_evidence_is_cut_before_it_is_kept(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, evidence={"x": "y" * 1_000_000})])
    assert box.size < 200_000


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1)])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, time=1000)])
    (message,) = box.due("hook", 1000, 1)
    box.failed(message.id, 1000, 1001, "x")
    box.close()
    box = outbox(tmp_path)
    assert box.due("hook", 2000, 1)[0].id == message.id
    box.record("w", 1, [detection(1)])
    box.record("w2", 1, [detection(2, time=1001)])
    assert alerts(box)[0].alert.count == 2


def test_a_finding_that_cannot_be_stored_is_told_apart(tmp_path: Path) -> None:
    """Who waits for the disk must not wait for ever with it."""
    box = outbox(tmp_path)
    with pytest.raises((TypeError, sqlite3.Error)) as caught:
        box.record("w", 1, [detection(1, zone=None)])
    assert not isinstance(caught.value, OutboxError)
    box.record("w", 1, [detection(2)])
    assert len(alerts(box)) == 1


moments = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=25
).map(sorted)


@settings(deadline=None, max_examples=40)
@given(moments, st.lists(st.integers(0, 30_000), max_size=4), st.integers(1, 6), st.booleans())
def test_no_repeat_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[tuple[int, int, int]],
    sweeps: list[int],
    per_frame: int,
    again: bool,
) -> None:
    """Whatever the frames, resends and sweeps: counts add up, and every count is told in the end."""
    patient = dataclasses.replace(HOOK, give_up=Duration(1e9))
    box = outbox(tmp_path_factory.mktemp("box"), patient)
    detections = [
        detection(number, time=time, zone=f"{zone}.example", count=count)
        for number, (time, zone, count) in enumerate(found)
    ]
    frames = [detections[start : start + per_frame] for start in range(0, len(detections), per_frame)]
    pending = sorted(sweeps)
    for seq, frame in enumerate(frames, start=1):
        while pending and pending[0] <= frame[0].time:
            box.sweep(pending.pop(0))
        box.record("w", seq, frame)
        if again:
            box.record("w", seq, frame)
    put: Counter[str] = Counter()
    for one in detections:
        put[one.zone] += one.count
    kept: Counter[str] = Counter()
    for stored in alerts(box):
        kept[stored.alert.worst.zone] += stored.alert.count
    assert kept == put
    box.sweep(1e6)
    told = {message.alert.id: message.alert.count for message in box.due("hook", 1e7, 1000)}
    assert told == {stored.alert.id: stored.alert.count for stored in alerts(box)}
    assert all(stored.alert.untold == 0 for stored in alerts(box))
    box.close()


KILLED = """
import sys
from pathlib import Path
from tests.alerts.made import detection, outbox
box = outbox(Path(sys.argv[1]))
start = box.last_seq("w")
print(start, flush=True)
for seq in range(start + 1, start + 10_000):
    box.record("w", seq, [detection(seq * 10 + n, time=1000.0, zone=f"{seq}-{n}.example") for n in range(3)])
    print(seq, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    acknowledged = 0
    for turn in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert process.stdout
        assert int(process.stdout.readline()) >= acknowledged
        for _ in range(3 + 7 * turn):
            acknowledged = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().splitlines())])
        process.wait()
        process.stdout.close()
    box = outbox(tmp_path)
    last = box.last_seq("w")
    # one more may have been committed, and its acknowledgement killed
    assert acknowledged <= last <= acknowledged + 1
    wanted = {f"{seq}-{number}.example" for seq in range(1, last + 1) for number in range(3)}
    assert {stored.alert.worst.zone for stored in alerts(box)} == wanted
    assert {message.alert.worst.zone for message in box.due("hook", 1e9, 100_000)} == wanted


FULL = """
import resource, sys
from pathlib import Path
from dnsguard.alerts.database import OutboxError
from tests.alerts.made import detection, outbox
box = outbox(Path(sys.argv[1]))
box.record("w", 1, [detection(1)])
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
seq = 1
try:
    while True:
        box.record("w", seq + 1, [detection(seq * 100 + n, zone=f"{seq}-{n}.example") for n in range(20)])
        seq += 1
except OutboxError as error:
    print(error, file=sys.stderr)
assert 1 < seq < 1000 and box.last_seq("w") == seq
for _ in range(3):
    try:
        box.record("w", seq + 1, [detection(seq * 100 + n, zone=f"{seq}-{n}.example") for n in range(20)])
        sys.exit("the limit does not hold")
    except OutboxError:
        pass
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
box.record("w", seq + 1, [detection(seq * 100 + n, zone=f"{seq}-{n}.example") for n in range(20)])
print(1 + 20 * seq)
"""


def test_a_full_disk_loses_nothing_and_passes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert len(alerts(outbox(tmp_path))) == int(done.stdout)


def test_ids_of_messages_are_unique(tmp_path: Path) -> None:
    box = outbox(tmp_path, HOOK, WebhookConfig(url="http://127.0.0.1:9", name="two"))
    box.record("w", 1, [detection(number, zone=f"{number}.example") for number in range(50)])
    ids = [message.id for name in ("hook", "two") for message in box.due(name, 2000, 100)]
    assert len(set(ids)) == 100
    assert all(uuid.UUID(one.removeprefix("msg_")) for one in ids)
