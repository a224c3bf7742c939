"""How much gets through DNS tunnels before they are found; tests/eval/benign_day.py has what honest networks are told.

    python -m tests.eval.tunnels --data DIR [--only recorded,senders,pulls,workers]

DIR has recorded captures, parsed (`captures/*.tsv.gz`). `recorded` gives what each
recorded tunnel had sent, in bytes below its zone, when the first query was found, and who sent it, by name; and what
is found in recordings of ordinary networks. `senders` and `pulls` are synthetic: random bytes at a rate, by encoding,
type, jitter, clients and zones; told are payload bytes that got out before the first alert, and when it came. `workers`
is senders of 200 clients whom several workers share, and what all of them let out together before each had found them.
"""

import argparse
import gzip
import ipaddress
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dnsguard.detect import tunnel, tunnel_answer
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import data_exfiltration, data_obfuscation
from dnsguard.detect.response import data_infiltration
from dnsguard.detect.response import data_obfuscation as answers_obfuscation
from dnsguard.errors import WireError
from dnsguard.intel.cut import cut
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.state.shares import Shares, Sums
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.query import Query
from tests import judged, senders


class Watched:
    """The detectors of one worker, asked as the inspector asks them."""

    def __init__(self) -> None:
        memory = Memory()
        self.memory = memory
        self._out = Context(data_exfiltration.Config(), EMPTY, memory)
        self._in = Context(data_infiltration.Config(), EMPTY, memory)
        self._code = Context(data_obfuscation.Config(), EMPTY, memory)
        self._near = tunnel.Near(self._out)
        self._encoded = tunnel.Encoded(self._code)
        self._near_answer = tunnel_answer.NearAnswer(self._in)
        self._encoded_answer = tunnel_answer.EncodedAnswer(self._code)

    def ask(self, query: Query) -> list[Finding]:
        found = []
        if self._near.wakes(query):
            found.append(data_exfiltration.inspect(query, self._out))
        if self._encoded.wakes(query):
            found.append(data_obfuscation.inspect(query, self._code))
        return [each for each in found if each is not None]

    def answer(self, response: judged.Response) -> list[Finding]:
        found = []
        if self._near_answer.wakes(response):
            found.append(data_infiltration.inspect(response, self._in))
        if self._encoded_answer.wakes(response):
            found.append(answers_obfuscation.inspect(response, self._code))
        return [each for each in found if each is not None]


class Workers:
    """Several, each with its clients, that tell each other through a hub as a real one's do."""

    def __init__(self, count: int) -> None:
        self.all = [Watched() for _ in range(count)]
        self._sums = Sums()
        self._told = 0.0
        for each in self.all:
            each.memory.of(Tunnels).use(self.all[0].memory.of(Tunnels).key)

    def of(self, client: bytes) -> int:
        return sum(client) % len(self.all)

    def ask(self, query: Query) -> list[Finding]:
        if query.time - self._told >= EVERY:
            self._told = query.time
            exchange(self._sums, [each.memory for each in self.all], query.time)
        return self.all[self.of(query.client)].ask(query)


def exchange(sums: Sums, memories: list[Memory], now: float) -> None:
    """Let workers tell the hub what they have seen, and take what others have."""
    for index, memory in enumerate(memories):
        shares, tunnels = memory.of(Shares), memory.of(Tunnels)
        shares.take(sums.exchange(f"{index}", shares.told(tunnels, now)), len(memories), tunnels, now)


def rows(path: Path, directions: str = "Q") -> Iterator[Query]:
    """Queries of a parsed capture; one without times gets 20 ms between two. Of Zeek's logs every row is a query."""
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        clock = 0.0
        for line in file:
            row = line.rstrip("\n").split("\t")
            if line.startswith("#") or len(row) < 11 or row[4] not in directions:
                continue
            clock += 0.02
            at = float(row[0] or 0)
            host = row[1].lstrip("h")
            client = str(ipaddress.ip_address(0x0A420000 + int(host))) if host.isdigit() else "10.66.255.1"
            try:
                yield Query.of(row[8] or ".", row[9], client, senders.START + (at or clock))
            except (ValueError, WireError):
                continue


def recorded(data: Path, console: Console) -> None:
    """Print what recorded tunnels and ordinary networks show."""
    cuts = cut()
    tunnels = Table("recording", "queries", "found at", "bytes before", "after", "tool named", title="Recorded tunnels")
    honest = Table("recording", "queries", "zones found", title="Recorded networks without a tunnel")
    index = [line.split("\t") for line in (data / "captures.tsv").read_text().splitlines() if not line.startswith("#")]
    escaped, firsts = [], []
    for file, label, tool, lines, asked, *_ in index:
        watched, first, before, count, named = Watched(), None, 0, 0, set()
        begun = 0.0
        zones: Counter[str] = Counter()
        for query in rows(data / file, "QR" if lines == asked else "Q"):
            count += 1
            begun = begun or query.time
            for finding in watched.ask(query):
                zones[f"{finding.zone} ({finding.slug})"] += 1
                named.add(str(finding.evidence.get("tool", "")))
                if first is None:
                    first = count, query.time - begun
            if first is None:
                # what stands below the zone, in characters: more than its payload
                before += max(len(query.name) - len(cuts.of(query)) - 1, 0)
        name = Path(file).name.removesuffix(".tsv.gz")
        if label == "tunnel":
            named -= {"", "unknown"}
            if first is not None:
                escaped.append(before)
                firsts.append(first[0])
            at, after = (f"{first[0]}", f"{first[1]:.1f} s") if first else ("never", "")
            tunnels.add_row(f"{name} ({tool})", f"{count}", at, f"{before}", after, ", ".join(sorted(named)))
        else:
            honest.add_row(f"{name} ({tool})", f"{count}", ", ".join(zones) or "none")
    console.print(tunnels)
    if escaped:
        console.print(
            f"characters below the zone before the first alert: {statistics.median(escaped):.0f} (median), "
            f"{max(escaped)} (worst); first alert at query {statistics.median(firsts):.0f}, {max(firsts)}"
        )
    console.print(honest)


