"""The hub's thread against a collector that comes, goes, and is slow."""

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from dnsguard.dnstap import sender as module
from dnsguard.dnstap.config import Config
from dnsguard.dnstap.frames import ACCEPT, CONTENT_TYPE, FINISH, STOP, control
from dnsguard.dnstap.message import classes
from dnsguard.dnstap.sender import Sender
from dnsguard.dnstap.tapped import CLIENT_QUERY, SOCKET, Batch, Tapped, encode
from dnsguard.link.datagrams import Outlet
from tests.dnstap.test_frames import read
from tests.lab import eventually


class Collector:
    """Takes one connection after the other, and keeps their messages."""

    def __init__(self, path: Path) -> None:
        self.messages: list[bytes] = []
        self.connections = 0
        self.polite = 0
        self._path = path
        self._open: list[socket.socket] = []
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.bind(str(path))
        self._sock.listen()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            try:
                self._take(sock)
            except (OSError, EOFError):
                sock.close()

    def _take(self, sock: socket.socket) -> None:
        read(sock)
        sock.sendall(control(ACCEPT, CONTENT_TYPE))
        read(sock)
        while True:
            frame = read(sock)
            if isinstance(frame, bytes):
                self.messages.append(frame)
            elif frame[0] == STOP:
                self.polite += 1
                sock.sendall(control(FINISH))
                sock.close()
                return

    def close(self) -> None:
        for sock in (self._sock, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join()
        self._path.unlink()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECONNECT", (0.01, 0.05))
    monkeypatch.setattr(module, "WAIT", 0.05)


def put(place: Path, *messages: bytes) -> None:
    outlet = Outlet(place / SOCKET)
    outlet.put(encode(Batch(0.0, [Tapped(CLIENT_QUERY, 1, bytes(4), 0, "", 1.0, 0.0, one) for one in messages])), 1)
    outlet.close()
    assert outlet.lost == 0


def taken(collector: Collector) -> list[bytes]:
    return [classes()["Dnstap"].FromString(data).message.query_message for data in collector.messages]


def test_messages_flow_and_the_last_ones_are_sent_at_the_end(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "c.sock")
    sender = Sender(tmp_path)
    sender.configure(Config(address=f"unix:{tmp_path / 'c.sock'}", identity="here"))
    eventually(lambda: sender.stats.connected, "connected")
    put(tmp_path, b"a", b"b")
    eventually(lambda: taken(collector) == [b"a", b"b"], "they arrive")
    put(tmp_path, b"c")
    sender.close()
    assert taken(collector) == [b"a", b"b", b"c"]
    assert (sender.stats.sent, sender.stats.lost, sender.stats.connected, collector.polite) == (3, 0, False, 1)
    assert not (tmp_path / SOCKET).exists()
    collector.close()


def test_a_collector_that_is_away_is_called_again_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sender = Sender(tmp_path)
    sender.configure(Config(address=f"unix:{tmp_path / 'c.sock'}"))
    eventually((tmp_path / SOCKET).exists, "it takes messages meanwhile")
    put(tmp_path, b"early")
    eventually(lambda: sender.stats.error, "it says so")
    for turn in (1, 2):
        collector = Collector(tmp_path / "c.sock")
        eventually(lambda: sender.stats.connected, "connected")
        assert sender.stats.error == ""
        put(tmp_path, b"late")
        eventually(lambda turn=turn: sender.stats.sent == 1 + turn, "sent")  # type: ignore[misc]
        collector.close()
        eventually(lambda: sender.stats.error, "it sees that nobody is there")
    sender.close()
    assert [one.levelname for one in caplog.records if one.levelname != "INFO"] == ["ERROR"] * 3


def test_who_takes_nothing_is_left_and_what_was_on_its_way_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    deaf.bind(str(tmp_path / "c.sock"))
    deaf.listen()
    sender = Sender(tmp_path)
    sender.configure(Config(address=f"unix:{tmp_path / 'c.sock'}"))
    sock, _ = deaf.accept()
    read(sock)
    sock.sendall(control(ACCEPT, CONTENT_TYPE))
    eventually(lambda: sender.stats.connected, "connected")
    outlet = Outlet(tmp_path / SOCKET)
    data = encode(Batch(0.0, [Tapped(CLIENT_QUERY, 1, bytes(4), 0, "", 1.0, 0.0, bytes(40_000))]))

    def lost() -> int:
        outlet.put(data, 1)
        return sender.stats.lost

    assert eventually(lost, "some are lost") == 1
    outlet.close()
    sock.close()
    deaf.close()
    sender.close()


def test_off_it_makes_nothing(tmp_path: Path) -> None:
    sender = Sender(tmp_path)
    sender.configure(Config())
    sender.close()
    assert list(tmp_path.iterdir()) == []
