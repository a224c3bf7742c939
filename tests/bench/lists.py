"""Lists of millions of names: what they cost to compile, to look up in, and in memory when many processes map them.

    python -m tests.bench.lists [--names 1000000 5000000 10000000] [--networks 100000] [--processes 4]

Says whether it measures compiled files (`python -m dnsguard.building` compiles a tree in place) or the interpreter.
Look-ups are timed on fresh string objects, as queries bring them; the loop around them is measured empty, in turns with
the full one, and taken off: the least of each counts, for a machine has other things to do. Memory is that of the
snapshot's mappings, from /proc/PID/smaps, while all processes have it open and have looked 10,000 names up:
*proportional* counts a page that N processes share as a page / N, *private* is what each has alone. A swap is what a
worker does with a new snapshot: opened and verified in a thread, while the event loop's thread looks names up; its
longest look-up is told beside that of the same time without a swap.
"""

import argparse
import ipaddress
import multiprocessing
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.version import hot_files

SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
TAILS = {
    "com": 48,
    "net": 8,
    "org": 8,
    "ru": 5,
    "de": 5,
    "xyz": 4,
    "top": 4,
    "info": 4,
    "online": 3,
    "site": 3,
    "cn": 2,
}
TAILS |= {"co.uk": 2, "com.br": 2, "co.jp": 1, "com.au": 1}
"""Ends of names, and how many in a hundred have each."""
LOOKUPS = 20_000
ROUNDS = 9


def domains(count: int, seed: int) -> Iterator[str]:
    """Names that look like a blocklist's: pronounceable, some with a number or a host part; 17 characters long."""
    rng = random.Random(seed)
    ends, shares = tuple(TAILS), tuple(TAILS.values())
    for _ in range(count):
        name = "".join(rng.choices(SYLLABLES, k=3 + rng.randrange(4)))
        kind = rng.random()
        if kind < 0.2:
            name += "-" + "".join(rng.choices(SYLLABLES, k=2))
        elif kind < 0.4:
            name += str(rng.randrange(999))
        name += "." + rng.choices(ends, shares)[0]
        yield "".join(rng.choices(SYLLABLES, k=2)) + "." + name if rng.random() < 0.2 else name


def per_call(call: Callable[[Any], object], things: Sequence[Any], fresh: Callable[[Any], Any]) -> float:
    """Microseconds of one call on a fresh object of each thing, the loop around it taken off."""

    def once(function: Callable[[Any], object]) -> float:
        started = time.thread_time()
        for thing in things:
            function(fresh(thing))
        return time.thread_time() - started

    def nothing(_: Any) -> None:
        pass

    full, empty = zip(*((once(call), once(nothing)) for _ in range(ROUNDS)), strict=True)
    return (min(full) - min(empty)) / len(things) * 1e6


def per_name(call: Callable[[str], object], names: Sequence[str]) -> float:
    return per_call(call, [(name[:5], name[5:]) for name in names], "".join)


def swap(path: Path, shot: Snapshot, names: Sequence[str]) -> tuple[float, float, float]:
    """Milliseconds that a swap takes, and of the longest look-up meanwhile, and of the longest without one."""

    def longest(until: Callable[[], bool]) -> float:
        worst = 0.0
        while not until():
            for name in names[:500]:
                started = time.perf_counter()
                shot.matches(name)
                worst = max(worst, time.perf_counter() - started)
        return worst

    opened = threading.Event()

    def opening() -> None:
        Snapshot.open(path)
        opened.set()

    started = time.perf_counter()
    threading.Thread(target=opening).start()
    during = longest(opened.is_set)
    took = time.perf_counter() - started
    end = time.perf_counter() + took
    return took * 1e3, during * 1e3, longest(lambda: time.perf_counter() > end) * 1e3


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
    theirs.close()  # a child that dies ends the wait
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
        theirs.close()
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


def measured(count: int, networks: int, processes: int, row: Callable[[str, str], None]) -> None:
    """Measure one length of list."""
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        step = max(count // LOOKUPS, 1)
        with (folder / "list.txt").open("w") as file:
            file.writelines(f"{entry}\n" for entry in domains(count, 1))
            nets = [f"{rng.randrange(1 << 24, 9 << 24) >> 8 << 8}" for _ in range(networks)]
            nets = [f"{ipaddress.ip_address(int(net))}/{rng.randrange(22, 33)}" for net in nets]
            file.writelines(f"{net}\n" for net in nets)
        hits = list(islice(domains(count, 1), 0, None, step))[:LOOKUPS]
        path, seconds, megabytes = compiled(folder, 1.0)
        row(f"compile {count:,} names, {networks:,} networks", f"{seconds:.1f} s")
        row("peak memory of the process", f"{megabytes:.0f} MB")
        row("again, unchanged", f"{compiled(folder, 2.0)[1]:.2f} s")
        with (folder / "list.txt").open("a") as file:
            file.write("one.more.example\n")
        path, seconds, megabytes = compiled(folder, 3.0)
        row("again, one name more", f"{seconds:.1f} s, {megabytes:.0f} MB")
        sizes = {file.name: file.stat().st_size for file in path.iterdir()}
        tries = sum(size for name, size in sizes.items() if name.endswith(".marisa"))
        total = sum(sizes.values())
        shot = Snapshot.open(path)
        row(f"files: tries, all ({len(shot.meta.shards)} tries)", f"{tries / 1e6:.1f}, {total / 1e6:.1f} MB")
        row("bytes an entry", f"{total / shot.meta.lists[0].entries:.1f}")
        for verify in (True, False):
            started = time.perf_counter()
            Snapshot.open(path, verify=verify)
            row(f"open{', each byte verified' if verify else ''}", f"{(time.perf_counter() - started) * 1e3:.1f} ms")
        misses = [entry for entry in (f"www.{entry}" for entry in domains(LOOKUPS, 2)) if not shot.matches(entry)]
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
            shuffled = rng.sample(names, len(names))
            row(f"matches(): {what}", f"{per_name(shot.matches, shuffled):.2f} us")
        inside = [ipaddress.ip_network(net, strict=False)[0].packed for net in nets[:LOOKUPS]]
        spread = (rng.randrange(1 << 24, 9 << 24).to_bytes(4, "big") for _ in range(10 * LOOKUPS))
        outside = [packed for packed in spread if not shot.addresses(packed)][:LOOKUPS]
        for what, addresses in (("miss", outside), ("hit", inside)):
            if addresses:
                row(f"addresses(): {what}", f"{per_call(shot.addresses, addresses, bytes):.2f} us")
        took, during, without = swap(path, shot, misses)
        row("swap; longest look-up meanwhile (without)", f"{took:.0f} ms; {during:.2f} ({without:.2f}) ms")
        all_ = memory(path, hits[:10_000], processes)
        for key, text in (("Pss", "proportional"), ("Private", "private"), ("Shared", "shared, the same pages")):
            values = [has[key] / 1024 for has in all_]
            row(f"{processes} processes, each: {text}", f"{min(values):.1f} to {max(values):.1f} MB")
        resident = sum(has["Pss"] for has in all_) / 1024
        row("all of them together", f"{resident:.1f} MB, {resident * 1048576 / count:.1f} bytes a name")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--networks", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=4)
    args = parser.parse_args()
    for count in args.names:
        table = Table("what", hot_files(), box=None, pad_edge=False)
        table.columns[1].justify = "right"
        measured(count, args.networks, args.processes, table.add_row)
        Console().print(table)


if __name__ == "__main__":
    main()
