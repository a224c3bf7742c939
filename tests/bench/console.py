"""Whether answers get slower while people watch: three consoles open, the query log full, three webhooks failing.

    python -m tests.bench.console [--rounds 9] [--seconds 3] [--rate 5000]

Three servers of one kind take turns in every round: one that nobody looks at, one just like it, whose difference from
the first is this measurement's noise, and one that has all of it, and raises some thirty alerts a second besides. Hub
and worker share core 0, so that what the hub does is as near to the answers as it can get; upstream, load and watchers
have core 1. A console here is a program that asks for what the browser's asks for, five times as often.

Given are medians of the rounds: processor time of the worker per answer; how long the worker stood ready and had no
core, per answer (/proc/PID/schedstat); what dnsperf saw.
"""

import argparse
import contextlib
import http.client
import itertools
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from dnsguard.hub.signin.token import Token
from tests import lab, names
from tests.ask import packet
from tests.bench.dnsperf import question_file
from tests.bench.streams import slow
from tests.bench.workloads import FRESH_PER_SECOND
from tests.process import scheduled

CONSOLES = 3
ALERTS = 30  # a second
POLLS = {"/status": 1.0, "/hour": 2.0, "/hour.svg?of=queries": 2.0, "/hour.svg?of=findings": 2.0}  # [seconds]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round told of one server."""

    spent: float  # the worker's processor time per answer [microseconds]
    waited: float  # for a core, per answer [microseconds]
    half: float  # 50 % of the answers came within [milliseconds]
    most: float  # 99 %


@contextlib.contextmanager
def running(*targets: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run all until the block ends."""
    ended = threading.Event()
    threads = [threading.Thread(target=target, args=(ended,)) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def watch(guard: lab.Dnsguard, token: str, path: str, every: float) -> Callable[[threading.Event], None]:
    """Ask for one thing again and again; 0: read the stream."""

    def run(ended: threading.Event) -> None:
        while not ended.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", guard.web, timeout=1)
            # a hub that gives way may answer late: whoever looks then asks again
            with contextlib.suppress(TimeoutError):
                connection.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                assert answer.status == 200, answer.read()
                while not ended.is_set() and answer.read1(65536):
                    pass
            connection.close()
            ended.wait(every)

    return run


def misbehave(guard: lab.Dnsguard, listed: list[str]) -> Callable[[threading.Event], None]:
    """Ask for listed names, each time from another client."""

    def run(ended: threading.Event) -> None:
        for number in itertools.count():
            if ended.wait(1 / ALERTS):
                return
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((f"127.1.{number // 250 % 250}.{number % 250 + 1}", 0))
                sock.sendto(packet(number % 65536, random.choice(listed)), ("127.0.0.1", guard.port))

    return run


def one_round(guard: lab.Dnsguard, file: Path, seconds: float, rate: int) -> Round:
    (worker,) = guard.workers
    before = scheduled(worker)
    took = slow(guard, file, seconds, rate)
    after = scheduled(worker)
    cuts = statistics.quantiles(took, n=100)
    spent, waited = ((b - a) * 1e6 / len(took) for a, b in zip(before, after, strict=True))
    return Round(spent, waited, cuts[49], cuts[98])


def measure(options: argparse.Namespace, place: lab.Lab) -> None:
    upstream = place.nsd(cpu=1)
    listed = [f"bad{number}.example" for number in range(1000)]
    lists = {"lists": [lab.listing(place, *listed)], "starter_lists": True, "mode": "alert"}
    dead = [
        {"url": f"http://127.0.0.1:{lab.free_port()}/", "name": f"dead {number}", "allow_private": True}
        for number in range(3)
    ]
    watched = {"query_log": {"mode": "full"}, "webhooks": dead}
    guards = {
        kind: place.dnsguard(upstream, cpu=0, name=kind.replace(" ", "-"), **lists, **more)
        for kind, more in (("alone", {}), ("alone again", {}), ("watched", watched))
    }
    seen = guards["watched"]
    token = Token(Path(seen.config["state_dir"])).read()
    watchers = [watch(seen, token, path, every) for path, every in POLLS.items()] + [watch(seen, token, "/events", 0)]
    hot, fresh = question_file(place.dir / "hot", names.hosts(3), 1000), names.hosts(4)
    rounds: dict[tuple[str, str], list[Round]] = {}
    for number in range(options.rounds):
        turn = number % len(guards)
        for kind, guard in [*guards.items()][turn:] + [*guards.items()][:turn]:
            count = min(FRESH_PER_SECOND, options.rate * 2) * int(options.seconds)
            asked = question_file(place.dir / "fresh", fresh, count)
            with running(*([*watchers * CONSOLES, misbehave(seen, listed)] if guard is seen else [])):
                time.sleep(0.5)
                for what, file in (("cached", hot), ("unique", asked)):
                    rounds.setdefault((what, kind), []).append(one_round(guard, file, options.seconds, options.rate))
    print(f"| at {options.rate}/s | worker, CPU µs/answer | waited for a core, µs/answer | 50 % within | 99 % within |")
    print("|---|---|---|---|---|")
    for (what, kind), found in rounds.items():
        spent, waited, half, most = (statistics.median(column) for column in zip(*map(astuple, found), strict=True))
        print(f"| {what}, {kind} | {spent:.1f} | {waited:.1f} | {half:.2f} ms | {most:.2f} ms |")
    console = seen.report["console"]
    print(f"alerts {seen.metric('dnsguard_findings_saved_total'):,.0f}, events dropped {console['dropped']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3, help="of load per server and round")
    parser.add_argument("--rate", type=int, default=5000, help="queries per second at which answers are timed")
    options = parser.parse_args()
    lab.need("nsd", "dnsperf", "taskset")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("needs two cores: one for the server, one for upstream, load and watchers")
    os.sched_setaffinity(0, {1})  # the watchers are threads of this process
    with lab.Lab() as place:
        measure(options, place)


if __name__ == "__main__":
    main()
