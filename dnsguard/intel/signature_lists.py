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

__all__ = ["CATEGORY", "FORMAT", "compiled", "is_rules", "read"]

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
        reading.refuse(refused.line, f"sid {refused.sid}" if refused.sid else "it", _by_keyword(refused.reason))
    for protocol, count in found.foreign.items():
        for _ in range(count):
            reading.ignore(f"rules about {protocol}")
    return found.rules


def compiled(files: Sequence[tuple[str, Sequence[Rule]]]) -> tuple[bytes, list[tuple[Refused, ...]]]:
    """Make the snapshot's file of (list name, rules): its bytes, and each list's signatures that stand there twice."""
    made, reports = compile_rules([(name, parse.Reading(rules=list(rules))) for name, rules in files])
    doubles = [
        tuple(
            Refused(line=refused.line, text=f"sid {refused.sid}", reason=refused.reason) for refused in report.refused
        )
        for report in reports
    ]
    return made, doubles


def _by_keyword(reason: str) -> str:
    """Put what is counted before the colon: the keyword, where there is one, and not its value."""
    match = re.match(r"(\w[\w.-]*)(?::| is | takes )", reason)
    return f"asks what is not supported, {match[1]}: {reason}" if match else reason
