import os
import socket

import pytest

from dnsguard.hub.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_each_message_is_one_datagram(tmp_path, abstract):
    name = f"dnsguard-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name if abstract else name)
        systemd.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": "@" + name if abstract else name, "WATCHDOG_USEC": "3000000"})
        notifier.ready("serving")
        notifier.reloading()
        notifier.watchdog()
        notifier.status("1 of 2 workers")
        notifier.stopping()
        assert systemd.recv(1000) == b"READY=1\nSTATUS=serving"
        assert systemd.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert systemd.recv(1000) == b"WATCHDOG=1"
        assert systemd.recv(1000) == b"STATUS=1 of 2 workers"
        assert systemd.recv(1000).startswith(b"STOPPING=1")
        assert notifier.watchdog_every == 1.5


def test_without_systemd_nothing_happens(tmp_path):
    Notifier({}).ready("")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("")
    assert Notifier({}).watchdog_every == 0
    assert Notifier({"WATCHDOG_USEC": "x"}).watchdog_every == 0
    assert Notifier({"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}).watchdog_every == 0
