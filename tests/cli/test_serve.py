"""`dnsguard serve` as a person runs it."""

import contextlib
import os
import pty
import subprocess
import sys

from tests.lab import ROOT, eventually, free_port, toml


def test_a_wrong_configuration_is_told_in_full_and_nothing_starts(lab):
    path = lab.write("config.toml", 'mode = "blok"\n[listen]\ndsn = []\n')
    done = subprocess.run(
        [sys.executable, "-m", "dnsguard", "serve", "--config", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_a_terminal_is_told_what_runs_and_ctrl_c_ends_it(lab):
    port, web = free_port(), free_port()
    config = {
        "state_dir": str(lab.dir / "state"),
        "starter_lists": False,
        "listen": {"dns": [f"127.0.0.1:{port}"], "web": f"127.0.0.1:{web}"},
        "upstream": {"servers": ["127.0.0.1:9"]},
    }
    path = lab.write("config.toml", toml(config))
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CONTROL, "serve", "--config", path], stdin=inner, stdout=inner, stderr=inner, cwd=ROOT
    )
    os.close(inner)
    said = bytearray()
    os.set_blocking(outer, False)

    def shown(what):
        with contextlib.suppress(BlockingIOError):
            said.extend(os.read(outer, 10000))
        return what in said

    eventually(lambda: shown(b"Ctrl-C"), "the banner")
    assert f"dig @127.0.0.1 -p {port} example.com".encode() in said
    assert f"http://127.0.0.1:{web}/".encode() in said
    os.write(outer, b"\x03")
    assert process.wait(30) == 0
    os.close(outer)


# in a session of its own, whose terminal is standard input: only then does ^C become SIGINT
CONTROL = """
import fcntl, os, runpy, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv[0] = "dnsguard"
runpy.run_module("dnsguard", run_name="__main__", alter_sys=True)
"""
