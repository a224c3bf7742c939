"""Real servers for tests: a lab folder, processes that always end, and the configurations of the peers.

Everything listens on free ports of the loopback network. Whoever needs a tool that is missing is
skipped, or fails in CI (tests/needs.py).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

from tests import ask, peers, zones
from tests.needs import PATH, missing, need
from tests.process import MARK, Process, sweep
from tests.receiver import SECRET, Receiver

ROOT = Path(__file__).parent.parent
LABS: list["Lab"] = []  # those alive: a failing test shows their logs

T = TypeVar("T")


def free_port() -> int:
    """A port free for UDP and TCP on the loopback network, as far as one can know beforehand."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                tcp.bind(udp.getsockname())
                return int(udp.getsockname()[1])


def eventually(check: Callable[[], T], what: str, seconds: float = 20.0) -> T:
    """The first true result of `check`; the limit only ends a test that would never pass."""
    end = time.monotonic() + seconds
    while not (result := check()):
        if time.monotonic() > end:
            pytest.fail(f"not in {seconds:.0f} s: {what}; last seen: {result!r}")
        time.sleep(0.02)
    return result


def toml(table: Mapping[str, Any], path: str = "") -> str:
    """A mapping as TOML; JSON's scalars and lists of them are TOML's too."""
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines.append(f"[{path}{key}]\n{toml(value, f'{path}{key}.')}")
        elif _is_table(value):
            lines += [f"[[{path}{key}]]\n{toml(item, f'{path}{key}.')}" for item in value]
    return "".join(lines)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


class Lab:
    """A folder and the processes started in it; leaving it ends them all."""

    def __init__(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="dnsguard-lab-"))
        self.processes: dict[str, Process] = {}
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        LABS.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()
        for process in reversed(self.processes.values()):
            process.stop()
        sweep(str(self.dir))
        shutil.rmtree(self.dir, ignore_errors=True)
        LABS.remove(self)

    def write(self, name: str, text: str) -> Path:
        """A file of the lab, replaced in one step as a careful editor does."""
        path = self.dir / name
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)
        return path

    def start(self, name: str, *command: object, cpu: int | None = None, env: Mapping[str, str] = {}) -> Process:
        """Run a command in the background, its output in NAME.log."""
        env = os.environ | {"PATH": PATH, MARK: str(self.dir), "PYTHONPATH": str(ROOT)} | env
        process = Process([str(part) for part in command], self.dir / f"{name}.log", env, cpu)
        self.processes[name] = process
        return process

    def serving(self, process: Process, port: int) -> None:
        """Wait until a DNS server answers, with whatever rcode."""

        def answers() -> bool:
            if not process.alive:
                pytest.fail(f"{process.popen.args!r} ended with {process.popen.returncode}:\n{process.tail()}")
            with contextlib.suppress(Exception):
                return bool(ask.ask(port, "ready.example.net", "SOA", timeout=0.3))
            return False

        eventually(answers, f"a DNS answer from port {port}", 60)

    def nsd(self, port: int = 0, cpu: int | None = None) -> int:
        """An authoritative server that stands for the whole DNS (tests/zones.py); its port."""
        need("nsd")
        port = port or free_port()
        self.write("root.zone", zones.root())
        self.write("signed.zone", zones.signed())
        conf = self.write(
            "nsd.conf",
            f'server:\n ip-address: 127.0.0.1@{port}\n username: ""\n chroot: ""\n zonesdir: "{self.dir}"\n'
            f' database: ""\n pidfile: "{self.dir}/nsd.pid"\n xfrdfile: "{self.dir}/xfrd"\n'
            f' zonelistfile: "{self.dir}/zonelist"\n'
            f" server-count: 1\n rrl-ratelimit: 0\n tcp-count: 1000\nremote-control:\n control-enable: no\n"
            f'zone:\n name: "."\n zonefile: root.zone\nzone:\n name: "{zones.SIGNED}"\n zonefile: signed.zone\n',
        )
        self.serving(self.start("nsd", "nsd", "-d", "-c", conf, cpu=cpu), port)
        return port

    def unbound(
        self, upstream: int, cpu: int | None = None, *, name: str = "unbound", policy_zone: Path | None = None
    ) -> int:
        """Unbound, forwarding everything, not validating; its port."""
        need("unbound")
        port = free_port()
        conf = self.write(f"{name}.conf", peers.unbound(self.dir, port, upstream, policy_zone))
        self.serving(self.start(name, "unbound", "-d", "-c", conf, cpu=cpu), port)
        return port

    def dnsdist(self, upstream: int, cpu: int | None = None) -> int:
        """dnsdist with a packet cache and no rules; its port."""
        need("dnsdist")
        port = free_port()
        conf = self.write("dnsdist.conf", peers.dnsdist(port, upstream))
        command = ("dnsdist", "-C", conf, "--supervised", "--disable-syslog")
        self.serving(self.start("dnsdist", *command, cpu=cpu), port)
        return port

    def dnsmasq(self, upstream: int, cpu: int | None = None) -> int:
        """dnsmasq with a cache of 10,000 names; its port."""
        need("dnsmasq")
        port = free_port()
        conf = self.write("dnsmasq.conf", peers.dnsmasq(port, upstream))
        self.serving(self.start("dnsmasq", "dnsmasq", "--keep-in-foreground", "-C", conf, cpu=cpu), port)
        return port

    def receiver(self) -> Receiver:
        """A webhook receiver that lives as long as the lab."""
        receiver = Receiver()
        self._closing.callback(receiver.close)
        return receiver

    def dnsguard(
        self,
        upstream: int,
        /,
        *,
        cpu: int | None = None,
        name: str = "dnsguard",
        program: Path | None = None,
        **config: Any,
    ) -> "Dnsguard":
        """`dnsguard serve` from this tree, or an installed `program`; keywords are tables of config.toml, laid over the
        lab's defaults.
        """
        server = Dnsguard(self, upstream, config, name, cpu, program)
        server.start()
        return server


