"""A day of an honest network: what the detectors of what is hidden say to it; every alert is printed, to be looked at.

    python -m tests.eval.benign_day --data DIR [--queries 1000000] [--seed 1] [--workers 1]

The questions go through a pipeline of its own with data_exfiltration, data_infiltration, data_obfuscation and
protocol_anomaly, at recorded time, and benign_answers.py answers; or through several, as workers share clients, that
tell each other what they see. They are made of the project's data folder: names by
their rank, so that one in `k` queries is for the k-th; a fifth of all from one address, as behind a NAT; names asked by
A, AAAA and HTTPS together, and again only when their TTL has run out. And the honest zones that look like tunnels:
DNSBLs, antivirus look-ups, CDNs, telemetry, reverse names and hosts that they name, a domain's own hosts and services,
search lists, ACME and DKIM, servers all over the world, typing errors. And what honest software does to the protocol:
EDNS and its options, letter case at random, dynamic updates, questions in class CHAOS, ANY.
"""

import argparse
import gzip
import math
import random
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.config import parse
from dnsguard.detect.memory import Memory
from dnsguard.detect.registry import CONFIGS
from dnsguard.errors import WireError
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Detection
from dnsguard.pipeline import Pipeline
from dnsguard.state.counters import Counters
from dnsguard.state.shares import Sums
from dnsguard.state.tunnels import Tunnels
from dnsguard.wire.query import Query
from tests.eval.benign_answers import Answers
from tests.eval.benign_software import besides, packed
from tests.eval.tunnels import EVERY, exchange
from tests.senders import base32

DAY = 86400.0
START = 1_700_000_000.0
CLIENTS = 2000
DNSBLS = (
    "zen.spamhaus.org bl.spamcop.net b.barracudacentral.org dnsbl.sorbs.net ix.dnsbl.manitu.net psbl.surriel.com "
    "list.dnswl.org dnsbl-1.uceprotect.net"
).split()
UNLISTED = "bl.our-own-blocklist.example"
HIDDEN = ("data_exfiltration", "data_infiltration", "data_obfuscation", "protocol_anomaly")
TTLS = (20, 30, 60, 60, 120, 300, 300, 600, 3600, 14400)


