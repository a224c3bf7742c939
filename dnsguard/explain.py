"""What dnsguard would say to one name, and why: every detector that can judge a name alone, and the policy's verdict.

No state and no network: detectors of the response stage and those that count over time are not asked. Detectors are
asked even where they are off, for the question is also what would change the verdict.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import idna

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.registry import QUERY
from dnsguard.errors import WireError
from dnsguard.intel.names import canonical
from dnsguard.model import ALERT_TYPES, Finding, Mode, Severity
from dnsguard.policy.policy import by_score
from dnsguard.rules import Rules
from dnsguard.wire.query import Query

CLIENT: Final = "127.0.0.1"
MADE_UP: Final = "domain_generation_algorithm"
ODD: Final = 3.0
"""Scores from which on it is said why nothing was found. [-log10 of the share of benign names]"""
"""Who asks, unless said otherwise: somebody on this machine."""

Word = Literal["allow", "alert", "block"]
VERDICTS: Final[Mapping[Mode, Word]] = {
    Mode.OFF: "allow",
    Mode.SHADOW: "allow",
    Mode.ALERT: "alert",
    Mode.BLOCK: "block",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One detector's word on the name."""

    slug: str
    mode: Mode
    """What a finding of it does for this client."""
    score: float
    """Higher is worse; of a detector that knows names from lists, 1 for a listed one and 0 for all others."""
    finding: Finding | None
    severity: Severity | None
    """Of the alert, where there is a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The verdict on one question, with all that led to it."""

    name: str
    """As the detectors saw it: lower case, A-labels, no final dot; "." is the root."""
    unicode: str
    """As people read it."""
    qtype: str
    client: str
    group: str
    """Of the client; empty: none."""
    verdict: Word
    allowed_by: str
    """The entry of an `allow` list that won, or the text of a temporary allow; empty: neither."""
    allowed_until: float | None
    """When the temporary allow ends; None: it is none. [Unix seconds]"""
    answer: str
    """What the client gets instead of the upstream's answer: `[block] answer`, "local", "special"; else empty."""
    judged: tuple[Judged, ...]
    otherwise: Word
    """The verdict if nothing were allowed."""
    suppressed: Mapping[str, str] = field(default_factory=dict)
    """Detectors whose finding a suppression keeps from being told, and why."""

    def record(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "findings": [_finding(judged) for judged in self.judged if judged.finding is not None],
            "scores": {judged.slug: judged.score for judged in self.judged},
            "unicode": self.unicode,
            "type": self.qtype,
            "client": self.client,
            "group": self.group,
            "allowed_by": self.allowed_by,
            "allowed_until": self.allowed_until,
            "answer": self.answer,
            "suppressed": dict(self.suppressed),
        }


class Explainer:
    """Explains names under one configuration and one snapshot."""

    def __init__(
        self, rules: Rules, detectors: Mapping[str, DetectorConfig], on_crash: Callable[[str, Exception], None]
    ) -> None:
        self._rules: Final = rules
        self._on_crash: Final = on_crash
        self._asked: Final = [(detector, detectors.get(detector.slug) or detector.config_type()) for detector in QUERY]

    def explain(self, text: str, qtype: str = "A", client: str = CLIENT, time: float = 0.0) -> Explanation:
        """Judge one name as if it were asked for at `time` [unix seconds], by which lists' entries have their age.

        ValueError says why a text is no name, type or address.
        """
        query = query_of(text, qtype, client, time)
        policy = self._rules.policy
        group = policy.group(query.client)
        local = _answers(self._rules.local, query)
        # the operator's own records meet no detector
        judged = () if local else tuple(self._judge(query, group))
        findings = [each.finding for each in judged if each.finding is not None]
        verdict = policy.decide(query.client, query.name, findings, query.time)
        word = VERDICTS[verdict.action]
        let = policy.let_through(query.client, query.name, query.time)
        allowed_by = policy.allowed(query.name, group)
        answer: str = self._rules.block.answer if word == "block" else ""
        if not answer and (local or _answers(self._rules.special, query)):
            answer = "local" if local else "special"
        return Explanation(
            name=query.name or ".",
            unicode=u_name(query.name) or ".",
            qtype=query.qtype_text,
            client=query.client_text,
            group=group,
            verdict=word,
            allowed_by="" if local else allowed_by or (let.text if let else ""),
            allowed_until=let.until if let and not local and not allowed_by else None,
            answer=answer,
            judged=judged,
            otherwise=_worst(judged),
            suppressed={finding.slug: finding.suppressed for finding, _ in verdict.told if finding.suppressed},
        )

    def _judge(self, query: Query, group: str) -> Sequence[Judged]:
        judged = []
        # nothing was seen before: the name alone is judged
        memory = Memory()
        for detector, config in self._asked:
            context = Context(config, self._rules.inspector.intel, memory)
            try:
                finding = detector.inspect(query, context)
                score = 0.0 if finding is None else finding.score
                if detector.score is not None:
                    score = detector.score(query, context)
            except Exception as error:  # noqa: BLE001 - the other detectors' word still counts, as it does live
                self._on_crash(detector.slug, error)
                continue
            severity = None
            mode = self._rules.policy.mode(detector.slug, group)
            if finding is not None:
                mode = by_score(mode, finding)
                severity = finding.severity
                severity = config.severity if config.severity is not None else severity
                severity = ALERT_TYPES[detector.slug].severity if severity is None else severity
            judged.append(
                Judged(
                    slug=detector.slug,
                    mode=mode,
                    score=score,
                    finding=finding,
                    severity=severity,
                )
            )
        return judged


