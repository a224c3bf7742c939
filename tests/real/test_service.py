"""As service managers run it: told when it is ready, hardened, unprivileged, on a read-only root."""

import os
import shutil
import signal
import socket
import sys

import pytest

from tests import ask, needs
from tests.lab import Dnsguard, Lab, eventually, listing

# prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), Linux 6.3: what MemoryDenyWriteExecute=yes of systemd asks for
REFUSE_EXEC_GAIN = (
    "import ctypes, os, sys; "
    "ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) and sys.exit('no prctl'); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def unstarted(lab: Lab, nsd: int) -> Dnsguard:
    return Dnsguard(lab, nsd, {"lists": [listing(lab, "evil.com")]}, "dnsguard", None)


def works(guard: Dnsguard) -> None:
    assert ask.addresses(guard.ask("www.heise.de")) == ["192.0.2.1"]
    assert ask.addresses(guard.ask("www.heise.de", tcp=True)) == ["192.0.2.1"]
    assert ask.rcode(guard.ask("evil.com")) == "NXDOMAIN"


def test_tells_systemd(lab: Lab, nsd: int) -> None:
    guard = unstarted(lab, nsd)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(lab.dir / "notify"))
        sock.settimeout(20)
        guard.start(wait=False, env={"NOTIFY_SOCKET": str(lab.dir / "notify"), "WATCHDOG_USEC": "400000"})
        said: list[str] = []

        def hears(word: str) -> bool:
            """Whether a later message has this line."""
            while True:
                lines = sock.recv(4096).decode().splitlines()
                said.extend(lines)
                if word in lines:
                    return True

        assert hears("READY=1")
        assert guard.get("/readyz")[0] == 200, "ready when it says so"
        assert hears("WATCHDOG=1")
        guard.reload()
        assert hears("RELOADING=1")
        assert hears("READY=1")
        assert hears("WATCHDOG=1")
        guard.process.signal(signal.SIGTERM)
        assert hears("STOPPING=1")
        assert guard.process.popen.wait(20) == 0


def test_memory_deny_write_execute(lab: Lab, nsd: int) -> None:
    if tuple(int(part) for part in os.uname().release.split(".")[:2]) < (6, 3):
        pytest.skip("needs Linux 6.3: PR_SET_MDWE")
    guard = unstarted(lab, nsd)
    guard.start(sys.executable, "-c", REFUSE_EXEC_GAIN)
    works(guard)


def test_unprivileged_on_a_read_only_root(lab: Lab, nsd: int) -> None:
    """What the Dockerfile's image is given: a user without a name, no capability, nothing writable but its state."""
    needs.need("unshare", "setpriv")
    if os.geteuid():
        needs.missing("needs root, to give it up")
    guard = unstarted(lab, nsd)
    state = lab.dir / "state"
    state.mkdir()
    shutil.chown(state, 10053, 10053)
    lab.dir.chmod(0o755)
    guard.configure(state_dir=str(state))
    script = f'mount --bind {state} {state} && mount -o remount,bind,ro / && exec "$@"'
    # one capability, to read: the Python that runs these tests may lie in somebody's home
    keep = [f"--{kind}=-all,+dac_read_search" for kind in ("bounding-set", "inh-caps", "ambient-caps")]
    drop = ["setpriv", "--reuid=10053", "--regid=10053", "--clear-groups", "--no-new-privs", *keep]
    guard.start("unshare", "--mount", "sh", "-c", script, "sh", *drop, env={"PYTHONDONTWRITEBYTECODE": "1"})
    works(guard)
    eventually(lambda: guard.report["outbox"]["saved"], "the finding is on disk")
    assert guard.process.stop() == 0