def first_out(queries: Iterable[tuple[Query, int]]) -> tuple[int, int, float] | None:
    """Queries and bytes before the first that is found, and seconds until then."""
    watched, sent = Watched(), 0
    for number, (query, size) in enumerate(queries):
        if watched.ask(query):
            return number, sent, query.time - senders.START
        sent += size
    return None


EVERY = 1.0
"""Seconds between what workers tell the hub."""
RATES = (0.02, 0.05, 0.2, 1.0, 10.0, 100.0, 1000.0)


def shown(found: tuple[int, int, float] | None) -> str:
    """Bytes out, and when it was found."""
    if found is None:
        return "not in 48 h"
    number, sent, seconds = found
    since = (
        f"{seconds:.1f} s"
        if seconds < 60
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
    return f"{sent} B, {since} (query {number + 1})"


def sending(console: Console) -> None:
    """Print what synthetic senders get out."""
    table = Table("sender", *(f"{rate} B/s" for rate in RATES), title="Bytes out before the first alert, and when")
    many = tuple(f"192.0.2.{i}" for i in range(1, 201))
    zones = tuple(f"zone{i}.example" for i in range(8))
    shapes: list[tuple[str, dict[str, Any]]] = [
        (f"{name}, {chunk} B a name", {"encode": encode, "chunk": chunk})
        for name, encode in senders.ENCODINGS.items()
        for chunk in ((2, 20) if name == "words" else (5, 30, 110))
    ]
    shapes += [(f"base32, {kind}", {"qtype": kind}) for kind in ("AAAA", "TXT", "CNAME", "MX", "NULL")]
    shapes += [
        ("base32, no two gaps alike", {"jitter": 1.0}),
        ("base32, 200 clients", {"clients": many}),
        ("base32, 8 zones", {"zones": zones}),
        ("words, 200 clients", {"clients": many, "encode": senders.words, "chunk": 4}),
    ]
    for label, shape in shapes:
        table.add_row(label, *(shown(first_out(senders.send(rate, seconds=172800.0, **shape))) for rate in RATES))
    console.print(table)


def shared(console: Console, workers: int) -> None:
    """Print what gets out through clients whom several workers share, before the first alert and until all found it."""
    clients = tuple(f"192.0.2.{i}" for i in range(1, 201))
    table = Table("sender", *(f"{rate} B/s" for rate in RATES), title=f"200 clients, {workers} workers: first, and all")
    for name, encode in senders.ENCODINGS.items():
        for chunk in (4, 20) if name == "words" else (5, 20, 110):
            cells = []
            for rate in RATES:
                watched, sent, finders, found = Workers(workers), 0, set[int](), []
                sender = senders.send(rate, encode=encode, chunk=chunk, clients=clients, seconds=172800.0)
                for number, (query, size) in enumerate(sender):
                    if not watched.ask(query):
                        sent += size
                        continue
                    found = found or [(number, sent, query.time - senders.START)]
                    finders.add(watched.of(query.client))
                    if len(finders) == workers:
                        break
                cells.append(f"{shown(found[0] if found else None)}; {sent} B")
            table.add_row(f"{name}, {chunk} B a name", *cells)
    console.print(table)


def pulling(console: Console) -> None:
    """Print what synthetic pulls get in."""
    table = Table("record", *(f"{rate} B/s" for rate in RATES), title="Bytes in before the first alert, and when")
    for kind in ("TXT", "CNAME", "MX", "SRV", "AAAA", "A"):
        cells = []
        for rate in RATES:
            watched, came, found = Watched(), 0, None
            for number, (name, at, line, size) in enumerate(senders.pull(kind, rate, seconds=172800.0)):
                subject = judged.response(name, f"{name}. 60 IN {line}", time=at)
                if watched.ask(subject.query) or watched.answer(subject):
                    found = number, came, at - senders.START
                    break
                came += size
            cells.append(shown(found))
        table.add_row(kind, *cells)
    console.print(table)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="recorded,senders,pulls,workers", help="parts, comma separated")
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args()
    console = Console(width=200, highlight=False)
    parts = args.only.split(",")
    if "recorded" in parts:
        recorded(args.data, console)
    if "senders" in parts:
        sending(console)
    if "workers" in parts:
        shared(console, args.workers)
    if "pulls" in parts:
        pulling(console)


if __name__ == "__main__":
    main()
