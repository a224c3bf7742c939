import json
from pathlib import Path

import pytest

from dnsguard.alerts import feedback
from dnsguard.alerts.database import Database
from dnsguard.alerts.feedback import Feedback, Mark, Score, Verdict, by_detector, by_list
from dnsguard.alerts.reader import Reader, Wanted
from tests.alerts.made import HOUR, alert, detection, outbox

TWO = {"lists": [{"list": "a", "entry": "x"}, {"list": "b", "entry": "y"}, {"list": "a", "entry": "z"}]}


def mark(number: int = 1, verdict: Verdict = Verdict.FALSE_POSITIVE, **changes: object) -> Mark:
    return Mark.of(alert(number=number, **changes), verdict, "ann", "a printer", 2000.0 + number)


def put(folder: Path, *marks: Mark) -> Database:
    db = Database(folder / "alerts.sqlite")
    for one in marks:
        db.once(lambda one=one: Feedback(db).put(one))  # type: ignore[misc]
    return db


def test_a_mark_is_kept_with_who_when_and_why(tmp_path: Path) -> None:
    put(tmp_path, mark(evidence=TWO, group="kids"))
    (found,) = Reader(tmp_path / "alerts.sqlite").marks()
    assert found == mark(evidence=TWO, group="kids")
    assert (found.lists, found.by, found.note, found.time) == (["a", "b"], "ann", "a printer", 2001)


def test_a_later_word_takes_its_place_and_can_be_taken_back(tmp_path: Path) -> None:
    db = put(tmp_path, mark(), mark(verdict=Verdict.TRUE_POSITIVE), mark(2))
    reader = Reader(tmp_path / "alerts.sqlite")
    assert [one.verdict for one in reader.marks()] == [Verdict.FALSE_POSITIVE, Verdict.TRUE_POSITIVE]
    assert db.once(lambda: Feedback(db).drop(mark().alert))
    assert not db.once(lambda: Feedback(db).drop(mark().alert))
    assert [one.alert for one in reader.marks()] == [mark(2).alert]
    assert reader.mark(mark().alert) is None
    assert reader.mark(mark(2).alert) == mark(2)


def test_it_outlives_its_alert(tmp_path: Path) -> None:
    box = outbox(tmp_path, keep=HOUR)
    box.record("w", 1, [detection(1)])
    box.change_op(lambda db: Feedback(db).put(mark()))
    (stored,) = Reader(box.path).latest(Wanted(), 9)
    assert stored.verdict == "false_positive"
    for message in box.due("hook", 2000, 9):
        box.delivered(message.id, 2000)
    box.sweep(1000 + 3 * HOUR)
    assert Reader(box.path).latest(Wanted(), 9) == []
    assert Reader(box.path).marks() == [mark()]
    assert Reader(box.path).marks(since=2002.0) == []


def test_sums_by_detector_and_list() -> None:
    marks = [mark(1, evidence=TWO), mark(2), mark(3, Verdict.TRUE_POSITIVE), mark(4, slug="dark_web", evidence={})]
    assert by_detector(marks) == {("threat_intel", ""): Score(1, 2), ("dark_web", ""): Score(0, 1)}
    assert by_list(marks) == {"a": Score(0, 1), "b": Score(0, 1), "lab": Score(1, 1)}


def test_marks_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "KEPT", 5)
    put(tmp_path, *(mark(number) for number in range(9)))
    assert [one.alert[-1] for one in Reader(tmp_path / "alerts.sqlite").marks()] == list("87654")


def test_odd_names_of_lists_come_back_as_they_were(tmp_path: Path) -> None:
    odd = 'a"\x00\u2028,'
    put(tmp_path, mark(evidence={"lists": [{"list": odd}]}))
    (found,) = Reader(tmp_path / "alerts.sqlite").marks()
    assert found.lists == [odd]
    assert json.dumps(found.lists)
