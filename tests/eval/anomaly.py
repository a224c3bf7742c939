"""How well protocol_anomaly does: what of broken messages it tells of, and what of honest ones.

    python -m tests.eval.anomaly --data DIR [--show 20]

DIR has real and mutated messages (`dns_wire_corpus.tsv.gz`, `dns_wire_derived_mutations.tsv.gz`) and captures of benign
networks (`captures/`). Each message of the first two goes through a pipeline of its own: as a query where its QR bit is
clear, else as what came back for the question it repeats, taken or turned away as an upstream's socket does. "told"
alerted at first sight, "odd" fails checks that only tell when they are rare and come again. The captures go through one
pipeline each, as `replay` does it, at recorded times; each alert is printed, to be looked at, and how often each check
failed, which is what anomaly/checks.py starts from.
"""

import argparse
import contextlib
import gzip
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.anomaly.answer_scan import answer_hits
from dnsguard.anomaly.query_scan import query_hits
from dnsguard.config import parse
from dnsguard.detect.registry import CONFIGS
from dnsguard.errors import WireError
from dnsguard.intel.snapshot import EMPTY
from dnsguard.pipeline import Pipeline
from dnsguard.replay.recorded import Recorded
from dnsguard.replay.run import Replay
from dnsguard.replay.transaction import Row, messages
from dnsguard.rules import Rules
from dnsguard.state.counters import Counters
from dnsguard.upstream.exchange import answers, bare_error, question
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import type_number

SLUG: Final = "protocol_anomaly"
CLIENT: Final = b"\xc0\xa8\0\7"
SERVER: Final = b"\xc0\xa8\0\1"
OTHERS: Final = "".join(f'[detect.{slug}]\nmode = "off"\n' for slug in CONFIGS if slug != SLUG)
HEADER: Final = b"\0\1\1\0\0\1\0\0\0\0\0\0"
PLAIN: Final = b"\x03www\x07example\x03com\0\0\1\0\1"
HONEST: Final = ("OISF/", "zeek/", "the-tcpdump-group/", "ntop/", "dmachard/")
"""Sources of the corpus that recorded software at work; the others made their messages up."""


class Source:
    """Nobody waits for an answer."""

    stream = False

    def send(self, packets: list[bytes], peers: list[object]) -> None:
        pass


def crashed(slug: str, error: Exception) -> None:
    raise AssertionError(slug) from error


def rules() -> Rules:
    """This detector alone, in mode "alert"."""
    return assemble.rules(parse(f'{OTHERS}[listen]\nallow_from = ["any"]\n', Path("/")), EMPTY, 1, crashed)


