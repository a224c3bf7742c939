"""One check, with a message that fails it and its nearest honest neighbour."""

from typing import NamedTuple

from dnsguard.model import Finding


class Case(NamedTuple):
    check: str
    odd: bytes
    honest: bytes
    beside: frozenset[str] = frozenset()
    """Other checks that the odd one can't help failing."""


def of(check: str, odd: bytes, honest: bytes, *beside: str) -> Case:
    return Case(check, odd, honest, frozenset(beside))


def ids(finding: Finding | None) -> list[object]:
    """Checks that a finding tells of."""
    assert finding is not None
    checks = finding.evidence["checks"]
    assert isinstance(checks, list)
    return [check["check"] for check in checks]
