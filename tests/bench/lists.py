"""A list of a million names: what it costs to compile, to look up in, and in memory when many processes map it.

    python -m tests.bench.lists [--names 1000000] [--processes 4]

Look-ups are timed on fresh string objects, as queries bring them; the loop around them is measured empty and taken off.
Memory is that of the snapshot's mappings, from /proc/PID/smaps, while all processes have it open and have looked 10,000
names up: *proportional* counts a page that N processes share as a page / N, *private* is what each has alone.
"""

import argparse
import multiprocessing
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dnsguard.detect.context import Context
from dnsguard.detect.registry import QUERY
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.wire.query import Query

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
TAILS = ("com", "net", "org", "info", "xyz", "top", "ru", "co.uk", "de", "com.br", "online", "site")
LOOKUPS = 20_000


def word(rng: random.Random) -> str:
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.randint(2, 5)))


def domains(count: int, seed: int) -> list[str]:
    """Names that look like a blocklist's: pronounceable, some with a number or a host part."""
    rng = random.Random(seed)
    names: set[str] = set()
    while len(names) < count:
        name = f"{word(rng)}{rng.choice(('', '', '-' + word(rng), str(rng.randint(1, 999))))}.{rng.choice(TAILS)}"
        names.add(f"{word(rng)}.{name}" if rng.random() < 0.2 else name)
    return sorted(names)


def per_call(call: Callable[[str], object], names: Sequence[str]) -> float:
    """Microseconds of one call, the least of seven rounds."""

    halves = [(name[:5], name[5:]) for name in names]
    join = "".join

    def once(function: Callable[[str], object]) -> float:
        started = time.thread_time()
        for pair in halves:
            function(join(pair))
        return time.thread_time() - started

    def nothing(_name: str) -> None:
        pass

    return (min(once(call) for _ in range(7)) - min(once(nothing) for _ in range(7))) / len(names) * 1e6


def mapped(path: Path) -> dict[str, int]:
    """What this process has in memory of the files below `path`. [kB]"""
    sums: Counter[str] = Counter()
    for block in Path("/proc/self/smaps").read_text().split("VmFlags")[:-1]:
        if str(path) in block:
            for key, value in re.findall(r"^(\w+): +(\d+) kB$", block, re.MULTILINE):
                sums[key.split("_")[0]] += int(value)
    return dict(sums)


def compile_in_child(folder: Path, now: float, pipe: Connection) -> None:
    config = ListConfig(name="bench", category="threat_intel", path="list.txt")
    started = time.process_time()
    result = compile_lists([config], folder, folder / "compiled", now=now)
    spent = time.process_time() - started
    # the peak, interpreter included; getrusage's would have the parent's in it
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    pipe.send((result.path, spent, int(peak[1]) / 1024 if peak else 0.0))


def compiled(folder: Path, now: float) -> tuple[Path, float, float]:
    """The snapshot; seconds of processor time, and MB, that a process of its own took for it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=compile_in_child, args=(folder, now, theirs))
    process.start()
    answer: tuple[Path, float, float] = ours.recv()
    process.join()
    return answer


def child(path: Path, names: list[str], pipe: Connection) -> None:
    shot = Snapshot.open(path)
    for name in names:
        shot.matches(name)
    pipe.send("ready")
    pipe.recv()  # all others have it mapped too
    pipe.send(mapped(path))
    pipe.recv()


def memory(path: Path, names: list[str], processes: int) -> list[dict[str, int]]:
    """What each of N processes has of the snapshot, all at once. [kB]"""
    context = multiprocessing.get_context("spawn")
    pipes = []
    children = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        process = context.Process(target=child, args=(path, names, theirs))
        process.start()
        pipes.append(ours)
        children.append(process)
    for pipe in pipes:
        pipe.recv()
    results = []
    for pipe in pipes:
        pipe.send("measure")
        results.append(pipe.recv())
    for pipe, process in zip(pipes, children, strict=True):
        pipe.send("end")
        process.join()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=4)
    args = parser.parse_args()
    rng = random.Random(7)
    listed = domains(args.names, 1)
    known = set(listed)
    table = Table("what", "measured", box=None, pad_edge=False)
    table.columns[1].justify = "right"

    def row(what: str, value: Any) -> None:
        table.add_row(what, str(value))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "list.txt").write_text("".join(f"{entry}\n" for entry in listed))
        path, seconds, megabytes = compiled(folder, 1.0)
        row(f"compile {args.names:,} names", f"{seconds:.1f} s")
        row("peak memory of the process", f"{megabytes:.0f} MB")
        row("again, unchanged", f"{compiled(folder, 2.0)[1]:.2f} s")
        (folder / "list.txt").write_text("".join(f"{entry}\n" for entry in [*listed, "one.more.example"]))
        path, seconds, _ = compiled(folder, 3.0)
        row("again, one name more", f"{seconds:.1f} s")
        sizes = {file.name: file.stat().st_size for file in path.iterdir()}
        row("names.marisa", f"{sizes['names.marisa'] / 1e6:.1f} MB")
        row("all files", f"{sum(sizes.values()) / 1e6:.1f} MB")
        for verify in (True, False):
            started = time.perf_counter()
            shot = Snapshot.open(path, verify=verify)
            row(f"open{', each byte verified' if verify else ''}", f"{(time.perf_counter() - started) * 1e3:.1f} ms")
        others = [entry for entry in domains(LOOKUPS * 2, 2) if entry not in known]
        misses = rng.sample([f"www.{entry}" for entry in others], LOOKUPS)
        misses = [entry for entry in misses if not shot.matches(entry)]
        hits = rng.sample(listed, LOOKUPS)
        below = [f"www.{entry}" for entry in hits]
        deep = [".".join([*(str(i % 10) for i in range(40)), entry]) for entry in misses]
        escaped = [rf"a\.b.{entry}" for entry in misses]
        for what, names in (
            ("miss", misses),
            ("miss, 43 labels", deep),
            ("miss, escaped dot", escaped),
            ("hit", hits),
            ("hit, below", below),
        ):
            row(f"matches(): {what}", f"{per_call(shot.matches, names):.2f} us")
        query = Query.of("a.example")
        contexts = [(detector.inspect, Context(detector.config_type(), shot)) for detector in QUERY]

        def inspect(name: str) -> None:
            query.name = name
            for function, ctx in contexts:
                function(query, ctx)

        row(f"{len(contexts)} query detector(s), clean name", f"{per_call(inspect, misses):.2f} us")
        all_ = memory(path, hits[:10_000], args.processes)
        for key, text in (("Pss", "proportional"), ("Private", "private"), ("Shared", "shared, the same pages")):
            values = [has[key] / 1024 for has in all_]
            row(f"{args.processes} processes, each: {text}", f"{min(values):.1f} to {max(values):.1f} MB")
        row("all of them together", f"{sum(has['Pss'] for has in all_) / 1024:.1f} MB")
    Console().print(table)


if __name__ == "__main__":
    main()
