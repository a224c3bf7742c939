"""The detectors: how each is set, what it found, and its mode, which can be switched."""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from dnsguard.alerts.feedback import Score, by_detector
from dnsguard.alerts.reader import Wanted
from dnsguard.alerts.tally import Row, tally
from dnsguard.config import amend
from dnsguard.config.docs import field_docs, summary
from dnsguard.config.effective import effective
from dnsguard.detect.registry import CONFIGS, QUERY, RESPONSE
from dnsguard.hub.api.alerts import Level
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.hub.report import DetectorReport
from dnsguard.model import ALERT_TYPES, Mode, Severity
from dnsguard.state import counters as count
from dnsguard.tasks import clock
from dnsguard.version import VERSION

WEEK: Final = 7 * 86400.0
"""What detectors found is told of so long. [seconds]"""
LOOKED_AT: Final = 50_000
"""Most alerts that are summed up: a second or two of one core."""


class Option(msgspec.Struct, kw_only=True):
    """One key of its section in config.toml."""

    key: str
    value: Any
    about: str


class Detector(msgspec.Struct, kw_only=True):
    """One detector."""

    slug: str
    alert_type: str
    """Microsoft's id."""
    title: str
    about: str
    stages: list[str]
    """Where it is asked: `query`, `response`."""
    version: str
    mode: Mode
    """What its findings do for clients of no group."""
    own_mode: Mode | None
    """As its section says; null: the global mode holds."""
    severity: Level
    options: list[Option]
    """Thresholds, and what else can be set."""
    findings: int
    """Since the hub started."""
    crashes: int
    """Queries it crashed on since the hub started."""
    queries: dict[str, int]
    """Of the last seven days, by what was done: `block`, `alert`, `shadow`, `suppressed`."""
    would_block: int
    """Of these, so many went through that mode "block" would have blocked."""
    examples: list[str]
    """Domains with the most queries."""
    true_positives: int
    """Alerts of which people said that they were right, all that is kept."""
    false_positives: int
    health: DetectorReport | None
    """Whether it still finds what it must; null: no worker has said yet."""


class Detectors(msgspec.Struct, kw_only=True):
    """All of them."""

    mode: Mode
    """The global one."""
    writable: str
    """Why modes can't be switched here; empty: they can."""
    detectors: list[Detector]


class DetectorPath(Asked):
    """Which detector."""

    slug: Annotated[str, Meta(max_length=64)]


class ModeChange(Asked):
    """What its findings do from now on."""

    mode: Mode | None
    """Null: the global mode holds."""


async def list_(parts: Parts) -> Detectors:
    """List the detectors: mode, thresholds, and what each found."""
    settings = parts.configuring.settings
    wanted = Wanted(since=clock() - WEEK, untold=True)
    found = await asyncio.to_thread(parts.alerts.latest, wanted, LOOKED_AT)
    scores = by_detector(await asyncio.to_thread(parts.alerts.marks))
    health = {one.slug: one for one in parts.report().detectors}
    rows: dict[str, list[Row]] = {}
    for row in tally(found):
        rows.setdefault(row.slug, []).append(row)
    totals = [sum(column) for column in zip(*parts.cells(), strict=True)] or [0] * len(count.FIELDS)
    values = effective(settings)["detect"]
    return Detectors(
        mode=settings.mode,
        writable=amend.why_not(parts.configuring.path),
        detectors=[
            _detector(
                slug,
                settings.detect[slug].mode,
                values[slug],
                rows.get(slug, []),
                totals,
                [score for (scored, _), score in scores.items() if scored == slug],
                health.get(slug),
            )
            for slug in CONFIGS
        ],
    )


async def set_mode(parts: Parts, *, asked: DetectorPath, body: ModeChange) -> Detectors:
    """Switch a detector's mode: config.toml is changed, and taken up at once."""
    if asked.slug not in CONFIGS:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no detector {asked.slug!r}; there are {', '.join(CONFIGS)}")
    path = amend.changeable(parts.configuring.path)
    await asyncio.to_thread(amend.set_mode, path, asked.slug, body.mode)
    await parts.reload()
    return await list_(parts)


def _detector(
    slug: str,
    own: Mode | None,
    values: Mapping[str, Any],
    rows: Sequence[Row],
    totals: Sequence[int],
    scores: Sequence[Score],
    health: DetectorReport | None,
) -> Detector:
    kind, config = ALERT_TYPES[slug], CONFIGS[slug]
    docs = field_docs(config)
    zones: dict[str, int] = {}
    queries: dict[str, int] = {}
    for row in rows:
        for zone, number in row.zones.items():
            zones[zone] = zones.get(zone, 0) + number
        for action, number in row.queries.items():
            queries[action] = queries.get(action, 0) + number
    return Detector(
        slug=slug,
        alert_type=kind.id,
        title=kind.title,
        about=summary(config),
        stages=[detector.stage for detector in (*QUERY, *RESPONSE) if detector.slug == slug],
        version=VERSION,
        mode=Mode(values["mode"]),
        own_mode=own,
        severity=Severity.parse(values["severity"]).text,  # type: ignore[arg-type]  # one of four
        options=[
            Option(key=key, value=value, about=docs.get(key, ""))
            for key, value in values.items()
            if key not in {"mode", "severity"}
        ],
        findings=totals[count.FINDINGS[slug]],
        crashes=totals[count.DETECTOR_ERRORS[slug]],
        queries=queries,
        would_block=sum(row.would_block for row in rows),
        true_positives=sum(score.true_positives for score in scores),
        false_positives=sum(score.false_positives for score in scores),
        health=health,
        examples=sorted(zones, key=lambda zone: (-zones[zone], zone))[:3],
    )