class Dnsguard:
    """A running `dnsguard serve`."""

    def __init__(
        self,
        lab: Lab,
        upstream: int,
        config: Mapping[str, Any],
        name: str,
        cpu: int | None,
        program: Path | None = None,
    ) -> None:
        self.lab, self.name, self.cpu, self.program = lab, name, cpu, program
        self.port, self.web = free_port(), free_port()
        self.config: dict[str, Any] = {
            "mode": "block",
            "workers": 1,
            "starter_lists": False,
            "state_dir": str(lab.dir / f"{name}-state"),
            "listen": {"dns": [f"127.0.0.1:{self.port}"], "web": f"127.0.0.1:{self.web}"},
            "upstream": {"servers": [f"127.0.0.1:{upstream}"]},
        }
        self.path = self.configure(**config)

    def configure(self, **config: Any) -> Path:
        """Lay these keys over config.toml and write it; who is running sees the file change."""
        for key, value in config.items():
            mine = self.config.get(key)
            self.config[key] = {**mine, **value} if isinstance(mine, dict) and isinstance(value, Mapping) else value
        return self.lab.write(f"{self.name}.toml", toml(self.config))

    def start(self, *prefix: object, wait: bool = True, env: Mapping[str, str] = {}) -> None:
        """Start it (again), behind a command that runs commands if given, and wait until /readyz says so."""
        program = (self.program,) if self.program else (sys.executable, "-m", "dnsguard")
        # what is installed is not to be hidden by this tree
        env = {"PYTHONPATH": ""} | dict(env) if self.program else env
        command = (*prefix, *program, "serve", "--config", self.path)
        self.process = self.lab.start(self.name, *command, cpu=self.cpu, env=env)
        if wait:
            self.ready()

    def ready(self) -> None:
        """Wait until /readyz answers 200."""

        def check() -> bool:
            if not self.process.alive:
                pytest.fail(f"dnsguard ended with {self.process.popen.returncode}:\n{self.process.tail()}")
            return self.get("/readyz")[0] == 200

        eventually(check, "/readyz answers 200", 120)  # a million names are compiled first

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of its web listener; status 0 when nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name: str) -> float:
        """The sum of a metric's samples in /metrics, over all label values."""
        samples = [line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines() if not line.startswith("#")]
        return sum(float(value) for key, value in samples if key.split("{")[0] == name)

    @property
    def report(self) -> dict[str, Any]:
        """What /readyz says."""
        value: dict[str, Any] = json.loads(self.get("/readyz")[1])
        return value

    @property
    def workers(self) -> list[int]:
        """Process ids of its workers, as /readyz has them; one that is being started again is not among them."""
        return [worker["pid"] for worker in self.report["workers"] if worker["pid"]]

    def ask(self, name: str, rtype: str = "A", **options: Any) -> ask.Message:
        """One question; options as for `tests.ask.ask`."""
        return ask.ask(self.port, name, rtype, **options)

    def reload(self) -> None:
        self.process.signal(signal.SIGHUP)

    def kill_hub(self) -> None:
        """SIGKILL to the hub alone; its workers live on."""
        self.process.signal(signal.SIGKILL)
        self.process.popen.wait(10)


@contextlib.contextmanager
def small_disk(lab: Lab, size: str) -> Iterator[Path]:
    """A file system of this size [as mount(8) writes it], or a skip where this user can't mount."""
    need("mount", "umount")
    path = lab.dir / "disk"
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True, text=True, check=False
    )
    if done.returncode:
        missing(f"needs the right to mount: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=False)


def webhook(receiver: Receiver, **more: Any) -> dict[str, Any]:
    """A [[webhooks]] entry for a receiver."""
    return {"url": receiver.url, "secret": SECRET, **more}


def listing(lab: Lab, *names: str, file: str = "listed.txt", category: str = "threat_intel") -> dict[str, Any]:
    """A [[lists]] entry for a file of these names, which it writes."""
    return {"name": file, "category": category, "path": str(lab.write(file, "".join(f"{name}\n" for name in names)))}
