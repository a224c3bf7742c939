"""dnsguard beside dnsdist, Unbound and dnsmasq, in one run: processor time, capacity, latency, memory.

    python -m tests.bench.cost [--rounds 5] [--seconds 3] [--only unique] [--dnsguard-only] [--svg FILE]

dnsguard has all thirteen detectors on, a million-entry list and a webhook, in block mode, from a compiled wheel;
Unbound takes part plain and with an RPZ of the same million; the peers' configurations are in tests/peers.py. NSD is
the upstream, dnsperf the load. Servers have core 0, upstream and load core 1; they take turns in every round, on the
same questions, so that a slow minute of the machine meets all of them. Counted is the user and system time of all
processes of a server (for dnsguard: hub and worker), in microseconds per answered query: the median of the rounds.

*Capacity* is what comes back of 200 questions kept under way; "≥" says that the server had time left, and the load had
not. Latency is taken at half of that. *Added to an idle miss* is how much later than from NSD itself an answer comes
when one fresh name is asked at a time. Memory is in proportion where processes share it, after all the rounds.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import lab, peers
from tests.bench import workloads
from tests.bench.dnsperf import Report, run
from tests.bench.figures import OURS, Figures, Sample, median, table, verdicts
from tests.bench.picture import draw
from tests.bench.wheel import installed
from tests.process import resident, ticks, tree

TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")
IDLE_RATE = 500
"""One question under way at a time. [queries per second]"""
RPZ = "unbound-rpz"


def load(pid: int, asked: Callable[[], Report]) -> Sample:
    """Have a load put on a server, and read what its process tree spent on it."""
    before, started = ticks(pid), time.monotonic()
    report = asked()
    after, took = ticks(pid), time.monotonic() - started
    user, system = ((b - a) * TICK_US for a, b in zip(before, after, strict=True))
    return Sample(
        user=user / report.answered,
        system=system / report.answered,
        rate=report.rate,
        lost=report.lost,
        busy=(user + system) / 1e6 / took,
    )


def start(options: argparse.Namespace, place: lab.Lab, listed: list[str]) -> dict[str, tuple[int, int]]:
    """Start all servers; port and process of each."""
    upstream = place.nsd(cpu=1)
    guard = place.dnsguard(
        upstream,
        cpu=0,
        program=installed(),
        starter_lists=True,
        lists=[lab.listing(place, *listed)],
        webhooks=[lab.webhook(place.receiver(), allow_private=True)],
    )
    servers = {OURS: (guard.port, guard.process.pid)}
    if not options.dnsguard_only:
        policy = place.write("policy.zone", peers.policy_zone(listed))
        ports = {
            "dnsdist": place.dnsdist(upstream, cpu=0),
            "unbound": place.unbound(upstream, cpu=0),
            RPZ: place.unbound(upstream, cpu=0, name=RPZ, policy_zone=policy),
            "dnsmasq": place.dnsmasq(upstream, cpu=0),
        }
        servers |= {name: (port, place.processes[name].pid) for name, port in ports.items()}
    return servers | {"direct": (upstream, place.processes["nsd"].pid)}


def takes_part(server: str, workload: str) -> bool:
    """Whether a server can be asked that: only two of them have the list; nobody uses dnsmasq's TCP for a load."""
    if server == "direct":
        return False
    return server in {OURS, RPZ} if workload == "blocked" else (server, workload) != ("dnsmasq", "tcp")


def measure(options: argparse.Namespace, place: lab.Lab) -> Figures:
    listed = workloads.denied()
    questions = workloads.Questions(place.dir, listed)
    servers = start(options, place, listed)
    figures = Figures()
    chosen = list(workloads.every(options.only))

    def turns(workload: str) -> Iterator[tuple[str, int, int, Path]]:
        for _ in range(options.rounds):
            file = questions.file(workload, options.seconds)
            for name, (port, pid) in servers.items():
                if takes_part(name, workload):
                    yield name, port, pid, file

    for workload in chosen:
        how = {"tcp": workload == "tcp", "once": workload in workloads.ONCE}
        if workload not in workloads.ONCE:
            for name, (port, _) in servers.items():
                if takes_part(name, workload):
                    run(port, questions.file(workload, 1), 1, **how)
        full = figures.full[workload] = {}
        for name, port, pid, file in turns(workload):
            full.setdefault(name, []).append(load(pid, lambda: run(port, file, options.seconds, **how)))  # noqa: B023 - called at once
        half = figures.half[workload] = {}
        for name, port, _, file in turns(workload):
            rate = max(int(median(full[name]).rate / 2), 1)
            report = run(port, file, options.seconds / 2, rate=rate, timed=True, **how)
            half.setdefault(name, []).extend(report.latencies)
    for _ in range(options.rounds):
        for name, (port, _) in servers.items():
            asked = questions.fresh(int(options.seconds * IDLE_RATE))
            report = run(port, asked, options.seconds, rate=IDLE_RATE, clients=1, outstanding=1, once=True, timed=True)
            figures.idle.setdefault(name, []).extend(report.latencies)
    figures.memory = {
        name: sum(resident(one) for one in tree(pid)) for name, (_, pid) in servers.items() if name != "direct"
    }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of load per server, workload and round")
    parser.add_argument("--only", nargs="+", choices=workloads.WORKLOADS, default=[])
    parser.add_argument("--dnsguard-only", action="store_true")
    parser.add_argument("--svg", type=Path, help="where the picture goes")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("needs two cores: one for the server, one for upstream and load")
    lab.need("nsd", "dnsperf", "taskset", *([] if options.dnsguard_only else ["dnsdist", "unbound", "dnsmasq"]))
    os.sched_setaffinity(0, {1})  # the webhook's receiver is in this process
    with lab.Lab() as place:
        figures = measure(options, place)
    print(table(figures), "", *verdicts(figures), sep="\n")
    if options.svg:
        options.svg.write_text(draw(figures))


if __name__ == "__main__":
    main()
