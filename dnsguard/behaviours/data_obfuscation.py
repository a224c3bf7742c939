"""A command channel: short messages in hexadecimal, with a counter, in both directions, as of dnscat2."""

from collections.abc import Iterator
from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, Reply, below, noise, queries, text

ZONE: Final = "ns1.remote-shell.example"
MESSAGES: Final = 40
SESSION: Final = "5f3a"
PAYLOAD: Final = 16
"""In each message, encrypted. [bytes]"""


def _names() -> Iterator[str]:
    for number in range(MESSAGES):
        # packet id, type MSG (01), session, sequence: dnscat2's doc/protocol.md
        head = f"{noise(f'packet {number}', 2).hex()}01{SESSION}{number * PAYLOAD:04x}"
        yield f"{head}{noise(f'up {number}', PAYLOAD).hex()}.{ZONE}"


def _reply(name: str, _qtype: int) -> Reply | None:
    if not below(name, ZONE):
        return None
    return text(f"{name[:4]}01{SESSION}{noise(f'down {name}', PAYLOAD).hex()}")


BEHAVIOUR: Final = Behaviour(
    slug="data_obfuscation",
    story="talks to a remote shell in hexadecimal names",
    packets=lambda: queries(_names(), "TXT"),
    reply=_reply,
)