def notes(said: Explanation) -> Iterator[str]:
    """What the verdict rests on, and what would change it."""
    found = [judged for judged in said.judged if judged.finding is not None]
    if said.answer == "local":
        yield "answered from your own records ([local]), which no detector sees"
        return
    if said.answer == "special":
        yield "a special-use name: answered here, and never asked of an upstream"
    if said.allowed_by:
        without = f"; without it: {said.otherwise}" if found else ", and nothing was found"
        if said.allowed_until is None:
            yield f"always allowed by the entry {said.allowed_by} of an allow list{without}"
        else:
            yield f"allowed for a while: {said.allowed_by}{without}"
        return
    if said.verdict == "block":
        yield f"answered with {said.answer} in the upstream's place"
    for judged in found:
        if reason := said.suppressed.get(judged.slug):
            yield f"{judged.slug} is suppressed, and so neither told nor blocked: {reason}"
        else:
            yield _change(judged)
    for judged in said.judged:
        if judged.slug == MADE_UP and judged.finding is None and judged.score >= ODD:
            yield (
                f"looks made up, as one benign name in {10**judged.score:,.0f} does; that is told of a client that "
                f"fails at several such names, and of a single one from [detect.{MADE_UP}] lone on, where that is not 0"
            )


def _change(judged: Judged) -> str:
    finding = judged.finding
    assert finding is not None
    section = f"[detect.{judged.slug}] mode"
    match judged.mode:
        case Mode.OFF:
            return f'to be told: {section} = "alert", which is now "off"'
        case Mode.SHADOW:
            return f'counted only; to be told: {section} = "alert", which is now "shadow"'
        case Mode.ALERT:
            return f'to block it: {section} = "block"; to let it pass untold: [allow] names = ["{finding.zone}"]'
        case Mode.BLOCK:
            return f'to let it pass: {section} = "alert", or [allow] names = ["{finding.zone}"]'


def query_of(text: str, qtype: str = "A", client: str = CLIENT, time: float = 0.0) -> Query:
    r"""Make a query of a name as people and logs write it: U-labels or A-labels, `\DDD` for octets that don't print.

    What is no valid IDN goes as the UTF-8 it is: clients may ask for any octets (RFC 2181 section 11), and tunnels do.
    ValueError says what is wrong.
    """
    if not text:
        raise ValueError("an empty line is no name; the root is written as .")
    if "\ufffd" in text:
        raise ValueError(f"{text!r} is not UTF-8; octets are written as \\000 to \\255")
    if not text.isascii():
        with suppress(ValueError):
            text = canonical(text)
    if "://" in text:
        raise ValueError(f"{text!r} is a URL; the name is the part between :// and the next /")
    if wrong := next((char for char in text if char <= " " or char == "\x7f"), ""):
        raise ValueError(f"{text!r} has the character {wrong!r}; inside a name it is written as \\{ord(wrong):03d}")
    try:
        return Query.of(text, qtype, client, time)
    except WireError as error:
        raise ValueError(f"{text!r}: {error}") from None


def u_name(name: str) -> str:
    """Show a name with its A-labels decoded, where they are valid (RFC 5890)."""
    if "xn--" not in name:
        return name
    return ".".join(_u_label(label) for label in name.split("."))


def _u_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label


def _answers(ask: Callable[[Query], bytes | None] | None, query: Query) -> bool:
    return ask is not None and ask(query) is not None


def _worst(judged: Sequence[Judged]) -> Word:
    modes = {each.mode for each in judged if each.finding is not None}
    return "block" if Mode.BLOCK in modes else "alert" if Mode.ALERT in modes else "allow"


def _finding(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    assert finding is not None
    assert judged.severity is not None
    return {
        "alertType": ALERT_TYPES[finding.slug].id,
        "severity": judged.severity.text,
        "score": finding.score,
        "threshold": finding.threshold,
        "reason": finding.reason,
        "evidence": dict(finding.evidence),
        "detector": finding.slug,
        "zone": finding.zone,
        "mode": judged.mode.value,
    }
