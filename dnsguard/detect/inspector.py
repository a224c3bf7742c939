"""Asks every active detector, in order, and survives those that crash."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.memory import Memory
from dnsguard.detect.registry import QUERY, RESPONSE, Detector
from dnsguard.detect.response_view import Response
from dnsguard.errors import DnsguardError
from dnsguard.intel.snapshot import Snapshot
from dnsguard.model import Finding
from dnsguard.state.counters import DETECTOR_JUDGED
from dnsguard.wire.query import Query

Inspect = Callable[[Any, Context[Any]], Finding | None]
Unread = tuple[Inspect, Context[Any], str]


class _QueryAsked:
    """One detector of the query stage, ready to be asked."""

    __slots__ = ("context", "cue", "inspect", "judged", "slug")

    def __init__(self, cue: QueryCue, inspect: Inspect, context: Context[Any], slug: str) -> None:
        self.cue: Final = cue
        self.inspect: Final = inspect
        self.context: Final = context
        self.slug: Final = slug
        self.judged = 0


class _ResponseAsked:
    """One of the response stage."""

    __slots__ = ("context", "cue", "inspect", "judged", "slug")

    def __init__(self, cue: ResponseCue, inspect: Inspect, context: Context[Any], slug: str) -> None:
        self.cue: Final = cue
        self.inspect: Final = inspect
        self.context: Final = context
        self.slug: Final = slug
        self.judged = 0


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
        self.configs: Final = configs
        self._query: Final = _query_asked(query)
        self._response: Final = _response_asked(response)
        self._refused: Final = _asked_unread(query)
        self._rejected: Final = _asked_unread(response)
        self._on_crash: Final = on_crash
        self._fail_closed: Final = fail_closed

    def query(self, query: Query) -> tuple[Finding, ...]:
        """What the query's detectors find; DetectorCrashError only with `fail = "closed"`."""
        findings: tuple[Finding, ...] = ()
        for each in self._query:
            try:
                if each.cue.wakes(query):
                    each.judged += 1
                    finding = each.inspect(query, each.context)
                    if finding is not None:
                        findings += (finding,)
            except Exception as error:  # noqa: BLE001 - whatever a detector does, queries are answered
                self._crashed(each.slug, error)
        return findings

    def response(self, response: Response) -> tuple[Finding, ...]:
        """What the response's detectors find; DetectorCrashError only with `fail = "closed"`."""
        findings: tuple[Finding, ...] = ()
        for each in self._response:
            try:
                if each.cue.wakes(response):
                    each.judged += 1
                    finding = each.inspect(response, each.context)
                    if finding is not None:
                        findings += (finding,)
            except Exception as error:  # noqa: BLE001 - as above
                self._crashed(each.slug, error)
        return findings

    def count_judged(self, cells: memoryview) -> None:
        """Add to the counters how many subjects each detector has looked at, those left out whose cue was silent."""
        for asked in self._query:
            if asked.judged:
                cells[DETECTOR_JUDGED[asked.slug]] += asked.judged
                asked.judged = 0
        for answered in self._response:
            if answered.judged:
                cells[DETECTOR_JUDGED[answered.slug]] += answered.judged
                answered.judged = 0

    def refused(self, subject: Malformed) -> tuple[Finding, ...]:
        """What is found in a query that is refused before it is judged; raises as `query` does."""
        return self._unread(self._refused, subject)

    def rejected(self, subject: Malformed) -> tuple[Finding, ...]:
        """What is found in an answer that is rejected, or cleaned before it is judged; raises as `response` does."""
        return self._unread(self._rejected, subject)

    def _unread(self, asked: tuple[Unread, ...], subject: Malformed) -> tuple[Finding, ...]:
        findings: tuple[Finding, ...] = ()
        for inspect, context, slug in asked:
            try:
                finding = inspect(subject, context)
                if finding is not None:
                    findings += (finding,)
            except Exception as error:  # noqa: BLE001 - as above
                self._crashed(slug, error)
        return findings

    def _crashed(self, slug: str, error: Exception) -> None:
        self._on_crash(slug, error)
        if self._fail_closed:
            raise DetectorCrashError(slug) from error


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


def _query_asked(ready: list[tuple[Detector, Context[Any]]]) -> tuple[_QueryAsked, ...]:
    asked: list[_QueryAsked] = []
    for detector, context in ready:
        cue = detector.cue(context)
        assert isinstance(cue, QueryCue), detector.slug
        asked.append(_QueryAsked(cue, detector.inspect, context, detector.slug))
    return tuple(asked)


def _response_asked(ready: list[tuple[Detector, Context[Any]]]) -> tuple[_ResponseAsked, ...]:
    asked: list[_ResponseAsked] = []
    for detector, context in ready:
        cue = detector.cue(context)
        assert isinstance(cue, ResponseCue), detector.slug
        asked.append(_ResponseAsked(cue, detector.inspect, context, detector.slug))
    return tuple(asked)


def _asked_unread(ready: list[tuple[Detector, Context[Any]]]) -> tuple[Unread, ...]:
    return tuple(
        [(detector.malformed, context, detector.slug) for detector, context in ready if detector.malformed is not None]
    )
