"""A person lets one client through for a while, on a running server with several workers."""

import contextlib
import subprocess
import sys

import dns.exception

from tests.ask import rcode
from tests.lab import ROOT, eventually, listing


def allow(server, *args):
    command = (sys.executable, "-m", "dnsguard", "allow", *args, "--config", server.path)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_let_through_at_once_for_one_client_over_a_restart_and_until_its_end(lab):
    # the upstream is nobody: what is not blocked is SERVFAIL
    server = lab.dnsguard(9, workers=2, lists=[listing(lab, "evil.example", "worse.example")])
    sources = [f"127.0.1.{number}" for number in range(1, 9)]

    def asked(name="x.evil.example"):
        return {source: rcode(server.ask(name, source=source)) for source in sources}

    assert set(asked().values()) == {"NXDOMAIN"}
    number = server.report["config"]["number"]
    said = allow(server, "add", "--client", "127.0.1.1", "--zone", "evil.example", "--for", "1h", "--reason", "test")
    assert asked() == dict.fromkeys(sources, "NXDOMAIN") | {"127.0.1.1": "SERVFAIL"}
    assert set(asked("worse.example").values()) == {"NXDOMAIN"}
    allow(server, "add", "--client", "127.0.1.0/29", "--zone", "evil.example", "--for", "1h")
    assert [source for source, word in asked().items() if word == "NXDOMAIN"] == ["127.0.1.8"]
    assert server.report["config"]["number"] == number
    assert [line.split()[1] for line in allow(server, "list").splitlines()[1:]] == ["127.0.1.1", "127.0.1.0/29"]

    assert server.metric("dnsguard_temporary_allows") == 2

    def let_through():
        # a datagram to a socket that another worker takes over may be lost, as any may
        with contextlib.suppress(dns.exception.Timeout):
            return rcode(server.ask("x.evil.example", source="127.0.1.1")) == "SERVFAIL"
        return False

    server.process.stop()
    server.start()
    eventually(let_through, "it outlives a restart")
    server.kill_hub()
    server.start()
    eventually(let_through, "it outlives a kill")

    allow(server, "remove", allow(server, "list").splitlines()[2].split()[0])
    assert rcode(server.ask("x.evil.example", source="127.0.1.2")) == "NXDOMAIN"
    allow(server, "add", "--client", "127.0.1.1", "--zone", "evil.example", "--for", "1s")
    eventually(lambda: rcode(server.ask("x.evil.example", source="127.0.1.1")) == "NXDOMAIN", "it ends by itself")
    eventually(lambda: "allow.end" in allow(server, "history"), "the end is audited")
    assert [line.split()[1] for line in allow(server, "history").splitlines()[::-1]] == [
        "allow.add",
        "allow.add",
        "allow.remove",
        "allow.add",
        "allow.end",
    ]
    assert said.startswith("allowed: evil.example for 127.0.1.1 until ")
