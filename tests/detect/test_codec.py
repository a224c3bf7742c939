import base64
import random

import pytest

from dnsguard.detect.codec import Encodings, recognise
from tests import names, senders

DICE = random.Random(7)


def base5(dice: random.Random, size: int) -> str:
    """Characters of iodine's own base32."""
    return "".join(dice.choices("abcdefghijklmnopqrstuvwxyz012345", k=size))


def test_alphabets() -> None:
    for expected, encode in (
        ("hex", senders.hexed),
        ("base32", senders.base32),
        ("base64", senders.base64url),
        ("base32hex", lambda data: base64.b32hexencode(data).decode().lower().rstrip("=")),
    ):
        seen = recognise([encode(DICE.randbytes(25)).lower() for _ in range(16)])
        assert seen.codec == expected
        assert seen.chance < 1e-6
    raw = recognise(["ab\\201\\250c", "x\\199\\200", "\\230\\231y"])
    assert raw.codec == "base128 or raw octets"


def test_host_names_are_none() -> None:
    hosts = names.hosts(3)
    for _ in range(300):
        seen = recognise([next(hosts).rpartition(".")[0] for _ in range(16)])
        assert (seen.codec, seen.tool) == ("", "")
    subscribers = [f"p{DICE.randrange(10**7):07d}-ipngn{DICE.randrange(10**4):04d}souka" for _ in range(16)]
    assert recognise(subscribers).codec == ""
    addresses = [f"{DICE.randrange(10**12):012d}.city" for _ in range(16)]
    assert recognise(addresses).codec == ""


@pytest.mark.parametrize(
    ("tool", "series"),
    [
        ("dns2tcp", ["aaaaah7wqa.=auth"]),
        ("OzymanDNS or sods", ["0-60451.id-1605.down"]),
        ("DNSExfiltrator", [f"{i}.{senders.base64url(DICE.randbytes(40)).lower()}" for i in range(12)]),
        ("iodine", [f"0{base5(DICE, 9)}\\221\\199{base5(DICE, 30)}" for _ in range(12)]),
        (
            "TUNS",
            [f"diueabd{senders.base32(DICE.randbytes(30))}.{senders.base32(DICE.randbytes(37))}" for _ in range(9)],
        ),
        ("Cobalt Strike", [f"post.{DICE.randbytes(25).hex()}.{DICE.randbytes(4).hex()}" for _ in range(9)]),
    ],
)
def test_tools(tool: str, series: list[str]) -> None:
    assert recognise(series).tool == tool


def test_fields_that_stand_still_and_count() -> None:
    seen = recognise([f"a1b2{i:04x}{DICE.randbytes(12).hex()}" for i in range(300, 312)])
    assert seen.fields == ("0-5 constant", "4-7 counts up")
    seen = recognise([f"{i}.{senders.base64url(DICE.randbytes(30)).lower()}" for i in range(8, 14)])
    assert "number in front counts up" in seen.fields


def test_a_series_is_looked_at_again_when_a_quarter_more_has_come() -> None:
    encodings = Encodings()
    coded = [DICE.randbytes(20).hex() for _ in range(16)]
    assert encodings.of("a.example", "names", 16, coded).codec == "hex"
    assert encodings.of("a.example", "names", 19, []).codec == "hex"
    assert encodings.of("a.example", "answers", 19, []).codec == ""
    assert encodings.of("a.example", "names", 20, []).codec == ""
    for i in range(1000):
        encodings.of(f"z{i}.example", "names", 1, [])
    assert len(encodings._known) <= 256
