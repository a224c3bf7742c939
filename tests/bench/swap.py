"""How late answers are while lists are compiled and while workers take the new ones, under half of what they can do.

    python -m tests.bench.swap [--names 1000000] [--rounds 5] [--share 0.5]

A server, installed as users do, with a million listed names on core 0, compiler included, as on a machine that has no
core to spare; NSD and dnsperf on core 1. Every other question is for one of 1,000 names, every other for a name
nobody asked for before. In each round, while dnsperf asks at a steady rate, the list gets one name more: it is
compiled, and handed to the worker. dnsperf's latencies are cut into three: *compiling*, from the change until the
snapshot is there; *swap*, from there until half a second after the new name is blocked; *calm*, all before and after,
in windows as long as that round's swap. For each quantile the swap's is told beside the calm windows' median and
range.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from tests import ask, lab, names
from tests.bench.dnsperf import run
from tests.bench.lists import domains
from tests.bench.wheel import installed

WARM = 1.0
"""Left out at the start of each round. [seconds]"""
AFTER = 0.5
"""What still counts as swap after the new name is blocked: kept answers are judged again. [seconds]"""
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "longest": 1.0}
LATENCY = re.compile(rb"^> (\S+) \S+ \S+ ?([\d.]*)", re.MULTILINE)


@dataclass
class Round:
    """Latencies of each part. [milliseconds]"""

    calm: list[list[float]] = field(default_factory=list)
    """A window as long as the swap's each."""
    compiling: list[list[float]] = field(default_factory=list)
    swap: list[float] = field(default_factory=list)
    took: float = 0.0
    """From the snapshot's appearance until the worker had it. [seconds]"""
    lost: int = 0


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def windows(values: Sequence[float], size: int) -> list[list[float]]:
    return [list(values[at : at + size]) for at in range(0, len(values) - size + 1, size)]


def questions(path: Path, fresh: Iterator[str], count: int) -> Path:
    """Every other one of a thousand, every other one new."""
    hot = list(islice(names.hosts(3), 1000))
    with path.open("w") as file:
        for i, name in enumerate(islice(fresh, count // 2)):
            file.write(f"{hot[i % 1000]} A\n{name} A\n")
    return path


class Case:
    """One server and its list."""

    def __init__(self, place: lab.Lab, count: int, calm: float) -> None:
        self.place = place
        self.calm = calm
        self.path = place.dir / "listed.txt"
        with self.path.open("w") as file:
            file.writelines(f"{name}\n" for name in domains(count, 1))
        upstream = place.nsd(cpu=1)
        started = time.monotonic()
        entry = {"name": "bench", "category": "threat_intel", "path": str(self.path)}
        self.guard = place.dnsguard(upstream, cpu=0, program=installed(), starter_lists=True, lists=[entry])
        self.compile_time = time.monotonic() - started
        self.folder = place.dir / "dnsguard-state" / "lists"
        self.fresh = names.hosts(4)

    def capacity(self) -> float:
        """Answers a second."""
        file = questions(self.place.dir / "fresh", self.fresh, 400_000)
        run(self.guard.port, file, 1)
        file = questions(self.place.dir / "fresh", self.fresh, 400_000)
        return run(self.guard.port, file, 4).rate

    def generations(self) -> set[str]:
        return {entry.name for entry in self.folder.iterdir() if entry.name.isdigit()}

    def blocked(self, name: str) -> bool:
        return ask.rcode(self.guard.ask(name)) == "NXDOMAIN"

    def round(self, number: int, rate: int) -> Round:
        seconds = 2 * self.calm + 10 * self.compile_time + 10  # the compiler gives way to the load; it is ended sooner
        file = questions(self.place.dir / "fresh", self.fresh, int(rate * seconds))
        out = self.place.dir / "latencies"
        command = ["taskset", "-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", str(self.guard.port), "-d", str(file)]
        command += ["-v", "-Q", str(rate), "-c", "8", "-q", "2000", "-l", str(seconds)]
        with out.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, env={"PATH": lab.PATH})
        marks = []

        def mark() -> None:
            marks.append(out.stat().st_size)

        time.sleep(WARM)
        mark()
        time.sleep(self.calm)
        known, name = self.generations(), f"one-more-{number}.example.org"
        with self.path.open("a") as list_file:
            list_file.write(f"{name}\n")
        mark()
        while self.generations() <= known:
            time.sleep(0.01)
        mark()
        compiled = time.monotonic()
        while not self.blocked(name):
            time.sleep(0.01)
        took = time.monotonic() - compiled
        time.sleep(AFTER)
        mark()
        time.sleep(self.calm)
        mark()
        process.send_signal(signal.SIGINT)
        process.wait(30)
        content = out.read_bytes()
        calm, compiling, swap, rest = (
            [float(found[2]) * 1000 if found[2] else float("inf") for found in LATENCY.finditer(content, begin, end)]
            for begin, end in pairwise(marks)
        )
        if not swap:
            raise SystemExit("the load ended before the list was compiled: the machine has too much else to do")
        lost = sum(value == float("inf") for part in (calm, compiling, swap, rest) for value in part)
        return Round(
            calm=windows(calm, len(swap)) + windows(rest, len(swap)),
            compiling=windows(compiling, len(swap)),
            swap=swap,
            took=took,
            lost=lost,
        )


def report(rounds: Sequence[Round]) -> None:
    print("| ms | calm: median (least to most) | compiling | swap, each round | swap ÷ calm, median |")
    print("|---|---|---|---|---|")
    for name, share in QUANTILES.items():
        calm = [quantile(window, share) for one in rounds for window in one.calm]
        compiling = [quantile(window, share) for one in rounds for window in one.compiling]
        swaps = [quantile(one.swap, share) for one in rounds]
        ratio = statistics.median(
            quantile(one.swap, share) / statistics.median(quantile(window, share) for window in one.calm)
            for one in rounds
        )
        print(
            f"| {name} | {statistics.median(calm):.2f} ({min(calm):.2f} to {max(calm):.2f}) "
            f"| {statistics.median(compiling):.2f} ({min(compiling):.2f} to {max(compiling):.2f}) "
            f"| {', '.join(f'{value:.2f}' for value in swaps)} | {ratio:.2f} |"
        )
    print(f"\nlost: {sum(one.lost for one in rounds)}; answers in a window: "
          f"{', '.join(f'{len(one.swap):,}' for one in rounds)}; snapshot there until held: "
          f"{', '.join(f'{one.took:.2f}' for one in rounds)} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.5, help="of the measured capacity that is asked for")
    parser.add_argument("--calm", type=float, default=5, help="before and after, in each round [seconds]")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("needs two cores: one for the server, one for upstream and load")
    lab.need("nsd", "dnsperf", "taskset")
    with lab.Lab() as place:
        case = Case(place, options.names, options.calm)
        capacity = case.capacity()
        rate = int(capacity * options.share)
        print(f"{options.names:,} names; {capacity:,.0f} answers a second, asked for {rate:,}\n")
        report([case.round(number, rate) for number in range(options.rounds)])


if __name__ == "__main__":
    main()
