import pytest

from dnsguard.model import Detection, Severity
from dnsguard.replay import ledger
from dnsguard.replay.ledger import Ledger


def seen(time: float, *, client: str = "192.0.2.7", name: str = "x.evil.example") -> Detection:
    return Detection(
        id="any", time=time, client=client, name=name, qtype="A", slug="threat_intel", technique="T1071",
        severity=Severity.MEDIUM, zone="evil.example", reason="listed",
    )  # fmt: skip


def test_repeats_are_one_alert_given_when_it_is_over() -> None:
    book = Ledger(3600.0)
    for time in (0.0, 10.0, 3599.0, 3700.0):
        assert list(book.add(seen(time))) == []
    (alert,) = book.add(seen(20_000.0))
    assert (alert.first, alert.last, alert.count, alert.tellings) == (0.0, 3700.0, 4, 3)
    assert [a.count for a in book.close()] == [1]


def test_a_sweep_gives_what_went_quiet_and_only_that() -> None:
    book = Ledger(3600.0)
    list(book.add(seen(0.0)))
    list(book.add(seen(3000.0, client="192.0.2.8")))
    assert [a.worst.client for a in book.sweep(3700.0)] == ["192.0.2.7"]
    assert list(book.sweep(3701.0)) == []  # not looked at that often
    assert [a.worst.client for a in book.close()] == ["192.0.2.8"]


def test_ids_depend_on_what_was_recorded_alone() -> None:
    ids = []
    for _ in range(2):
        book = Ledger(3600.0)
        for detection in (seen(1.0), seen(2.0, client="192.0.2.8"), seen(9000.0)):
            ids += [a.id for a in book.add(detection)]
        ids += [a.id for a in book.close()]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3


def test_open_alerts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_OPEN", 3)
    book = Ledger(3600.0)
    given = [a for n in range(5) for a in book.add(seen(float(n), client=f"192.0.2.{n}"))]
    assert [a.worst.client for a in given] == ["192.0.2.0", "192.0.2.1"]
    assert len(list(book.close())) == 3
