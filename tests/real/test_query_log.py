"""The query log of a running server: every answer in it, in the alert's words, and no answer late for it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dnsguard.querylog.record import FOLDER
from tests import ask
from tests.lab import Dnsguard, Lab, eventually, listing, small_disk, webhook


def search(guard: Dnsguard, *args: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "dnsguard", "log", "search", "--json", "-n", "100000", *args, "--config", guard.path],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def saved(guard: Dnsguard) -> int:
    return int(guard.report["query_log"]["saved"])


@pytest.mark.parametrize("workers", [1, 2])
def test_every_query_is_in_it_in_its_alert_s_words(lab: Lab, nsd: int, workers: int) -> None:
    receiver = lab.receiver()
    guard = lab.dnsguard(
        nsd,
        workers=workers,
        lists=[listing(lab, "bad.com")],
        webhooks=[webhook(receiver)],
        query_log={"mode": "full"},
    )
    for turn in range(10):
        for tcp in (False, True):
            guard.ask(f"name{turn % 3}.com", source=f"127.0.1.{turn}", tcp=tcp)
    guard.ask("www.bad.com", "TXT", source="127.0.1.1")
    (alert,) = eventually(lambda: receiver.alerts, "the alert")
    eventually(lambda: sum(one["count"] for one in search(guard)) == 21, "all of them")
    guard.process.stop()
    (blocked,) = search(guard, "--verdict", "block")
    properties = alert["extendedProperties"]
    assert (blocked["client"], blocked["name"], blocked["type"]) == ("127.0.1.1", "www.bad.com", "TXT")
    assert blocked["alert"] == alert["systemAlertId"]
    assert (blocked["reason"], blocked["list"]) == (properties["reason"], properties["listName"])
    assert sum(one["count"] for one in search(guard, "--verdict", "clean")) == 20
    assert sum(one["count"] for one in search(guard, "--client", "127.0.1.1", "--name", "name1.com")) == 2


def test_off_masked_and_full_take_turns_without_a_restart(lab: Lab, nsd: int) -> None:
    guard = lab.dnsguard(nsd)
    folder = Path(guard.config["state_dir"]) / FOLDER

    def turn(mode: str) -> None:
        before = guard.report["workers"][0]["config"]
        guard.configure(query_log={"mode": mode})
        guard.reload()
        eventually(lambda: guard.report["workers"][0]["config"] > before, "the worker has it")

    guard.ask("off.com")
    assert not folder.exists()
    for number, mode in enumerate(("masked", "full"), 1):
        turn(mode)
        guard.ask(f"{mode}.com")
        eventually(lambda number=number: len(search(guard)) == number, "it is logged")  # type: ignore[misc]
    turn("off")
    guard.ask("again-off.com")
    guard.process.stop()
    found = search(guard)
    assert [(one["client"], one["name"]) for one in found] == [
        ("127.0.0.1", "full.com"),
        ("127.0.0.0/24", "masked.com"),
    ]


def test_a_full_disk_costs_records_and_no_answer_and_is_over_when_there_is_room(lab: Lab, nsd: int) -> None:
    with small_disk(lab, "8m") as disk:
        guard = lab.dnsguard(nsd, state_dir=str(disk / "state"), query_log={"mode": "full", "max_size": "8MB"})
        guard.ask("first.com")
        eventually(lambda: saved(guard) == 1, "there is room")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass  # full

        def failing() -> bool:
            for number in range(200):
                assert ask.rcode(guard.ask(f"name{number}.com")) == "NOERROR"
            return bool(guard.report["query_log"]["state"] == "failing")

        eventually(failing, "the disk takes no more")
        filler.unlink()

        def good() -> bool:
            guard.ask("last.com")
            return bool(guard.report["query_log"]["state"] == "good")

        eventually(good, "it is written again")
        assert guard.metric("dnsguard_query_log_lost_total") > 0
        guard.process.stop()
        assert guard.process.log.read_text().count("query log cannot be written") == 1
        assert {"first.com", "last.com"} <= {one["name"] for one in search(guard)}


def test_a_writer_that_stands_still_costs_records_and_no_answer(lab: Lab, nsd: int) -> None:
    guard = lab.dnsguard(nsd, query_log={"mode": "full"}, cache={"size": "64MB"})
    guard.process.signal(signal.SIGSTOP)  # the hub, and its threads with it
    try:
        with ask.Load(guard.port, (f"name{number}.com" for number in range(10**6)), rate=1000) as load:
            eventually(lambda: len(load.answered) > 3000, "answers go on")
        assert not load.lost
    finally:
        guard.process.signal(signal.SIGCONT)
    guard.ready()
    eventually(lambda: sum(one["count"] for one in search(guard)) >= 3000, "what waited is written")
