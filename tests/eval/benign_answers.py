"""What an honest upstream says to the questions of benign_day: answers as recorded ones are, each zone with its ways.

A zone is given, by a hash of its name, the shape of a recorded answer (how many addresses, how long to live), the
networks that recorded hosts have, IPv6 or not, aliases into content networks or where recorded ones led; so a name gets
the same answer again, but for pools that turn. TXT, MX, SRV, PTR and HTTPS are of the forms that are usual. Clumsy
zones are there too, as often as the recordings have them: TTL zero or of weeks, private and loopback addresses, aliases
with other data beside them.
"""

import base64
import gzip
import hashlib
import ipaddress
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from dnsguard.detect.tunnel_cost import has_address
from dnsguard.intel.cut import cut
from dnsguard.wire.names import encode
from dnsguard.wire.query import Query
from tests.anomaly.made import AAAA, CNAME, HTTPS, MX, PTR, QNAME, SOA, SRV, TXT, A, header, opt, record, u16
from tests.senders import base32

IPV6: Final = (
    "2606:4700:3030:: 2606:4700:3037:: 2a00:1450:4001:800:: 2600:9000:2117:: 2a02:26f0:3500:: 2a04:4e42:: "
    "2a01:4f8:c0c:: 2600:1f18:4000:: 2603:1030:7:: 2a05:d014:9:: 2001:41d0:301:: 2400:cb00:2048:: 2a03:b0c0:2:: "
    "2607:f8b0:4007:800::"
).split()
"""Where hosts with IPv6 stand: content networks, clouds, hosting."""
CONTENT: Final = ("cloudfront.net", "akamaiedge.net", "azureedge.net", "cdn.cloudflare.net", "fastly.net", "b-cdn.net")
NXDOMAIN: Final = 3
OURS: Final = "corp.mid-size-firm.example"
SPF: Final = b"v=spf1 include:_spf.google.com include:spf.protection.outlook.com ip4:198.51.100.0/24 -all"
TOKENS: Final = (
    b"google-site-verification=",
    b"MS=ms",
    b"facebook-domain-verification=",
    b"apple-domain-verification=",
)
Made = tuple[list[bytes], int]
"""Records of an answer, and its rcode."""


def share(key: int, parts: float, salt: int) -> bool:
    """Whether a hash is one of so many parts of a million, by another toss for each salt."""
    return zlib.crc32(bytes([salt]), key) & 0xFFFFF < parts * 1.048576


