"""What counting tunnels costs a miss, and whether it stays so up to a million zones and clients.

    python -m tests.bench.tunnels

Interpreted or compiled, as the tree is; `python -m dnsguard.building` compiles it. CPU time of this process.
"""

import gc
import itertools
import random
import time
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from dnsguard.detect import tunnel, tunnel_answer
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query.data_exfiltration import Config
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from dnsguard.worker import GC_THRESHOLDS
from tests import names, senders

START = senders.START


def spent(queries: list[Query], ctx: Context[Config]) -> float:
    """Microseconds of each query in both detectors' cues."""
    near, encoded = tunnel.Near(ctx), tunnel.Encoded(ctx)
    begun = time.process_time()
    for query in queries:
        near.wakes(query)
        encoded.wakes(query)
    return (time.process_time() - begun) / len(queries) * 1e6


def answered(queries: list[Query], ctx: Context[Config]) -> float:
    """Microseconds of each answer of two addresses."""
    records = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\1\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\2"
    responses = [
        Response(query, Answer(query.packet[:2] + b"\x81\x80\0\1\0\2\0\0\0\0" + query.packet[12 : query.end] + records))
        for query in queries
    ]
    near, encoded = tunnel_answer.NearAnswer(ctx), tunnel_answer.EncodedAnswer(ctx)
    begun = time.process_time()
    for response in responses:
        near.wakes(response)
        encoded.wakes(response)
    return (time.process_time() - begun) / len(responses) * 1e6


def made(hosts: Iterable[str], count: int, first: int = 0) -> list[Query]:
    """Queries from as many clients."""
    return [
        Query.of(host, client=f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", time=START + i / 1000)
        for i, host in enumerate(itertools.islice(hosts, count), first)
    ]


def main() -> None:
    """Print both tables."""
    gc.set_threshold(*GC_THRESHOLDS)
    # tables are read once
    spent(made(["warm-up-1.example.org"], 1), Context(Config(), EMPTY, Memory()))
    compiled = "compiled" if tunnel.__file__.endswith(".so") else "interpreted"
    table = Table("names", "query, us", "answer, us", title=f"Cost of a miss, {compiled}")
    kinds = {
        "www and the bare domain": (f"{host}{zone}" for zone in names.zones(2) for host in ("www.", "")),
        "hosts of unknown zones": names.hosts(5),
        "hosts of popular zones": (f"{host}.{zone}" for host in names.WORDS for zone in ("google.com", "apple.com")),
    }
    for label, hosts in kinds.items():
        ctx = Context(Config(), EMPTY, Memory())
        queries = made(hosts, 40_000)
        table.add_row(label, f"{spent(queries, ctx):.2f}", f"{answered(queries, ctx):.2f}")
    console = Console()
    console.print(table)

    dice = random.Random(1)
    flat = Table("zones and clients so far", "query, us", "zones kept", "made room", title="A flood of both")
    ctx = Context(Config(), EMPTY, Memory())
    tunnels = ctx.memory.of(Tunnels)
    step, seen = 50_000, 0
    for _ in range(20):
        flood = (
            f"{senders.base32(dice.randbytes(6))}.{senders.base32(dice.randbytes(8))}.example" for _ in range(step)
        )
        cost = spent(made(flood, step, seen), ctx)
        seen += step
        if seen in {step, 200_000, 500_000, 1_000_000}:
            flat.add_row(f"{seen:,}", f"{cost:.2f}", f"{len(tunnels.zones):,}", f"{tunnels.evicted:,}")
    console.print(flat)


if __name__ == "__main__":
    main()