def table(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def judged(message: bytes) -> tuple[str, str]:
    """What comes of one message at first sight: "told", "odd" or "silent"; and what it fails, by the worst."""
    teller = Teller()
    pipeline = Pipeline(rules(), Counters(), teller)
    answer = len(message) > 2 and bool(message[2] & 0x80)
    if answer:
        # what no client could have asked does not count as told of when it is asked
        asked = PLAIN
        with contextlib.suppress(WireError):
            asked = Query(HEADER + question(message), CLIENT, 1.0).question
        pipeline.on_queries(Source(), [HEADER + asked], [None], [CLIENT], 1.0)
        if not pipeline.forwards:
            # what is answered here, or refused: any other pending question will do
            pipeline.on_queries(Source(), [HEADER + PLAIN], [None], [CLIENT], 1.0)
            pipeline.forwards[-1].question = pipeline.forwards[-1].query.question = asked
        teller.drain()
        if answers(message, asked) or bare_error(message):
            pipeline.on_answer(pipeline.forwards[-1], message, 1.1)
        else:
            pipeline.on_rejected(pipeline.forwards[-1], message)
        hits = answer_hits(message, asked)
    else:
        pipeline.on_queries(Source(), [message], [None], [CLIENT], 1.0)
        hits = query_hits(message, stream=False)
    told = teller.drain()
    if told:
        return "told", told[0].reason
    return ("odd", hits[0].check) if hits else ("silent", "")


def mutations(data: Path, console: Console) -> None:
    """Print the share of broken messages that are told of at once."""
    found: dict[str, Counter[str]] = {}
    for kind, packet in table(data / "dns_wire_derived_mutations.tsv.gz"):
        found.setdefault(kind, Counter())[judged(bytes.fromhex(packet))[0]] += 1
    shown = Table("mutation", "messages", "told", "odd", "silent", "recall", title="Mutated messages")
    total: Counter[str] = Counter()
    for kind, counts in sorted(found.items()):
        total += counts
        _row(shown, kind, counts)
    _row(shown, "all", total)
    console.print(shown)


def _row(shown: Table, kind: str, counts: Counter[str]) -> None:
    numbers = [f"{counts[each]}" for each in ("told", "odd", "silent")]
    shown.add_row(kind, f"{counts.total()}", *numbers, f"{counts['told'] / counts.total():.1%}")


def corpus(data: Path, console: Console, show: int) -> None:
    """Print what is told of real messages, by what another parser says of them."""
    found: dict[str, Counter[str]] = {}
    examples: Counter[tuple[str, str]] = Counter()
    for verdict, flags, source, path, packet in table(data / "dns_wire_corpus.tsv.gz"):
        result, why = judged(bytes.fromhex(packet))
        kind = "recorded" if source.startswith(HONEST) else "made up"
        readable = "readable" if verdict.startswith("ok") else "unreadable"
        found.setdefault(f"{kind}, {readable}", Counter())[result] += 1
        if kind == "recorded" and readable == "readable" and result == "told":
            examples[f"{source} {path}", f"{why} ({flags or 'no flag'})"] += 1
    shown = Table("messages, as dnspython reads them", "messages", "told", "odd", "silent", "share", title="Corpus")
    for kind, counts in sorted(found.items()):
        _row(shown, kind, counts)
    console.print(shown, "Recorded and readable, and told of all the same:")
    for (where, why), count in examples.most_common(show):
        console.print(f"{count:5}  {where}: {why}", markup=False)


def recorded(data: Path, name: str) -> Iterator[Recorded]:
    """A capture: its first messages as they were, the others made again from their rows."""
    wire = data / "captures" / f"{name}.wire.tsv.gz"
    known = [bytes.fromhex(row[3]) for row in table(wire)] if wire.exists() else []
    rows = list(table(data / "captures" / f"{name}.tsv.gz"))
    asked = {(row[1], row[5], row[8]) for row in rows if row[4] == "Q"}
    flat = len({row[0] for row in rows}) <= 2
    for number, row in enumerate(rows):
        time = number * 0.02 if flat else float(row[0])
        try:
            query, response = messages(_row_of(row, time))
        except (ValueError, UnicodeError):
            continue
        client, server = (_address(host) for host in row[1:3])
        stream, port = row[3] == "tcp", 1024 + int(row[5] or 0) % 60000
        answered = row[4] == "R"
        if answered and (row[1], row[5], row[8]) not in asked:
            yield Recorded(time, client, server, response=False, stream=stream, payload=query, port=port)
        payload = known[number] if number < len(known) else response if answered else query
        if payload is not None:
            yield Recorded(time, client, server, response=answered, stream=stream, payload=payload, port=port)


def _row_of(row: list[str], time: float) -> Row:
    """A row of a capture, as Zeek would have written it."""
    flags, rcode, qname, qtype, qclass = row[6:11]
    answers = [re.sub(r"^[A-Z0-9]+:", "", text) for text in row[14].split("|")] if len(row) > 14 and row[14] else []
    return Row(
        ts=time,
        client="192.0.2.1",
        client_port=1,
        server="192.0.2.2",
        server_port=53,
        trans_id=int(row[5] or 0),
        query=re.sub(r"\\(\d{3})", lambda match: f"\\x{int(match[1]):02x}", qname),
        qtype=_number(qtype),
        qclass=int(qclass or 1),
        rcode=int(rcode) if row[4] == "R" and rcode else None,
        RD="R" in flags,
        RA="V" in flags,
        AA="A" in flags,
        TC="T" in flags,
        answers=[text for text in answers if len(text) < 200],
        TTLs=[float(row[13])] * len(answers) if row[13].isdigit() else [],
    )


def _number(qtype: str) -> int:
    return 255 if qtype == "*" else type_number(qtype)


def _address(host: str) -> bytes:
    return ipaddress.IPv4Address(0x0A420001 + int(re.sub(r"\D", "", host) or 0)).packed


def captures(data: Path, console: Console, show: int) -> None:
    """Print alerts on benign networks, and how often each check failed there."""
    queries = 0
    failed: Counter[str] = Counter()
    for path in sorted((data / "captures").glob("*.tsv.gz")):
        name = path.name.removesuffix(".tsv.gz")
        if name.endswith(".wire") or not name.startswith(("benign", "mixed", "dnsbl")):
            continue
        replay = Replay(rules(), timeout=5, repeat_every=3600)
        taken: list[Recorded] = sorted(recorded(data, name), key=lambda each: each.time)
        alerts = list(replay.alerts(taken))
        for each in taken:
            hits = answer_hits(each.payload, b"") if each.response else query_hits(each.payload, stream=each.stream)
            failed.update({hit.check for hit in hits})
        queries += replay.tally.queries
        console.print(f"{name}: {replay.tally.queries} queries, {replay.tally.judged} answers, {len(alerts)} alerts")
        for alert in alerts[:show]:
            detection = alert.worst
            console.print(
                f"    {detection.client} {detection.name} {detection.qtype}: {detection.reason}", markup=False
            )
    console.print(f"{queries} queries in all; checks that failed, and in what share of them:")
    for check, count in failed.most_common():
        console.print(f"{count:8}  {count / queries:.1e}  {check}", markup=False)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", type=int, default=20, metavar="N", help="examples printed of each kind")
    args = parser.parse_args()
    console = Console(width=160, highlight=False)
    mutations(args.data, console)
    corpus(args.data, console, args.show)
    captures(args.data, console, args.show)


if __name__ == "__main__":
    main()