class Answers:
    """The upstream of an honest network."""

    def __init__(self, data: Path, known: Sequence[str]) -> None:
        """`known` are names that exist; of others most don't."""
        self._known: Final = frozenset(known)
        self._shapes: Final[list[tuple[int, int]]] = []
        self._networks: Final[list[bytes]] = []
        self._targets: Final[list[str]] = []
        for path in sorted((data / "captures").glob("benign_cf1m_resolve_*[0-9].tsv.gz")):
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                for line in file:
                    row = line.rstrip("\n").split("\t")
                    if len(row) == 15 and row[4] == "R" and row[14]:
                        self._learn(row[14].split("|"), int(row[13] or 0))
        self._cut: Final = cut()
        self._by_type: Final[dict[int, Callable[[Query, int, int], Made]]] = {
            A: self._a,
            AAAA: self._aaaa,
            HTTPS: self._https,
            TXT: self._txt,
            MX: self._mx,
            SRV: self._srv,
            PTR: self._ptr,
        }

    def _learn(self, records: list[str], ttl: int) -> None:
        addresses = [text[2:] for text in records if text.startswith("A:")]
        if addresses:
            self._shapes.append((len(addresses), ttl))
            # a zone with loopback addresses has them always
            self._networks += [
                ipaddress.IPv4Address(each).packed[:3] for each in addresses if ipaddress.IPv4Address(each).is_global
            ]
        self._targets += [text[6:] for text in records if text.startswith("CNAME:")]

    def answer(self, query: Query) -> bytes:
        """The answer to a query, its id left open."""
        name = query.name
        zone = self._cut.zone(name)
        here, home = zlib.crc32(name.encode()), zlib.crc32(zone.encode())
        make = self._by_type.get(query.qtype)
        records, rcode = ([], NXDOMAIN) if self._missing(query, here) else make(query, here, home) if make else ([], 0)
        denial = [] if records else [self._soa(zone)]
        more = [opt(ttl=0x8000 if query.do else 0)] if query.edns else []
        head = header(0x8180 | rcode, 1, len(records), len(denial), len(more))
        return head + query.question + b"".join((*records, *denial, *more))

    def _missing(self, query: Query, here: int) -> bool:
        name = query.name
        if "." not in name:
            return True
        if name.endswith(OURS):
            return not name.startswith(("pc-", "laptop-", "_ldap", "_kerberos"))
        if "dnsbl" in name or "spam" in name or "bl." in name:
            return not share(here, 150_000, 1)
        if name.endswith(".arpa"):
            return share(here, 400_000, 2)
        return name not in self._known and name.count(".") == 2 and share(here, 300_000, 3)

    def _soa(self, zone: str) -> bytes:
        data = encode(f"ns1.{zone or 'root-servers.net'}") + encode(f"hostmaster.{zone or 'example.com'}")
        return record(SOA, data + b"\x78\xa4\x10\1" + b"\0\0\x0e\x10" * 3 + b"\0\0\1\x2c", encode(zone), 900)

    def _ttl(self, home: int) -> int:
        if share(home, 25_000, 4):
            return 0
        return 2_592_000 if share(home, 20, 5) else self._shapes[home % len(self._shapes)][1]

    def _alias(self, name: str, here: int, home: int) -> tuple[list[bytes], bytes]:
        """An alias into another's zone, for one zone in twelve, and the owner of what stands behind it."""
        if not share(home, 80_000, 6):
            return [], QNAME
        if share(home, 500_000, 7):
            target = f"{name.partition('.')[0]}.{self._targets[home % len(self._targets)]}"
        else:
            token = base32(hashlib.blake2b(name.encode(), digest_size=8).digest())
            target = f"{token}.{CONTENT[home % len(CONTENT)]}"
        wire = encode(target)
        return [record(CNAME, wire, QNAME, 300)], wire

    def _a(self, query: Query, here: int, home: int) -> Made:
        name = query.name
        count, _ = self._shapes[home % len(self._shapes)]
        ttl = self._ttl(home)
        if name.endswith(OURS):
            return [record(A, b"\x0a\x14" + u16(here & 0x0FFF), QNAME, 1200)], 0
        if "dnsbl" in name or "spam" in name or "bl." in name:
            return [record(A, b"\x7f\0\0" + bytes([2 + here % 10]), QNAME, 300)], 0
        if share(home, 5000, 8):
            return [record(A, b"\x0a\0\0" + bytes([here & 255]) if here & 1 else b"\x7f\0\0\1", QNAME, ttl)], 0
        records, owner = self._alias(name, here, home)
        # one zone in twenty has a pool that turns, or its hosts all over the world; most one network, or a few
        wide = share(home, 50_000, 9) or has_address(name)
        turn = int(query.time) // 600 if wide else 0
        for number in range(min(count, 8)):
            at = home + (zlib.crc32(b"%d %d %d" % (here, turn, number)) % 40 if wide else here % (1 + home % 3)) * 7919
            network = self._networks[at % len(self._networks)]
            records.append(record(A, network + bytes([(here + number * 37) & 255]), owner, ttl))
        if share(here, 65, 10) and not owner.startswith(QNAME):
            records.append(record(TXT, b"\x05clumsy", QNAME, ttl))
        if share(here, 44, 11):
            records.append(record(A, b"\xc0\xa8\1\1", owner, ttl))
        return records, 0

    def _aaaa(self, query: Query, here: int, home: int) -> Made:
        if query.name.endswith(OURS) or not share(home, 450_000, 12):
            return [], 0
        records, owner = self._alias(query.name, here, home)
        prefix = ipaddress.IPv6Address(IPV6[home % len(IPV6)]).packed
        for number in range(1 + home % 3):
            tail = hashlib.blake2b(b"%d %d" % (here, number), digest_size=8).digest()
            style = home % 4
            if style == 0:  # numbered by hand
                data = prefix[:14] + bytes([0, 1 + tail[0] % 32])
            elif style == 1:  # its IPv4 address in it
                data = prefix[:12] + self._networks[home % len(self._networks)] + tail[:1]
            else:  # by itself, below one network or one of a few
                data = prefix[:6] + bytes([0, home & 15 if style == 2 else tail[0] & 3]) + tail
            records.append(record(AAAA, data, owner, self._ttl(home)))
        return records, 0

    def _https(self, _query: Query, here: int, home: int) -> Made:
        if not share(home, 180_000, 13):
            return [], 0
        network = self._networks[home % len(self._networks)]
        ech = hashlib.shake_128(b"%d" % (home % 50)).digest(71) if home & 1 else b""
        data = b"\0\1\0\0\1\0\6\2h3\2h2\0\4\0\4" + network + bytes([here & 255])
        if ech:
            data += b"\0\5\0\x47" + ech
        return [record(HTTPS, data, QNAME, 300)], 0

    def _txt(self, query: Query, here: int, home: int) -> Made:
        name = query.name
        dice = random.Random(here)
        if name.startswith("_acme-challenge."):
            # a new one each time
            token = hashlib.sha256(f"{name} {query.time}".encode()).digest()
            texts = [base64.urlsafe_b64encode(token).rstrip(b"=")]
        elif "._domainkey." in name:
            key = b"v=DKIM1; k=rsa; p=" + base64.b64encode(dice.randbytes(294 if home & 3 else 162))
            texts = [key]
        elif name.startswith("_dmarc."):
            texts = [b"v=DMARC1; p=reject; rua=mailto:dmarc@" + name[7:].encode() + b"; pct=100"]
        else:
            texts = [SPF] + [TOKENS[n] + base64.urlsafe_b64encode(dice.randbytes(32))[:43] for n in range(home % 5 % 4)]
        return [record(TXT, strings(text), QNAME, 3600) for text in texts], 0

    def _mx(self, query: Query, _here: int, home: int) -> Made:
        own = encode(f"mx1.{query.name}")
        shared = encode(f"{query.name.replace('.', '-')[:60]}.mail.protection.outlook.com")
        google = [(1, "aspmx.l.google.com"), (5, "alt1.aspmx.l.google.com"), (5, "alt2.aspmx.l.google.com")]
        kinds = ([(10, own)], [(0, shared)], [(number, encode(host)) for number, host in google])
        return [record(MX, u16(number) + host, QNAME, 3600) for number, host in kinds[home % 3]], 0

    def _srv(self, query: Query, here: int, _home: int) -> Made:
        port = 88 if "_kerberos" in query.name else 389
        return [
            record(SRV, u16(0) + u16(100) + u16(port) + encode(f"dc{(here + n) % 12}.{OURS}"), QNAME, 600)
            for n in range(2)
        ], 0

    def _ptr(self, query: Query, here: int, home: int) -> Made:
        number = "-".join(query.name.split(".")[3::-1])
        provider = f"isp{here % 300}.example"
        host = (
            f"{number}.dynamic.{provider}",
            f"pool-{number}.{provider}",
            f"host-{here % 65536:04x}.{provider}",
            f"mail{here % 20}.company{home % 5000}-{here % 100}.example",
        )[here >> 8 & 3]
        return [record(PTR, encode(host), QNAME, 86400)], 0


def strings(text: bytes) -> bytes:
    """A TXT record's data: strings of at most 255 octets."""
    return b"".join(bytes([len(text[i : i + 255])]) + text[i : i + 255] for i in range(0, len(text), 255))
