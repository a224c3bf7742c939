"""Real hubs and workers; the workers are tests/hub/fake_worker.py, so that a test can tell which one answered what."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.lab import Lab, eventually, free_port, toml

RUN = Path(__file__).with_name("run_hub.py")
CLIENTS = [f"127.0.7.{i}" for i in range(1, 20)]


class Served:
    """A hub under test; `start` may be called again after its end."""

    def __init__(self, lab: Lab, workers: int = 1, **config):
        self.lab = lab
        self.port, self.web = free_port(), free_port()
        self.config = {
            "workers": workers,
            "state_dir": str(lab.dir / "state"),
            "starter_lists": False,
            "listen": {"dns": [f"127.0.0.1:{self.port}"], "web": f"127.0.0.1:{self.web}"},
            **config,
        }
        self.write()
        self.count = 0
        self.start()

    def write(self, more=""):
        self.path = self.lab.write("config.toml", toml(self.config) + more)

    def start(self):
        self.count += 1
        self.process = self.lab.start(f"hub{self.count}", sys.executable, RUN, self.path)
        eventually(self.served, "the hub serves")
        return self

    def served(self):
        assert self.process.alive, self.process.tail()
        return self.get()[0] == 200 and self.get()[1]["state"] == "serving"

    def get(self, path="/readyz"):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def send(self, text, client="127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((client, 0))
            sock.sendto(text.encode(), ("127.0.0.1", self.port))

    def ask(self, text="hello", client="127.0.0.1", timeout=20):
        """Index, process, configuration number and number of `mark`s in the configuration that answered."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((client, 0))
            sock.settimeout(timeout)
            sock.sendto(text.encode(), ("127.0.0.1", self.port))
            return [int(part) for part in sock.recv(100).split(b":")]

    @property
    def names(self):
        """Names of all alerts on disk."""
        db = sqlite3.connect(f"file:{self.lab.dir / 'state' / 'alerts.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(db):
            return {row[0] for row in db.execute("SELECT zone FROM alerts")}


def gone(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def test_each_client_has_its_worker_and_a_killed_one_disturbs_no_other(lab):
    hub = Served(lab, workers=3)
    home = {client: hub.ask(client=client)[0] for client in CLIENTS}
    assert set(home.values()) == {0, 1, 2}
    pids = {hub.ask(client=client)[1] for client in CLIENTS}
    victim = next(client for client in CLIENTS if home[client] == 1)
    killed = hub.ask(client=victim)[1]
    hub.send("die", client=victim)
    # waits in the socket, which the hub holds, for the next worker
    index, pid, *_ = hub.ask(client=victim)
    assert index == 1
    assert pid not in pids
    assert {hub.ask(client=client)[1] for client in CLIENTS} == pids - {killed} | {pid}
    assert {client: hub.ask(client=client)[0] for client in CLIENTS} == home
    report = eventually(lambda: hub.get()[1] if all(w["ready"] for w in hub.get()[1]["workers"]) else None, "all ready")
    assert [w["restarts"] for w in report["workers"]] == [0, 1, 0]
    assert report["workers"][1]["last_exit"] == "signal SIGKILL"


def test_findings_of_a_killed_worker_are_on_disk(lab):
    hub = Served(lab)
    names = {f"evil{i}.example" for i in range(50)}
    for name in names:
        hub.ask(f"block {name}")
    hub.send("die")
    eventually(lambda: hub.names == names, "all findings stored")


def test_a_killed_hub_stops_no_worker_and_the_next_one_takes_over(lab):
    hub = Served(lab, workers=2)
    old = {hub.ask(client=client)[1] for client in CLIENTS}
    hub.process.popen.kill()
    hub.process.popen.wait(10)
    assert {hub.ask(client=client)[1] for client in CLIENTS} == old
    hub.ask("block while-away.example")
    hub.start()
    eventually(lambda: all(gone(pid) for pid in old), "the old workers have drained")
    new = {hub.ask(client=client)[1] for client in CLIENTS}
    assert len(new) == 2
    assert not new & old
    assert {hub.ask(client=client)[0] for client in CLIENTS} == {0, 1}
    eventually(lambda: "while-away.example" in hub.names, "the finding arrived")
    assert hub.get()[1]["leaving"] == 0


def test_no_query_is_lost_while_a_new_hub_takes_over(lab):
    hub = Served(lab, workers=2)
    hub.process.popen.kill()
    hub.process.popen.wait(10)
    again = lab.start("again", sys.executable, RUN, hub.path)
    hub.process = again
    for _ in range(3000):
        for client in CLIENTS[:4]:
            hub.ask(client=client, timeout=10)
        if hub.served() and hub.get()[1]["leaving"] == 0:
            break
    assert hub.served()


def test_a_good_change_is_taken_and_a_bad_one_refused(lab):
    hub = Served(lab, workers=2)
    assert hub.ask()[3] == 0
    hub.write("# mark\n")
    eventually(lambda: all(hub.ask(client=client)[3] == 1 for client in CLIENTS), "the change holds everywhere")
    hub.config["mode"] = "blok"
    hub.write("# mark mark\n")
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["config"]["state"] == "refused" else None, "refused")
    assert "mode" in report["config"]["faults"][0]
    assert hub.get()[0] == 200
    assert hub.ask()[3] == 1
    assert "dnsguard_config_ok 0.0" in metrics(hub)
    hub.config["mode"] = "shadow"
    hub.write("# mark mark\n")
    eventually(lambda: hub.get()[1]["config"]["state"] == "good" and hub.ask()[3] == 2, "mended")
    assert hub.get()[1]["mode"] == "shadow"
    assert "dnsguard_config_ok 1.0" in metrics(hub)


def test_a_configuration_that_workers_refuse_is_taken_back(lab):
    hub = Served(lab, workers=2)
    hub.write("# mark\n# refuse\n")
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["config"]["state"] == "refused" else None, "refused")
    assert "told to refuse" in report["config"]["faults"][0]
    assert hub.ask()[3] == 0
    os.kill(hub.ask()[1], signal.SIGKILL)
    assert hub.ask()[3] == 0  # also a worker that starts now gets the one that holds


