"""The hub's thread: what workers send is on disk, masked where wanted, and a disk that fails is said once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.link.datagrams import Outlet
from dnsguard.querylog import recorder as module
from dnsguard.querylog.config import Config
from dnsguard.querylog.reader import Reader, Wanted
from dnsguard.querylog.record import SOCKET, Batch, Record, Verdict, encode, folder
from dnsguard.querylog.recorder import Recorder, question
from tests.lab import eventually
from tests.simulated import packet

V4, V6 = b"\xc0\0\2\7", b"\x20\1\x0d\xb8" + bytes(11) + b"\1"
VERDICT = Verdict("alert", "threat_intel", "listed", 0.9, 0.5, alert="id")


def records(*clients: bytes, verdict: Verdict | None = None) -> list[Record]:
    return [
        Record(7.0, client, packet("A.example")[12:], 3, 0.0015, 2, stream=True, verdict=verdict) for client in clients
    ]


def send(place: Path, batch: bytes) -> None:
    outlet = Outlet(place / SOCKET)
    outlet.put(batch, 1)
    outlet.close()
    assert outlet.lost == 0


@pytest.mark.parametrize(
    ("mode", "clients"), [("full", ["192.0.2.7", "2001:db8::1"]), ("masked", ["192.0.2.0/24", "2001:db8::/48"])]
)
def test_what_workers_send_is_kept(tmp_path: Path, mode: str, clients: list[str]) -> None:
    recorder = Recorder(tmp_path)
    recorder.configure(Config(mode=mode))  # type: ignore[arg-type]
    eventually((tmp_path / SOCKET).exists, "it listens")
    send(tmp_path, encode(Batch(0.5, records(V4, V6, verdict=VERDICT))))
    recorder.close()
    found = Reader(folder(tmp_path)).latest(Wanted(), 10)[::-1]
    assert [one.client for one in found] == clients
    one = found[0]
    assert (one.time, one.name, one.qtype, one.rcode, one.took, one.count, one.stream) == (
        7.5, "a.example", 1, 3, 1500, 2, True,
    )  # fmt: skip
    assert (one.action, one.detector, one.list, one.alert) == ("alert", "threat_intel", None, "id")
    assert (recorder.stats.saved, recorder.stats.lost, recorder.stats.error) == (2, 0, "")
    assert recorder.stats.size > 0
    assert not (tmp_path / SOCKET).exists()


def test_off_it_makes_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.configure(Config())
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_batch_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(tmp_path)
    recorder.configure(Config(mode="full"))
    eventually((tmp_path / SOCKET).exists, "it listens")
    send(tmp_path, b"nonsense")
    send(tmp_path, encode(Batch(0.0, records(V4))))
    recorder.close()
    assert recorder.stats.saved == 1
    assert "cannot be read" in caplog.text


def test_a_disk_that_takes_nothing_is_said_once_and_its_end_as_well(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    monkeypatch.setattr(module, "WAIT", 0.05)
    folder(tmp_path).write_text("a file where the folder should be")
    recorder = Recorder(tmp_path)
    recorder.configure(Config(mode="full"))
    eventually((tmp_path / SOCKET).exists, "it listens")
    for lost in (1, 2):
        send(tmp_path, encode(Batch(0.0, records(V4))))
        eventually(lambda lost=lost: recorder.stats.lost == lost, "it is counted")  # type: ignore[misc]
    assert "queries" in recorder.stats.error
    folder(tmp_path).unlink()
    send(tmp_path, encode(Batch(0.0, records(V4))))
    eventually(lambda: recorder.stats.saved == 1, "it is written again")
    assert recorder.stats.error == ""
    recorder.close()
    told = [one.levelname for one in caplog.records]
    assert told == ["ERROR", "WARNING"]


def test_a_socket_that_can_not_be_had_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    recorder = Recorder(tmp_path / "later")
    recorder.configure(Config(mode="full"))
    eventually(lambda: recorder.stats.error, "it says so")
    (tmp_path / "later").mkdir()
    eventually((tmp_path / "later" / SOCKET).exists, "it listens")
    recorder.close()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_question_breaks_it(wire: bytes) -> None:
    name, qtype = question(wire)
    assert qtype is None or 0 <= qtype < 65536
    assert name is None or name == name.lower()


def test_a_question_is_read_from_a_packet_s_middle() -> None:
    assert question(packet("WWW.a.example", "TXT", edns=1232)[12:]) == ("www.a.example", 16)
    assert question(packet(".")[12:]) == ("", 1)
    assert question(packet("a.example")[12:-3]) == ("a.example", None)
    assert question(b"\x3fa") == (None, None)
