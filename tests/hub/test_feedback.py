from pathlib import Path

import pytest

from dnsguard.alerts.feedback import Verdict
from dnsguard.alerts.outbox import Outbox
from dnsguard.alerts.reader import Reader
from dnsguard.errors import DnsguardError
from dnsguard.hub import audit
from dnsguard.hub.audit import Audit
from dnsguard.hub.commands import MarkAlert
from dnsguard.hub.feedback import Marking, mark_alone
from tests.alerts.made import detection, outbox


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    own = outbox(tmp_path)
    own.record("w", 1, [detection(11), detection(12, zone="b.example"), detection(3, slug="feed_failing")])
    return own


@pytest.fixture
def marking(tmp_path: Path, box: Outbox) -> Marking:
    async def write(change):  # type: ignore[no-untyped-def]
        box._db.once(lambda: change(box._db))

    return Marking(box.path, Audit(tmp_path / "audit.jsonl"), write, lambda: 5000.0)


async def test_marked_taken_back_and_audited(marking: Marking, box: Outbox, tmp_path: Path) -> None:
    mark = await marking.mark(detection(11).id.upper(), Verdict.FALSE_POSITIVE, by="ann", note=" ours ")
    assert Reader(box.path).marks() == [mark]
    assert (mark.note, mark.by, mark.time) == ("ours", "ann", 5000)
    await marking.mark(detection(11).id, None, by="bob")
    assert Reader(box.path).marks() == []
    with pytest.raises(DnsguardError, match="no mark"):
        await marking.mark(detection(11).id, None, by="bob")
    assert [(entry.action, entry.by, entry.reason) for entry in audit.read(tmp_path / "audit.jsonl", 9)] == [
        ("alert.unmark", "bob", ""),
        ("alert.false_positive", "ann", "ours"),
    ]


@pytest.mark.parametrize(
    ("text", "by", "note", "says"),
    [
        ("ffff", "ann", "", "no alert ffff"),
        ("\x1b[31m", "ann", "", r"no alert \\x1b\[31m"),
        ("0000", "ann", "", "begins several ids"),
        (detection(3).id, "ann", "", "about dnsguard itself"),
        (detection(11).id, "", "", "by or note"),
        (detection(11).id, "ann", "x\ny", "by or note"),
    ],
)
async def test_what_is_wrong_is_said(marking: Marking, box: Outbox, text: str, by: str, note: str, says: str) -> None:
    with pytest.raises(DnsguardError, match=says):
        await marking.mark(text, Verdict.TRUE_POSITIVE, by=by, note=note)
    assert Reader(box.path).marks() == []


async def test_over_the_control_socket(marking: Marking) -> None:
    command = MarkAlert(alert=detection(12).id, verdict=Verdict.TRUE_POSITIVE, by="ann")
    (answer,) = [one async for one in marking.answer(command)]
    assert answer.mark is not None
    assert (answer.mark.zone, answer.done) == ("b.example", True)


def test_without_a_hub(box: Outbox, tmp_path: Path) -> None:
    box.close()
    mark = mark_alone(tmp_path, detection(12).id, Verdict.TRUE_POSITIVE, by="ann")
    assert Reader(box.path).marks() == [mark]
    assert [entry.action for entry in audit.read(tmp_path / "audit.jsonl", 9)] == ["alert.true_positive"]
    with pytest.raises(DnsguardError, match="no alerts yet"):
        mark_alone(tmp_path / "none", "x", Verdict.TRUE_POSITIVE, by="ann")
