"""A new configuration takes hold without a lost query; a wrong one is refused and said so; the end drains."""

import itertools
import signal
from collections.abc import Callable

import pytest

from tests import ask
from tests.lab import Dnsguard, Lab, eventually, listing
from tests.upstream_fake import FakeUpstream


def is_blocked(guard: Dnsguard, name: str) -> bool:
    return ask.rcode(guard.ask(name)) == "NXDOMAIN"


def by_signal(guard: Dnsguard, lab: Lab) -> None:
    # the file's own change is noticed too; the signal must do no harm beside it
    guard.configure(lists=[listing(lab, "first.com", "second.com", file="more.txt")])
    guard.reload()


def by_file(guard: Dnsguard, lab: Lab) -> None:
    guard.configure(lists=[listing(lab, "first.com", "second.com", file="more.txt")])


def by_list(guard: Dnsguard, lab: Lab) -> None:
    listing(lab, "first.com", "second.com")


@pytest.mark.parametrize("how", [by_signal, by_file, by_list])
def test_reload_loses_nothing(lab: Lab, nsd: int, how: Callable[[Dnsguard, Lab], None]) -> None:
    guard = lab.dnsguard(nsd, lists=[listing(lab, "first.com")])
    workers = guard.workers
    assert is_blocked(guard, "first.com")
    assert not is_blocked(guard, "www.second.com")  # now it is cached as clean
    with ask.Load(guard.port, (f"name{i}.com" for i in itertools.count())) as load:
        how(guard, lab)
        eventually(lambda: is_blocked(guard, "www.second.com"), "the new list holds for cached names too", 30)
        before = len(load.answered)
        eventually(lambda: len(load.answered) > before + 200, "load goes on")
    assert load.lost == []
    assert {rcode for _, _, rcode in load.answered} == {0}
    assert guard.workers == workers
    assert is_blocked(guard, "first.com")


def test_wrong_config_is_refused_and_said(lab: Lab, nsd: int) -> None:
    guard = lab.dnsguard(nsd, lists=[listing(lab, "first.com")])
    good = guard.path.read_text()
    lab.write(guard.path.name, good + '\n[cache]\nsizes = "64MB"\n')
    guard.reload()
    refused = eventually(lambda: (r := guard.report["config"])["state"] == "refused" and r, "/readyz says refused")
    assert "cache.sizes" in " ".join(refused["faults"])
    assert guard.get("/readyz")[0] == 200  # it serves, by the old one
    assert is_blocked(guard, "first.com")
    lab.write(guard.path.name, good)
    guard.reload()
    eventually(lambda: guard.report["config"]["state"] == "good", "/readyz says good")


def test_wrong_config_at_start_is_one_line_and_exit_1(lab: Lab, nsd: int) -> None:
    guard = Dnsguard(lab, nsd, {"mode": "blok"}, "wrong", None)
    guard.start(wait=False)
    assert guard.process.popen.wait(30) == 1
    assert "mode" in guard.process.tail()
    assert "Traceback" not in guard.process.tail()


def test_sigterm_answers_what_it_has_taken(lab: Lab) -> None:
    with FakeUpstream(delay=0.7) as upstream:
        guard = lab.dnsguard(upstream.port)
        names = [f"last{i}.com" for i in range(50)]
        with ask.Load(guard.port, names, rate=2000) as load:
            eventually(lambda: sum(b"\3com" in query for query in upstream.queries) >= len(names), "all are under way")
            guard.process.signal(signal.SIGTERM)
            eventually(lambda: len(load.answered) == len(names), "all are answered")
        assert {rcode for _, _, rcode in load.answered} == {0}
        assert guard.process.popen.wait(20) == 0
        assert guard.process.stop() == 0


def test_restart_by_a_second_instance_is_refused(lab: Lab, nsd: int) -> None:
    guard = lab.dnsguard(nsd)
    second = Dnsguard(lab, nsd, {"state_dir": guard.config["state_dir"]}, "second", None)
    second.start(wait=False)
    assert second.process.popen.wait(30) == 1
    assert "state_dir" in second.process.tail()
    assert ask.addresses(guard.ask("still.com"))
