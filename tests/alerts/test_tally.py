from pathlib import Path

from dnsguard.alerts.reader import Reader, Wanted
from dnsguard.alerts.tally import tally
from tests.alerts.made import HOOK, detection, outbox


def test_rows_are_detectors_and_groups_and_the_most_to_gain_comes_first(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record(
        "w",
        1,
        [
            detection(1, action="block", count=100),
            detection(2, action="alert", client="192.0.2.8", count=2),
            detection(3, action="shadow", client="192.0.2.9", zone="b.example", count=5),
            detection(4, action="suppressed", client="192.0.2.9", zone="c.example", count=9),
            detection(5, action="shadow", slug="random_domain", group="kids", count=40),
            detection(6, action="shadow", slug="random_domain", client="192.0.2.8", count=1),
        ],
    )
    rows = tally(Reader(box.path).latest(Wanted(untold=True), 99))
    assert [(row.slug, row.group, row.would_block) for row in rows] == [
        ("random_domain", "kids", 40),
        ("threat_intel", "", 7),
        ("random_domain", "", 1),
    ]
    assert rows[1].queries == {"block": 100, "alert": 2, "shadow": 5, "suppressed": 9}
    assert rows[1].clients == {"192.0.2.7", "192.0.2.8", "192.0.2.9"}
    assert rows[1].examples == ["listed.example", "c.example", "b.example"]


def test_what_is_told_to_nobody_is_kept_and_queued_for_nobody(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.record("w", 1, [detection(1, action="shadow"), detection(2, action="suppressed"), detection(3, action="alert")])
    assert [message.alert.worst.action for message in box.due(HOOK.key, 2000, 9)] == ["alert"]
    reader = Reader(box.path)
    assert [one.alert.worst.action for one in reader.latest(Wanted(), 9)] == ["alert"]
    assert len(reader.latest(Wanted(untold=True), 9)) == 3
    # repeats fold, and are told to nobody later either
    box.record("w", 2, [detection(1, action="shadow", time=1500.0, count=3)])
    box.sweep(1000 + 3700)
    assert len(box.due(HOOK.key, 9000, 9)) == 1
    (found,) = [one for one in reader.latest(Wanted(untold=True), 9) if one.alert.worst.action == "shadow"]
    assert found.alert.count == 4


def test_a_detector_on_trial_pushes_out_nothing_that_was_told(tmp_path: Path) -> None:
    box = outbox(tmp_path, max_size=1 << 20)
    box.record("w", 1, [detection(1, action="alert")])
    for message in box.due(HOOK.key, 2000, 9):
        box.delivered(message.id, 2000)
    for number in range(2, 40):
        wide = [
            detection(number * 100 + one, zone=f"{number}-{one}.example", action="shadow", evidence={"x": "y" * 300})
            for one in range(60)
        ]
        box.record("w", number, wide)
    assert box.dropped > 0
    assert [one.alert.worst.action for one in Reader(box.path).latest(Wanted(), 9)] == ["alert"]