def test_sighup_reads_again_and_restart_only_keys_are_named(lab):
    hub = Served(lab)
    number = hub.get()[1]["config"]["number"]
    hub.process.signal(signal.SIGHUP)
    eventually(lambda: hub.get()[1]["config"]["number"] > number, "a new configuration")
    hub.config["workers"] = 2
    hub.write("# mark\n")
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["config"]["needs_restart"] else None, "named")
    assert report["config"]["needs_restart"] == ["workers"]
    assert report["config"]["state"] == "good"
    eventually(lambda: hub.ask()[3] == 1, "the rest holds")


def test_a_changed_list_reaches_the_workers_and_a_lost_one_keeps_its_names(lab):
    path = lab.write("evil.txt", "evil.example\n")
    hub = Served(lab, lists=[{"name": "evil", "category": "threat_intel", "path": str(path)}])
    number = hub.get()[1]["config"]["number"]
    lab.write("evil.txt", "evil.example\nworse.example\n")
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["lists"][0]["entries"] == 2 else None, "compiled")
    assert report["config"]["number"] == number + 1
    eventually(lambda: hub.ask()[2] == number + 1, "the worker has it")
    path.unlink()
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["lists"][0]["fault"] else None, "told")
    assert (report["lists"][0]["state"], report["lists"][0]["entries"]) == ("kept", 2)
    assert hub.get()[0] == 200


def test_sigterm_drains_and_leaves_nothing_behind(lab):
    hub = Served(lab, workers=2)
    pids = {hub.ask(client=client)[1] for client in CLIENTS}
    hub.ask("block last.example")
    hub.process.popen.terminate()
    assert hub.process.popen.wait(30) == 0
    assert all(gone(pid) for pid in pids)
    assert "last.example" in hub.names
    assert not (lab.dir / "state" / "hub.json").exists()
    assert not (lab.dir / "state" / "hub.sock").exists()


def test_a_second_signal_ends_at_once(lab):
    hub = Served(lab)
    pid = hub.ask()[1]
    hub.send("hang")
    hub.process.popen.terminate()
    eventually(lambda: hub.get()[1].get("state") == "draining", "draining")
    assert hub.get()[0] == 503
    hub.process.popen.terminate()
    assert hub.process.popen.wait(30) == 1
    assert gone(pid)


def test_a_second_hub_is_refused_in_one_line(lab):
    hub = Served(lab)
    second = lab.start("second", sys.executable, "-m", "dnsguard", "serve", "--config", hub.path)
    assert second.popen.wait(30) == 1
    (line,) = second.tail().splitlines()
    assert "another dnsguard" in line
    hub.config["state_dir"] = str(lab.dir / "other")
    third = lab.start(
        "third", sys.executable, "-m", "dnsguard", "serve", "--config", lab.write("other.toml", toml(hub.config))
    )
    assert third.popen.wait(30) == 1
    assert "another program listens there" in third.tail()
    assert hub.ask()


def test_systemd_is_told(lab, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(lab.dir / "notify"))
        systemd.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(lab.dir / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "3000000")
        hub = Served(lab)

        def told(what):
            while not systemd.recv(1000).startswith(what):
                pass

        told(b"READY=1")
        told(b"WATCHDOG=1")
        hub.process.signal(signal.SIGHUP)
        told(b"RELOADING=1\nMONOTONIC_USEC=")
        told(b"READY=1")
        hub.process.popen.terminate()
        told(b"STOPPING=1")


def test_an_outbox_that_cannot_be_opened_stops_no_query(lab):
    (lab.dir / "state").mkdir()
    (lab.dir / "state" / "alerts.sqlite").mkdir()
    hub = Served(lab)
    hub.ask("block kept.example")
    report = eventually(lambda: hub.get()[1] if hub.get()[1]["outbox"]["unsaved"] else None, "waits")
    assert report["outbox"]["state"] == "failing"
    (lab.dir / "state" / "alerts.sqlite").rmdir()
    eventually(lambda: hub.get()[1]["outbox"]["state"] == "good" and hub.names == {"kept.example"}, "stored")


def metrics(hub):
    with urllib.request.urlopen(f"http://127.0.0.1:{hub.web}/metrics", timeout=5) as answer:
        return answer.read().decode()
