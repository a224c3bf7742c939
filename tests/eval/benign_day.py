"""A day of an honest network's queries, as they reach the detectors: real host names, with caches, clients and time.

Made of the project's data folder: names by their rank, so that one in `k` queries is for the k-th; a fifth of all from
one address, as behind a NAT; names asked by A, AAAA and HTTPS together, and again only when their TTL has run out. And
the honest zones that look like tunnels: DNSBLs, antivirus look-ups, CDNs, telemetry, reverse names and hosts that they
name, a domain's own hosts and services, search lists, ACME and DKIM, typing errors.
"""

import gzip
import math
import random
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from dnsguard.errors import WireError
from dnsguard.wire.query import Query
from tests.senders import base32

DAY = 86400.0
START = 1_700_000_000.0
CLIENTS = 2000
DNSBLS = (
    "zen.spamhaus.org bl.spamcop.net b.barracudacentral.org dnsbl.sorbs.net ix.dnsbl.manitu.net psbl.surriel.com "
    "list.dnswl.org dnsbl-1.uceprotect.net"
).split()
UNLISTED = "bl.our-own-blocklist.example"
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