def column(path: Path, index: int = 0) -> list[str]:
    """One column of a packed table."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t")[index] for line in file if not line.startswith("#")]


class Names:
    """The tables that names are drawn from."""

    def __init__(self, data: Path, dice: random.Random) -> None:
        with gzip.open(data / "benign_fqdn.tsv.gz", "rt", encoding="utf-8") as file:
            rows = [line.split("\t") for line in file if not line.startswith("#")]
        ranked = sorted((int(row[1]), row[0]) for row in rows if row[1])
        tail = [row[0] for row in rows if not row[1]]
        dice.shuffle(tail)
        self.hosts = [name for _, name in ranked] + tail
        self.domains = column(data / "benign_domains.tsv.gz")
        self.subscribers = column(data / "public_dns_hostnames.txt.gz")
        self.lookalikes = column(data / "benign_lookalike_tunnel_names.tsv.gz", 1)
        self._spread = math.log(len(self.hosts))

    def host(self, dice: random.Random) -> str:
        """A host name, the k-th most popular in one of k draws."""
        return self.hosts[int(math.exp(dice.random() * self._spread)) - 1]


def special(names: Names) -> list[tuple[float, Callable[[random.Random], tuple[str, str]]]]:
    """Shares of all queries, and what makes a name and a type of each kind."""

    def address(dice: random.Random) -> str:
        first = dice.choice([octet for octet in range(1, 224) if octet not in {10, 127}])
        return f"{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}.{first}"

    def office(dice: random.Random) -> tuple[str, str]:
        zone = "corp.mid-size-firm.example"
        guid = uuid.UUID(int=dice.choice(range(12)) * 0x9E3779B97F4A7C15F39CC0605CEDC835 & (1 << 128) - 1)
        return dice.choice(
            (
                (f"pc-{dice.randrange(800):04d}.{zone}", "A"),
                (f"laptop-{dice.randrange(300) * 7919 % 46656:05x}.{zone}", "A"),
                (f"_ldap._tcp.site-{dice.randrange(12)}._sites.dc._msdcs.{zone}", "SRV"),
                (f"_kerberos._tcp.dc._msdcs.{zone}", "SRV"),
                (f"_ldap._tcp.{guid}.domains._msdcs.{zone}", "SRV"),
            )
        )

    def telemetry(dice: random.Random) -> tuple[str, str]:
        token = uuid.UUID(int=dice.getrandbits(128))
        zone = dice.choice(("browser-intake-datadoghq.com", "permutive.app", "omtrdc.net", "googlesyndication.com"))
        return f"{token}.{zone}", "A"

    def cdn(dice: random.Random) -> tuple[str, str]:
        token = base32(dice.randbytes(5))
        return dice.choice(
            (
                (f"rr{dice.randrange(9)}---sn-{token}.googlevideo.com", "A"),
                (f"{dice.getrandbits(128):032x}.safeframe.googlesyndication.com", "A"),
                (f"d{token}{dice.randrange(999)}.cloudfront.net", "A"),
                (f"e{dice.randrange(99999)}.dsc{dice.choice('abdgx')}.akamaiedge.net", "A"),
            )
        )

    def owner(dice: random.Random) -> tuple[str, str]:
        domain = dice.choice(names.domains)
        return dice.choice(
            (
                (f"_acme-challenge.{domain}", "TXT"),
                (f"selector{dice.randrange(3)}._domainkey.{domain}", "TXT"),
                (f"_dmarc.{domain}", "TXT"),
                (domain, "MX"),
            )
        )

    def servers(dice: random.Random) -> tuple[str, str]:
        # an application that measures all its servers, one after the other
        number = dice.randrange(60)
        return dice.choice(
            (
                (f"{('de', 'us', 'fr', 'jp', 'br')[number % 5]}-{number}.small-vpn.example", "A"),
                (f"speedtest-{number}.measured.example", "A"),
                (f"seed{dice.randrange(3)}.some-coin.example", "A"),
                (f"{dice.randrange(4)}.pool.ntp.org", "A"),
            )
        )

    def typed(dice: random.Random) -> tuple[str, str]:
        name = names.host(dice)
        at = dice.randrange(len(name))
        return name[:at] + dice.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :], "A"

    return [
        (0.015, lambda dice: (f"{address(dice)}.{dice.choice(DNSBLS)}", "A")),
        (0.0002, lambda dice: (f"{address(dice)}.{UNLISTED}", "A")),
        (0.01, lambda dice: (f"{address(dice)}.in-addr.arpa", "PTR")),
        (0.003, lambda dice: (dice.choice(names.subscribers), "A")),
        (0.01, lambda dice: (dice.choice(names.lookalikes), "A")),
        (0.01, cdn),
        (0.01, office),
        (0.01, telemetry),
        (0.01, owner),
        (0.005, lambda dice: (f"{names.host(dice)}.corp.mid-size-firm.example", "A")),
        (0.002, servers),
        (0.002, typed),
        (0.001, lambda dice: ("".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randrange(7, 16))), "A")),
    ]


def day(data: Path, queries: int, seed: int = 1) -> Iterator[Query | None]:
    """Queries of a day in order; None for each that the cache answers."""
    dice = random.Random(seed)
    names = Names(data, dice)
    kinds = special(names)
    favourites = [[dice.choice(names.hosts) for _ in range(40)] for _ in range(CLIENTS)]
    until: dict[str, float] = {}
    asked = 0
    while asked < queries:
        now = START + asked * DAY / queries
        client = 0 if dice.random() < 0.2 else dice.randrange(1, CLIENTS)
        address = f"10.0.{client >> 8}.{client & 255}"
        roll = dice.random()
        wanted: list[tuple[str, str]] = []
        for share, make in kinds:
            roll -= share
            if roll < 0:
                wanted = [make(dice)]
                break
        else:
            own = client and dice.random() < 0.3
            name = dice.choice(favourites[client]) if own else names.host(dice)
            wanted = [(name, "A"), (name, "AAAA")]
            if dice.random() < 0.4:
                wanted.append((name, "HTTPS"))
        for name, qtype in wanted:
            asked += 1
            key = f"{name} {qtype}"
            if until.get(key, 0.0) > now:
                yield None
                continue
            until[key] = now + TTLS[zlib.crc32(name.encode()) % len(TTLS)]
            try:
                query = Query.of(name, qtype, address, now)
            except (ValueError, WireError):
                yield None
                continue
            yield query


class _Nobody:
    """Waits for no answer."""

    stream = False

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        pass


def pipeline(teller: Teller, memory: Memory) -> Pipeline:
    """With the four detectors, in mode "alert"."""

    def crashed(slug: str, error: Exception) -> None:
        raise AssertionError(slug) from error

    others = "".join(f'[detect.{slug}]\nmode = "off"\n' for slug in CONFIGS if slug not in HIDDEN)
    rules = assemble.rules(parse(f'{others}[listen]\nallow_from = ["any"]\n', Path("/")), EMPTY, 1, crashed, memory)
    return Pipeline(rules, Counters(), teller)


def played(data: Path, queries: int, seed: int, workers: int = 1) -> Iterator[Detection]:
    """Play the day; gives what is told, folded as an hour's repeats are."""
    dice = random.Random(seed + 1)
    names = Names(data, random.Random(seed))
    upstream = Answers(data, names.hosts)
    teller = Teller()
    nobody, sums = _Nobody(), Sums()
    memories = [Memory() for _ in range(workers)]
    for memory in memories:
        memory.of(Tunnels).use(memories[0].of(Tunnels).key)
    ways = [pipeline(teller, memory) for memory in memories]
    told = 0.0
    for number, asked in enumerate(day(data, queries, seed)):
        if number % 4096 == 0:
            now = START + number * DAY / queries
            for way in ways:
                way.on_tick(now)
            yield from teller.flush(now)
        if number % 500 == 0:
            client = b"\x0a\0\2" + bytes([number // 500 % 40])
            way = ways[sum(client) % workers]
            way.on_queries(nobody, [besides(dice)], [None], [client], START + number * DAY / queries)
            way.forwards.clear()
        if asked is None:
            continue
        now = asked.time
        if workers > 1 and now - told >= EVERY:
            told = now
            exchange(sums, memories, now)
        way = ways[sum(asked.client) % workers]
        way.on_queries(nobody, [packed(asked, dice)], [None], [asked.client], now)
        forwards, way.forwards = way.forwards, []
        for pending in forwards:
            if not way.on_answer(pending, upstream.answer(pending.query), now + 0.02):
                raise AssertionError(f"not taken: {pending.query.name}")
        way.replies.clear()
    yield from teller.drain()


def main() -> None:
    """Print what is told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    begun = time.process_time()
    told: dict[tuple[str, str], set[str]] = {}
    examples: dict[tuple[str, str], Detection] = {}
    for each in played(args.data, args.queries, args.seed, args.workers):
        # one alert a client, zone and kind
        told.setdefault((each.slug, each.zone), set()).add(each.client)
        examples.setdefault((each.slug, each.zone), each)
    for (slug, zone), clients in told.items():
        each = examples[slug, zone]
        print(f"  {slug} {zone}, {len(clients)} clients: {each.reason} ({each.name} {each.qtype}) {each.evidence}")
    kinds = Counter({slug: sum(len(clients) for (kind, _), clients in told.items() if kind == slug) for slug in HIDDEN})
    print(
        f"{args.queries} queries, {kinds.total() / args.queries * 1e6:.2f} alerts a million: "
        f"{', '.join(f'{slug} {kinds[slug]}' for slug in HIDDEN)}; {time.process_time() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
