"""What a comparison measured, its medians, and its table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

OURS = "dnsguard"
IDLE_TARGET = 150.0
"""Most that a miss may take longer than a direct query, 99 % of them, when idle. [microseconds]"""
TARGETS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("cached", ("dnsdist", "unbound"), 1.0),
    ("unique", ("dnsdist",), 1.5),
    ("unique", ("unbound",), 0.5),
    ("blocked", ("unbound-rpz",), 1.0),
    ("tcp", ("dnsdist",), 1.5),
)
"""Workload, peers of which the cheapest counts, and most CPU of ours by theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round of load on one server, as fast as it answers."""

    user: float
    """Processor time of all its processes per answered query. [microseconds]"""
    system: float
    rate: float
    """Answers a second."""
    lost: int
    busy: float
    """Share of its core that it used, 0 to 1."""

    @property
    def cost(self) -> float:
        return self.user + self.system


def median(samples: Sequence[Sample]) -> Sample:
    """The sample of median cost, its losses summed over all rounds."""
    middle = sorted(samples, key=lambda sample: sample.cost)[len(samples) // 2]
    return Sample(
        user=middle.user,
        system=middle.system,
        rate=statistics.median(one.rate for one in samples),
        lost=sum(one.lost for one in samples),
        busy=middle.busy,
    )


def quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 99th and 99.9th percentile."""
    ordered = sorted(values)
    middle, high, highest = (ordered[math.ceil(len(ordered) * part) - 1] for part in (0.5, 0.99, 0.999))
    return middle, high, highest


@dataclass(slots=True, kw_only=True)
class Figures:
    """Of a whole run, by workload and server."""

    full: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    half: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Latencies at half of each one's capacity. [milliseconds]"""
    idle: dict[str, list[float]] = field(default_factory=dict)
    """Latencies of one fresh name at a time; "direct": of the upstream itself. [milliseconds]"""
    memory: dict[str, int] = field(default_factory=dict)
    """At the end. [bytes]"""

    def ratio(self, workload: str, peers: Sequence[str]) -> float | None:
        """Processor time of ours by that of the cheapest of these; None: not measured."""
        full = self.full.get(workload, {})
        theirs = [median(full[peer]).cost for peer in peers if peer in full]
        return median(full[OURS]).cost / min(theirs) if theirs and OURS in full else None

    def added(self, server: str) -> tuple[float, float]:
        """How much later than directly an answer to a fresh name comes, 50 and 99 % of them. [microseconds]"""
        through, direct = quantiles(self.idle[server]), quantiles(self.idle["direct"])
        return (through[0] - direct[0]) * 1000, (through[1] - direct[1]) * 1000


def table(figures: Figures) -> str:
    """Markdown: a row for each workload and server."""
    rows = [
        "| | | CPU µs/query (user + system) | dnsguard ÷ it | answers/s | lost | ms at half: 50 % | 99 % | 99.9 % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for workload, servers in figures.full.items():
        for server, samples in servers.items():
            middle = median(samples)
            ratio = figures.ratio(workload, (server,))
            waits = figures.half.get(workload, {}).get(server)
            # with time left on its core, the load was the bound
            rate = f"{'' if middle.busy > 0.9 else '≥ '}{middle.rate:,.0f}"
            cells = [f"{part:.2f}" for part in quantiles(waits)] if waits else [""] * 3
            times = "" if ratio is None or server == OURS else f"{ratio:.2f}"
            cost = f"{middle.cost:.1f} ({middle.user:.1f} + {middle.system:.1f})"
            rows.append(f"| {' | '.join([workload, server, cost, times, rate, str(middle.lost), *cells])} |")
    if figures.memory:
        rows += ["", f"| | {' | '.join(figures.memory)} |", "|---" * (len(figures.memory) + 1) + "|"]
        rows.append("| memory, MiB | " + " | ".join(f"{size >> 20:,}" for size in figures.memory.values()) + " |")
    if figures.idle:
        added = [figures.added(server) if server in figures.idle else (0.0, 0.0) for server in figures.memory]
        for what, place in (("50 %", 0), ("99 %", 1)):
            rows.append(
                f"| added to an idle miss, µs, {what} | " + " | ".join(f"{one[place]:.0f}" for one in added) + " |"
            )
    return "\n".join(rows)


def verdicts(figures: Figures) -> list[str]:
    """What was to be shown, and whether it was."""
    found = []
    for workload, peers, most in TARGETS:
        if (ratio := figures.ratio(workload, peers)) is not None:
            peer = " or ".join(peers)
            found.append(f"{'good' if ratio <= most else 'SHORT'}: {workload} {ratio:.2f} times {peer}, at most {most}")
    if OURS in figures.idle:
        p99 = figures.added(OURS)[1]
        found.append(
            f"{'good' if p99 <= IDLE_TARGET else 'SHORT'}: idle miss, 99 % within {p99:.0f} µs more, at most 150"
        )
    return found
