"""Asks every active detector, in order, and survives those that crash."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.memory import Memory
from dnsguard.detect.registry import QUERY, RESPONSE, Detector
from dnsguard.detect.response_view import Response
from dnsguard.errors import DnsguardError
from dnsguard.intel.snapshot import Snapshot
from dnsguard.model import Finding
from dnsguard.wire.query import Query

Asked = tuple[
    Callable[[Any, Context[Any]], bool] | None, Callable[[Any, Context[Any]], Finding | None], Context[Any], str
]


class DetectorCrashError(DnsguardError):
    """A detector raised, and the configuration says `fail = "closed"`."""


class Inspector:
    """The detectors of one configuration and one snapshot; made again when either changes."""

    def __init__(
        self,
        configs: Mapping[str, DetectorConfig],
        intel: Snapshot,
        active: Callable[[str], bool],
        on_crash: Callable[[str, Exception], None],
        *,
        fail_closed: bool = False,
        memory: Memory | None = None,
    ) -> None:
        """`active` says whether a slug is on for anyone; `on_crash` counts and logs, and must not raise.

        `memory` is the process's one; None: nothing was seen yet.
        """
        remembered = memory or Memory()
        query = _ready(QUERY, configs, intel, active, remembered)
        response = _ready(RESPONSE, configs, intel, active, remembered)
        self.intel: Final = intel
        self._query: Final = _asked(query)
        self._response: Final = _asked(response)
        self._refused: Final = _asked_unread(query)
        self._rejected: Final = _asked_unread(response)
        self._on_crash: Final = on_crash
        self._fail_closed: Final = fail_closed

    def query(self, query: Query) -> list[Finding]:
        """What the query's detectors find; DetectorCrashError only with `fail = "closed"`."""
        return self._ask(self._query, query)

    def response(self, response: Response) -> list[Finding]:
        """What the response's detectors find; DetectorCrashError only with `fail = "closed"`."""
        return self._ask(self._response, response)

    def refused(self, subject: Malformed) -> list[Finding]:
        """What is found in a query that is refused before it is judged; raises as `query` does."""
        return self._ask(self._refused, subject)

    def rejected(self, subject: Malformed) -> list[Finding]:
        """What is found in an answer that is rejected, or cleaned before it is judged; raises as `response` does."""
        return self._ask(self._rejected, subject)

    def _ask(self, asked: tuple[Asked, ...], subject: Query | Response | Malformed) -> list[Finding]:
        findings: list[Finding] = []
        for cue, inspect, context, slug in asked:
            try:
                if cue is not None and not cue(subject, context):
                    continue
                finding = inspect(subject, context)
            except Exception as error:  # whatever a detector does, queries are answered
                self._on_crash(slug, error)
                if self._fail_closed:
                    raise DetectorCrashError(slug) from error
                continue
            if finding is not None:
                findings.append(finding)
        return findings


# functions of their own: compiled, one within another keeps its scope, and so the lists, for ever


def _ready(
    detectors: tuple[Detector, ...],
    configs: Mapping[str, DetectorConfig],
    intel: Snapshot,
    active: Callable[[str], bool],
    memory: Memory,
) -> list[tuple[Detector, Context[Any]]]:
    return [
        (detector, Context(configs.get(detector.slug) or detector.config_type(), intel, memory))
        for detector in detectors
        if active(detector.slug)
    ]


def _asked(ready: list[tuple[Detector, Context[Any]]]) -> tuple[Asked, ...]:
    return tuple([(detector.cue, detector.inspect, context, detector.slug) for detector, context in ready])


def _asked_unread(ready: list[tuple[Detector, Context[Any]]]) -> tuple[Asked, ...]:
    return tuple(
        [
            (None, detector.malformed, context, detector.slug)
            for detector, context in ready
            if detector.malformed is not None
        ]
    )
