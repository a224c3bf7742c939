"""Processor time per answered query: dnsguard beside dnsdist and Unbound, in one run.

    python -m tests.bench.cost [--rounds 5] [--seconds 4] [--list-size 0] [--dnsguard-only]

NSD is the upstream, dnsperf the load. The server under test has core 0 for itself, upstream and load have core 1;
the servers take turns in every round, so that a slow minute of the machine meets all of them. Counted is the user and
system time of all processes of a server (for dnsguard: hub and worker), in microseconds per answered query: the median
of the rounds. *Cached* asks for 1,000 names over and over; *unique* asks for every name once.
"""

import argparse
import itertools
import os
import re
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import lab, names
from tests.process import resident, ticks, tree

FRESH_PER_SECOND = 80_000  # names written for each second of load: dnsperf starts again at the end of its file
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measurement of one server."""

    user: float  # microseconds per answered query
    system: float
    rate: float  # answers per second
    lost: int

    @property
    def cost(self) -> float:
        return self.user + self.system


def load(port: int, pid: int, file: Path, seconds: float, rate: int = 0) -> Sample:
    """Put dnsperf's load on a port and read what the process tree of `pid` spent on it."""
    command = ["taskset", "-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(file), "-l", str(seconds)]
    command += ["-c", "8", "-q", "200", "-t", "2", *(["-Q", str(rate)] if rate else [])]
    before = ticks(pid)
    report = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": lab.PATH}).stdout
    after = ticks(pid)

    def figure(pattern: str) -> float:
        found = re.search(pattern, report)
        if not found:
            raise SystemExit(f"dnsperf said no {pattern!r}:\n{report}")
        return float(found[1])

    answered = figure(r"Queries completed:\s+(\d+)")
    return Sample(
        user=(after.user - before.user) * TICK_US / answered,
        system=(after.system - before.system) * TICK_US / answered,
        rate=figure(r"Queries per second:\s+([\d.]+)"),
        lost=int(figure(r"Queries lost:\s+(\d+)")),
    )


def median(samples: list[Sample]) -> Sample:
    """The sample of median cost, its losses summed over all rounds."""
    middle = sorted(samples, key=lambda sample: sample.cost)[len(samples) // 2]
    return Sample(user=middle.user, system=middle.system, rate=middle.rate, lost=sum(one.lost for one in samples))


def question_file(path: Path, source: Iterator[str], count: int) -> Path:
    path.write_text("".join(f"{name} A\n" for name in itertools.islice(source, count)))
    return path


def measure(options: argparse.Namespace, place: lab.Lab) -> None:
    upstream = place.nsd(cpu=1)
    lists = [lab.listing(place, *itertools.islice(names.zones(2), options.list_size))] if options.list_size else []
    guard = place.dnsguard(upstream, cpu=0, starter_lists=True, lists=lists)
    servers = {"dnsguard": (guard.port, guard.process.pid)}
    if not options.dnsguard_only:
        for name, port in (("dnsdist", place.dnsdist(upstream, cpu=0)), ("unbound", place.unbound(upstream, cpu=0))):
            servers[name] = (port, place.processes[name].pid)

    hot = question_file(place.dir / "hot", names.hosts(3), 1000)
    cached: dict[str, list[Sample]] = {name: [] for name in servers}
    unique: dict[str, list[Sample]] = {name: [] for name in servers}
    fresh = names.hosts(4)
    for port, pid in servers.values():
        load(port, pid, hot, 1)
    for _ in range(options.rounds):
        for name, (port, pid) in servers.items():
            cached[name].append(load(port, pid, hot, options.seconds))
    for _ in range(options.rounds):
        for name, (port, pid) in servers.items():
            asked = question_file(place.dir / "fresh", fresh, int(options.seconds * FRESH_PER_SECOND))
            unique[name].append(load(port, pid, asked, options.seconds))
            if unique[name][-1].rate > FRESH_PER_SECOND:
                raise SystemExit("names were asked twice: raise FRESH_PER_SECOND")
    # below saturation nothing may be lost
    asked = question_file(place.dir / "fresh", fresh, 40_000)
    calm = {name: load(port, pid, asked, 4, options.calm_rate) for name, (port, pid) in servers.items()}
    report(cached, unique, calm, options.calm_rate)
    print(f"\ndnsguard's memory: {sum(resident(pid) for pid in tree(guard.process.pid)) >> 20} MiB (hub and worker)")


def report(
    cached: dict[str, list[Sample]], unique: dict[str, list[Sample]], calm: dict[str, Sample], calm_rate: int
) -> None:
    print("| CPU µs per query (user + system) | cached | unique names | answers/s cached | answers/s unique "
          f"| lost at {calm_rate}/s |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    for name, rounds in cached.items():
        hot, miss = median(rounds), median(unique[name])
        print(
            f"| {name} | {hot.cost:.1f} ({hot.user:.1f} + {hot.system:.1f}) "
            f"| {miss.cost:.1f} ({miss.user:.1f} + {miss.system:.1f}) "
            f"| {hot.rate:,.0f} | {miss.rate:,.0f} | {calm[name].lost} |"
        )
    for peer in [name for name in cached if name != "dnsguard"]:
        ratios = [
            statistics.median(one.cost for one in kind["dnsguard"]) / statistics.median(one.cost for one in kind[peer])
            for kind in (cached, unique)
        ]
        print(f"| dnsguard ÷ {peer} | {ratios[0]:.2f} | {ratios[1]:.2f} | | | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of load per server and round")
    parser.add_argument("--list-size", type=int, default=0, help="domains on a threat_intel list")
    parser.add_argument("--calm-rate", type=int, default=5000, help="queries per second at which nothing may be lost")
    parser.add_argument("--dnsguard-only", action="store_true")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("needs two cores: one for the server, one for upstream and load")
    lab.need("nsd", "dnsperf", "taskset", *([] if options.dnsguard_only else ["dnsdist", "unbound"]))
    with lab.Lab() as place:
        measure(options, place)


if __name__ == "__main__":
    main()
