"""What crashed and was skipped: every time is counted, some are logged."""

import logging
from typing import Final

from dnsguard.state import counters as count
from dnsguard.state.counters import Counters

_log: Final = logging.getLogger("dnsguard.worker")


class Crashes:
    """A worker's; called with the part, which may be a detector's slug, and the error."""

    def __init__(self, counters: Counters) -> None:
        self._counters: Final = counters
        self._seen: Final[dict[str, int]] = {}

    def __call__(self, part: str, error: Exception) -> None:
        """Count one more."""
        if part in count.DETECTOR_ERRORS:
            self._counters.add(count.DETECTOR_ERRORS[part])
        crashes = self._seen[part] = self._seen.get(part, 0) + 1
        # the metric counts every one; the log shows the 1st, 2nd, 4th, 8th …, so that a flood of them fills no disk
        if crashes & (crashes - 1) == 0:
            _log.error("crashed and was skipped", exc_info=error, extra={"part": part, "crashes": crashes})
