"""Malware that makes up names by the day until one answers: fifteen fail, the sixteenth is registered."""

from typing import Final

from dnsguard.behaviours.behaviour import NXDOMAIN, Behaviour, Reply, address, queries, word

SUFFIXES: Final = ("com", "net", "org", "info", "biz")
FAILING: Final = 15

NAMES: Final = tuple(
    f"{word(f'day 1, name {number}', 12 + number * 5 % 7)}.{SUFFIXES[number % len(SUFFIXES)]}"
    for number in range(FAILING + 1)
)
"""Twelve to eighteen letters drawn evenly, as of Conficker, Necurs or Ramnit."""


def _reply(name: str, _qtype: int) -> Reply | None:
    if name not in NAMES:
        return None
    return address("192.0.2.14") if name == NAMES[-1] else NXDOMAIN


BEHAVIOUR: Final = Behaviour(
    slug="domain_generation_algorithm",
    story="tries made-up names until one of them answers",
    packets=lambda: queries(NAMES),
    reply=_reply,
)
