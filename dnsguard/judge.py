"""What is done with findings: policy decides, the alert is told, the block is answered.

Also judges kept answers again: those that were flagged, and those that older lists or an older policy let through.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from dnsguard.cache.entry import Entry
from dnsguard.detect.inspector import DetectorCrashError
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding, Judged, Mode
from dnsguard.policy.policy import RANK
from dnsguard.rules import Rules
from dnsguard.state import counters as count
from dnsguard.state.counters import Counters
from dnsguard.wire import build, ede
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query

COUNTING: Final = frozenset({"protocol_anomaly", "suspicious_domain"})
"""Detectors to whom it matters how often a packet comes: their findings are made anew each time."""


class Told(Protocol):
    """Something that was told, and may repeat."""

    id: str
    """Of the alert it belongs to."""

    def again(self, time: float) -> bool:
        """Count a repeat at `time` [Unix seconds] that is like the last; False: it has to be told as a whole."""


class Untold:
    """What is told to nobody: it belongs to no alert, and each repeat is told again."""

    def __init__(self) -> None:
        self.id = ""

    def again(self, time: float) -> bool:  # noqa: ARG002 - as Told has it
        """Count nothing."""
        return False


class Tell(Protocol):
    """Takes what is told about a query: folds repeats, masks the client, sends it on."""

    def __call__(self, query: Query, finding: Finding, mode: Mode, group: str, stage: str) -> Told:
        """Return what it was told as."""


class Judge:
    """Joins detectors' findings, policy and alerts; `rules` is the pipeline's."""

    def __init__(self, rules: Rules, counters: Counters, tell: Tell) -> None:
        self.rules = rules
        self._cells: Final = counters.cells
        self._tell: Final = tell
        self._judged: Judged | None = None
        self.repeats: Told | None = None
        """What an exact repeat of the query that was blocked last counts into; None: it has to be judged."""

    def take_judged(self) -> Judged | None:
        """Give the worst that was found since the last call: of a query, if it is called before and after."""
        judged, self._judged = self._judged, None
        return judged

    def apply(self, query: Query, findings: Sequence[Finding], stage: str) -> bytes | None:
        """Let policy decide, and tell; returns the answer to a query that is to be blocked, None for all others."""
        rules = self.rules
        cells = self._cells
        verdict = rules.policy.decide(query.client, query.name, findings, query.time)
        text = ""
        worst = query.judged
        self.repeats = None
        for finding, mode in verdict.told:
            cells[count.FINDINGS[finding.slug]] += 1
            if mode is Mode.SHADOW:
                # told to nobody, but reported; what is below its threshold would never be told
                if finding.score >= finding.threshold and not finding.quiet:
                    alert = self._tell(query, finding, mode, verdict.group, stage).id
                    worst = worst or Judged(finding, mode, alert)
                continue
            alert = ""
            if not finding.quiet:
                told = self._tell(query, finding, mode, verdict.group, stage)
                alert = told.id
                if mode is Mode.BLOCK and len(verdict.told) == 1 and finding.slug not in COUNTING:
                    self.repeats = told
            if mode is Mode.BLOCK and not text:
                text = f"{finding.slug}: {finding.reason}" + (f"; alert {alert}" if alert else "")
            if worst is None or RANK[mode] > RANK[worst.mode]:
                worst = Judged(finding, mode, alert)
        query.judged = self._judged = worst
        if verdict.action is Mode.BLOCK:
            cells[count.BLOCKED] += 1
            # RFC 8914 section 4.16 and 4.18: Blocked is the operator's doing, Filtered what the client's side asked for
            code = ede.FILTERED if verdict.group else ede.BLOCKED
            return build.blocked(query, rules.block, ede=code, text=text)
        if verdict.action is Mode.ALERT:
            cells[count.ALERTED] += 1
        elif verdict.action is Mode.SHADOW:
            cells[count.SHADOWED] += 1
        return None

    def refused(self, subject: Malformed) -> None:
        """Have detectors look at a query that gets no answer but an error, whatever they find."""
        try:
            findings = self.rules.inspector.refused(subject)
        except DetectorCrashError:
            return
        if findings:
            self.apply(subject.query, findings, "query")

    def rejected(self, subject: Malformed) -> None:
        """Have detectors look at an upstream's answer that goes nowhere, whatever they find."""
        try:
            findings = self.rules.inspector.rejected(subject)
        except DetectorCrashError:
            return
        if findings:
            self.apply(subject.query, findings, "response")

    def withhold(self, query: Query, why: str) -> bytes:
        """Answer in place of one that must not reach a client."""
        return build.negative(query, 0, self.rules.block.ttl, ede=ede.FILTERED, text=why)

    def hit(self, query: Query, entry: Entry) -> bytes | None:
        """Put a query and its kept answer before the detectors; None: the answer may go out.

        DetectorCrashError as the inspector says, of this method and of `kept`.
        """
        rules = self.rules
        if rules.local is not None and entry.generation != rules.generation:
            # a reload may have brought a record of the operator's own
            local = rules.local(query)
            if local is not None:
                self._cells[count.LOCAL] += 1
                return local
        findings = rules.inspector.query(query)
        if findings:
            blocked = self.apply(query, findings, "query")
            if blocked is not None:
                return blocked
        return self.kept(query, entry, found=bool(findings))

    def kept(self, query: Query, entry: Entry, *, found: bool = False) -> bytes | None:
        """Put a kept answer before the response detectors, and note what came of it; None: it may go out.

        `found` says that the query itself is flagged.
        """
        rules = self.rules
        answer = Answer(entry.message)
        findings = rules.inspector.response(Response(query, answer))
        why = rules.withheld(query.name, answer) if rules.withheld is not None else ""
        entry.flagged = found or bool(findings) or bool(why)
        entry.generation = rules.generation
        blocked = self.apply(query, findings, "response") if findings else None
        return self.withhold(query, why) if why and blocked is None else blocked
