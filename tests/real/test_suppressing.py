"""A person's way from an alert to a suppression, on a running server."""

import subprocess
import sys

from tests.ask import rcode
from tests.lab import ROOT, eventually, listing


def alerts(server, *args):
    command = (sys.executable, "-m", "dnsguard", "alerts", *args, "--config", server.path)
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT)


def test_suppressed_while_it_serves_then_neither_told_nor_blocked_but_reported(lab):
    # nobody is asked before a name is blocked, and nobody is there afterwards
    server = lab.dnsguard(9, lists=[listing(lab, "evil.example", "worse.example")])
    assert rcode(server.ask("x.evil.example")) == "NXDOMAIN"
    rows = eventually(lambda: alerts(server, "list").stdout.splitlines()[1:], "the alert")
    done = alerts(server, "suppress", rows[0].split()[-1], "--reason", "a test's own")
    assert done.returncode == 0, done.stderr
    eventually(lambda: rcode(server.ask("x.evil.example")) == "SERVFAIL", "it is asked of the upstream")
    assert rcode(server.ask("x.worse.example")) == "NXDOMAIN"
    covered = eventually(
        lambda: [row for row in alerts(server, "suppressions").stdout.splitlines()[1:] if row.split()[5] != "0"],
        "the query is counted",
    )
    assert covered[0].endswith("a test's own")
    assert {row.split()[4] for row in alerts(server, "list").stdout.splitlines()[1:]} <= {
        "evil.example",
        "worse.example",
    }
    (row,) = [row for row in alerts(server, "report").stdout.splitlines() if row.startswith("threat_intel")]
    assert int(row.split()[5]) >= 1


def test_a_mark_is_made_by_the_hub_that_runs(lab):
    server = lab.dnsguard(9, lists=[listing(lab, "evil.example")])
    assert rcode(server.ask("x.evil.example")) == "NXDOMAIN"
    rows = eventually(lambda: alerts(server, "list").stdout.splitlines()[1:], "the alert")
    done = alerts(server, "feedback", rows[0].split()[-1], "--true-positive")
    assert done.returncode == 0, done.stderr
    assert "FEEDBACK ON" in alerts(server, "report").stdout
    assert "alert.true_positive" in server.process.tail()
