"""dnstap as other people's tools take it: fstrm_capture receives, dnstap-ldns reads."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests import ask
from tests.lab import Lab, eventually, free_port, listing
from tests.needs import need
from tests.process import Process


def capture(lab: Lab, address: str, file: Path) -> Process:
    """A collector that appends to a file."""
    where = (
        ["-u", address[5:]] if address.startswith("unix:") else ["-a", "127.0.0.1", "-p", address.rpartition(":")[2]]
    )
    return lab.start("capture", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", *where, "-w", file)


def read(file: Path, form: str = "-q") -> str:
    done = subprocess.run(["dnstap-ldns", form, "-r", file], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_other_tools_read_every_message(lab: Lab, nsd: int, kind: str) -> None:
    need("fstrm_capture", "dnstap-ldns")
    address = f"unix:{lab.dir}/dnstap.sock" if kind == "unix" else f"tcp://127.0.0.1:{free_port()}"
    collector = capture(lab, address, lab.dir / "out.fstrm")
    guard = lab.dnsguard(nsd, lists=[listing(lab, "bad.com")], dnstap={"address": address, "identity": "here"})
    eventually(lambda: guard.report["dnstap"]["state"] == "connected", "connected")
    for tcp in (False, True):
        for name in ("a.com", "a.com", "a.com", "bad.com"):
            guard.ask(name, tcp=tcp)
    # 8 queries and answers of clients, one of the upstream
    eventually(lambda: guard.metric("dnsguard_dnstap_sent_total") == 18, "all are sent")
    assert guard.metric("dnsguard_dnstap_dropped_total") + guard.metric("dnsguard_dnstap_lost_total") == 0
    guard.process.stop()
    collector.stop()
    lines = [line.split() for line in read(lab.dir / "out.fstrm").splitlines()]
    assert Counter((line[2], line[4], line[6]) for line in lines) == {
        ("CQ", "UDP", '"a.com."'): 3,
        ("CR", "UDP", '"a.com."'): 3,
        ("CQ", "UDP", '"bad.com."'): 1,
        ("CR", "UDP", '"bad.com."'): 1,
        ("CQ", "TCP", '"a.com."'): 3,
        ("CR", "TCP", '"a.com."'): 3,
        ("CQ", "TCP", '"bad.com."'): 1,
        ("CR", "TCP", '"bad.com."'): 1,
        ("FQ", "UDP", '"a.com."'): 1,
        ("FR", "UDP", '"a.com."'): 1,
    }
    whole = read(lab.dir / "out.fstrm", "-y")
    assert whole.count('identity: "here"') == 18
    assert f"response_port: {nsd}" in whole
    assert "rcode: NXDOMAIN" in whole


def test_a_collector_that_comes_and_goes_costs_no_answer(lab: Lab, nsd: int) -> None:
    need("fstrm_capture", "dnstap-ldns")
    address = f"unix:{lab.dir}/dnstap.sock"
    guard = lab.dnsguard(nsd, dnstap={"address": address, "messages": ["client"]})
    for turn in range(2):
        assert ask.rcode(guard.ask(f"before{turn}.com")) == "NOERROR"
        collector = capture(lab, address, lab.dir / f"out{turn}.fstrm")
        eventually(lambda: guard.report["dnstap"]["state"] == "connected", "connected", 60)
        assert ask.rcode(guard.ask(f"while{turn}.com")) == "NOERROR"
        sent = 4 * (turn + 1)
        eventually(lambda sent=sent: guard.metric("dnsguard_dnstap_sent_total") == sent, "sent")  # type: ignore[misc]
        collector.stop()
        (lab.dir / "dnstap.sock").unlink(missing_ok=True)
        eventually(lambda: guard.report["dnstap"]["state"] == "away", "it is seen")
        # what was asked meanwhile waited, within its bound
        names = {line.split()[6] for line in read(lab.dir / f"out{turn}.fstrm").splitlines()}
        assert names == {f'"before{turn}.com."', f'"while{turn}.com."'}
