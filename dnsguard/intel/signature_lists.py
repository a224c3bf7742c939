"""Rules files among the lists: taken and doubted as lists are, compiled into a file of the snapshot beside the names.

Only a list of the category `suspicious_domain` may be one; its content says whether it is.
"""

import re
from collections.abc import Sequence
from typing import Final

from dnsguard.intel.readers.lines import Buffer
from dnsguard.intel.readers.reading import Reading, Refused
from dnsguard.signatures import parse
from dnsguard.signatures.compiled import FORMAT, compile_rules
from dnsguard.signatures.rule import Rule

__all__ = ["CATEGORY", "FORMAT", "compiled", "is_rules", "read", "refusals"]

CATEGORY: Final = "suspicious_domain"
NAME: Final = "suricata"
"""Of the format, in reports."""


def is_rules(category: str, data: Buffer) -> bool:
    """Say whether a list's bytes are signatures."""
    return category == CATEGORY and parse.looks_like_rules(data[: parse.HEAD])


def read(data: Buffer, reading: Reading) -> list[Rule]:
    """Read a rules file; what is refused stands in `reading`, by keyword, and what is about other protocols."""
    reading.format = NAME
    found = parse.parse(data[:])
    for refused in found.refused:
        reading.refuse(refused.line, _sid(refused), _by_keyword(refused.reason))
    for protocol, count in found.foreign.items():
        for _ in range(count):
            reading.ignore(f"rules about {protocol}")
    return found.rules


def refusals(data: Buffer) -> list[Refused]:
    """Say of each rule that is refused, however many there are, its line, its id and why."""
    return [_told(refused) for refused in parse.parse(data[:]).refused]


def compiled(files: Sequence[tuple[str, Sequence[Rule]]]) -> tuple[bytes, list[tuple[Refused, ...]]]:
    """Make the snapshot's file of (list name, rules): its bytes, and each list's signatures that stand there twice."""
    made, reports = compile_rules([(name, parse.Reading(rules=list(rules))) for name, rules in files])
    return made, [tuple(map(_told, report.refused)) for report in reports]


def _told(refused: parse.Refused) -> Refused:
    return Refused(line=refused.line, text=f"{_sid(refused)}:", reason=refused.reason)


def _sid(refused: parse.Refused) -> str:
    return f"sid {refused.sid}" if refused.sid else "no sid"


def _by_keyword(reason: str) -> str:
    """Put what is counted before the colon: the keyword, where there is one, and not its value."""
    match = re.match(r"(\w[\w.-]*)(?::| is | takes )", reason)
    return f"asks what is not supported, {match[1]}: {reason}" if match else reason
