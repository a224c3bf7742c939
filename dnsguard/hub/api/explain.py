"""What would be made of a name, and why."""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from dnsguard import assemble
from dnsguard.alerts.record import evidence_rows
from dnsguard.config import Settings
from dnsguard.explain import CLIENT, Explainer, Explanation, Judged, notes
from dnsguard.hub.api.alerts import Level
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.model import ALERT_TYPES, Mode
from dnsguard.tasks import clock

_log: Final = logging.getLogger("dnsguard.hub.api")


class ExplainAsked(Asked):
    """Which question."""

    name: Annotated[str, Meta(min_length=1, max_length=1024)]
    type: Annotated[str, Meta(max_length=16)] = "A"
    """What is asked for: A, TXT, TYPE65280 …"""
    client: Annotated[str, Meta(max_length=64)] = CLIENT
    """Who asks; groups are told apart by it."""


class Word(msgspec.Struct, kw_only=True):
    """One detector's word on the name."""

    detector: str
    title: str
    mode: Mode
    """What a finding of it does for this client."""
    found: bool
    score: float
    """Higher is worse; of a detector that knows names from lists, 1 for a listed one and 0 for all others."""
    threshold: float | None
    """Scores from here on are told; null: there is no finding to compare."""
    reason: str
    severity: Level | None
    evidence: list[list[str]]
    """Rows of two columns."""
    suppressed: str
    """Why its finding is neither told nor blocked."""


class Explained(msgspec.Struct, kw_only=True):
    """The verdict on one question."""

    name: str
    """As detectors see it."""
    unicode: str
    """As people read it."""
    qtype: str
    client: str
    group: str
    verdict: str
    """`allow`, `alert` or `block`."""
    otherwise: str
    """The verdict if nothing were allowed."""
    allowed_by: str
    """The entry of an allow list that won."""
    answer: str
    """What the client gets in place of the upstream's answer: `[block] answer`, `local`, `special`; else empty."""
    notes: list[str]
    """What the verdict rests on, and what would change it."""
    words: list[Word]
    """Of the detectors that can judge a name alone: no state, no network."""


async def show(parts: Parts, *, asked: ExplainAsked) -> Explained:
    """Say what each detector sees in a name, and what policy makes of it; nothing is looked up."""
    said = await asyncio.to_thread(_explain, parts.configuring.settings, parts.lists.path, asked)
    return Explained(
        name=said.name,
        unicode=said.unicode,
        qtype=said.qtype,
        client=said.client,
        group=said.group,
        verdict=said.verdict,
        otherwise=said.otherwise,
        allowed_by=said.allowed_by,
        answer=said.answer,
        notes=list(notes(said)),
        words=[_word(judged, said.suppressed.get(judged.slug, "")) for judged in said.judged],
    )


def _explain(settings: Settings, lists: Path | None, asked: ExplainAsked) -> Explanation:
    snapshot = Snapshot.open(lists, verify=False) if lists is not None else EMPTY
    rules = assemble.rules(settings, snapshot, snapshot.generation, _crashed)
    explainer = Explainer(rules, settings.detect, _crashed)
    try:
        return explainer.explain(asked.name, asked.type, asked.client, clock())
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from None


def _crashed(slug: str, error: Exception) -> None:
    _log.warning("detector crashed", extra={"detector": slug, "error": repr(error)})


def _word(judged: Judged, suppressed: str) -> Word:
    finding = judged.finding
    return Word(
        detector=judged.slug,
        title=ALERT_TYPES[judged.slug].title,
        mode=judged.mode,
        found=finding is not None,
        score=judged.score,
        threshold=finding.threshold if finding else None,
        reason=finding.reason if finding else "",
        severity=judged.severity.text if judged.severity is not None else None,  # type: ignore[arg-type]
        evidence=evidence_rows(finding.evidence) if finding else [],
        suppressed=suppressed,
    )
