"""What an operation answers when it can't do what is asked: a problem document (RFC 9457)."""

from http import HTTPStatus
from typing import Final

import msgspec

from dnsguard.alerts.database import OutboxError
from dnsguard.config.faults import FaultyConfigError
from dnsguard.errors import DnsguardError

MEDIA: Final = "application/problem+json"


class Fault(msgspec.Struct, kw_only=True):
    """One thing that is wrong in a configuration."""

    line: int
    """From 1; 0: it has no place in the text."""
    key: str
    """Dotted path, for example `lists[0].category`; empty if it is no key's."""
    problem: str
    """What is wrong and what would be right."""


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A problem document; its `type` is `about:blank`, so its title is the status's own."""

    status: int
    title: str
    detail: str
    """What is wrong, and what would be right."""
    faults: list[Fault] = []
    """Each of them, where a configuration is at fault."""


class ProblemError(DnsguardError):
    """Ends an operation with a status."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status: Final = status


def of(error: DnsguardError) -> Problem:
    """Say what a request met."""
    faults = []
    match error:
        case ProblemError():
            status = error.status
        case FaultyConfigError():
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            faults = [Fault(line=one.line, key=one.key, problem=one.problem) for one in error.details]
        case OutboxError():
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            # what was asked is well-formed, and does not fit how things stand
            status = HTTPStatus.CONFLICT
    return Problem(status=status, title=status.phrase, detail=str(error), faults=faults)
