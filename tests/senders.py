"""Senders of data over DNS, and those who only look like it: queries with their times, for detectors that count."""

import base64
import random
from collections.abc import Callable, Iterator

from dnsguard.wire.query import Query
from tests.names import WORDS

Encode = Callable[[bytes], str]
Pulled = tuple[str, float, str, int]
START = 1_700_000_000.0


def hexed(data: bytes) -> str:
    return data.hex()


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def words(data: bytes) -> str:
    """A word for each octet: what no model of letters tells from a host name."""
    return "-".join(WORDS[octet] for octet in data)


ENCODINGS: dict[str, Encode] = {"hex": hexed, "base32": base32, "base64": base64url, "words": words}


def labels(text: str) -> str:
    """Cut to labels of at most sixty characters."""
    return ".".join(text[i : i + 60] for i in range(0, len(text), 60))


def send(
    rate: float,
    *,
    encode: Encode = base32,
    chunk: int = 20,
    zones: tuple[str, ...] = ("tunnel.example",),
    clients: tuple[str, ...] = ("192.0.2.7",),
    qtype: str = "A",
    seconds: float = 86400.0,
    start: float = START,
    jitter: float = 0.5,
    seed: int = 1,
) -> Iterator[tuple[Query, int]]:
    """Random data at `rate` bytes a second, `chunk` bytes in each name; gives queries, and the bytes sent with each.

    Zones and clients take turns; the time between two queries varies by `jitter` of its mean.
    """
    dice = random.Random(seed)
    now, end, number = start, start + seconds, 0
    while now < end:
        name = f"{labels(encode(dice.randbytes(chunk)))}.{zones[number % len(zones)]}"
        yield Query.of(name, qtype, clients[number % len(clients)], now), chunk
        number += 1
        now += chunk / rate * (1 + jitter * dice.uniform(-1, 1))


def pull(kind: str, rate: float, *, size: int = 0, seconds: float = 86400.0, seed: int = 1) -> Iterator[Pulled]:
    """Random data at `rate` bytes a second in answers: name asked, its time, the record of a zone file, bytes."""
    dice = random.Random(seed)
    size = size or {"TXT": 120, "CNAME": 35, "MX": 35, "SRV": 35, "AAAA": 16, "A": 4}[kind]
    now, number = START, 0
    while now < START + seconds:
        data = dice.randbytes(size)
        name = f"{base32(data)}.s.example."
        line = {
            "TXT": f'TXT "{base64.b64encode(data).decode()}"',
            "CNAME": f"CNAME {name}",
            "MX": f"MX 10 {name}",
            "SRV": f"SRV 1 1 1 {name}",
            "AAAA": "AAAA " + ":".join(data[i : i + 2].hex() for i in range(0, 16, 2)),
            "A": "A " + ".".join(map(str, data[:4])),
        }[kind]
        yield f"part-{number}.s.example", now, line, size
        number += 1
        now += size / rate
