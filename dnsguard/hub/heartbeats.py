"""Whether each detector still finds what it must, in every worker: what `/readyz` says of it, and the alert if not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from dnsguard import link
from dnsguard.alerts import operational
from dnsguard.errors import DnsguardError
from dnsguard.hub.report import DetectorReport
from dnsguard.hub.server import Peer
from dnsguard.model import ALERT_TYPES, Detection
from dnsguard.state import counters as count
from dnsguard.tasks import clock

STALE: Final = 600.0
"""A detector tests itself every two minutes; one that has not been good for this long has stopped. [seconds]"""
LOOK: Final = 2.0
"""[seconds]"""
IDLE: Final = frozenset({"off", "untested"})
WORSE: Final = ("off", "untested", "good", "insensitive", "waiting", "failed")
"""Results of self-tests; of several workers' the last of these is told."""
STOPPED: Final = "detector_stopped"

_log = logging.getLogger("dnsguard.hub.heartbeats")


class Heartbeats:
    """Looks at all of them, every two seconds."""

    def __init__(
        self,
        peers: Callable[[], Sequence[Peer]],
        cells: Callable[[], Sequence[Sequence[int]]],
        announce: Callable[[Detection], Awaitable[None]],
        now: Callable[[], float] = clock,
    ) -> None:
        """Take the workers, their counters by index, and what puts an alert on its way."""
        self._peers: Final = peers
        self._cells: Final = cells
        self._announce: Final = announce
        self._now: Final = now
        self._told: Final[set[str]] = set()
        self._judged: Final = dict.fromkeys(ALERT_TYPES, 0)
        self._judged_at: Final = dict.fromkeys(ALERT_TYPES, 0.0)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """See who has stopped, and who works again; what can't be put on disk is told the next time."""
        self._note_judged()
        for slug in ALERT_TYPES:
            why = "; ".join(self._stopped(slug))
            if bool(why) == (slug in self._told):
                continue
            reason = why or "finds what it must again"
            try:
                await self._announce(operational.detection(STOPPED, slug, reason, self._now(), resolved=not why))
            except DnsguardError as error:
                _log.warning("what a detector does cannot be told", extra={"detector": slug, "error": str(error)})
                continue
            _log.log(logging.ERROR if why else logging.INFO, reason, extra={"detector": slug})
            self._told.symmetric_difference_update({slug})

    def reports(self) -> list[DetectorReport]:
        """How each detector does."""
        cells = self._cells()
        return [self._report(slug, cells) for slug in ALERT_TYPES]

    def _report(self, slug: str, cells: Sequence[Sequence[int]]) -> DetectorReport:
        tests = [test for _, test in self._tests(slug)]
        worst = max(tests, key=lambda test: WORSE.index(test.result), default=link.SelfTested(slug=slug))
        ages = [test.age for test in tests]
        oldest = max((age for age in ages if age is not None), default=None)
        return DetectorReport(
            slug=slug,
            selftest=worst.result,
            error=worst.error,
            # the worker that has waited longest counts
            last_selftest=0.0 if oldest is None or None in ages else self._now() - oldest,
            stopped=slug in self._told,
            asked=sum(values[count.MISSES] for values in cells),
            judged=sum(values[count.DETECTOR_JUDGED[slug]] for values in cells),
            last_judged=self._judged_at[slug],
            findings=sum(values[count.FINDINGS[slug]] for values in cells),
            errors=sum(values[count.DETECTOR_ERRORS[slug]] for values in cells),
        )

    def _tests(self, slug: str) -> Iterator[tuple[int, link.SelfTested]]:
        for peer in self._peers():
            if peer.ready:
                yield from ((peer.hello.index, test) for test in peer.status.selftests if test.slug == slug)

    def _stopped(self, slug: str) -> Iterator[str]:
        """Say of each worker in which it has stopped, why."""
        for index, test in self._tests(slug):
            error = f" ({test.error})" if test.error else ""
            if test.result == "failed":
                yield f"worker {index}: it does not find a known-bad sample{error}"
            elif (age := test.waits if test.age is None else test.age) > STALE and test.result not in IDLE:
                yield f"worker {index}: it has not proved itself for {round(age / 60)} minutes"

    def _note_judged(self) -> None:
        cells = self._cells()
        for slug, slot in count.DETECTOR_JUDGED.items():
            judged = sum(values[slot] for values in cells)
            if judged != self._judged[slug]:
                self._judged[slug], self._judged_at[slug] = judged, self._now()
