"""Which worker gets which client's packets: those that an earlier hub left behind get none any more."""

from collections.abc import Sequence
from typing import Final

from dnsguard.hub import sockets


class Steering:
    """The kernel's rule on all sockets."""

    def __init__(self, bound: Sequence[sockets.Bound]) -> None:
        self._bound: Final = bound
        self.works: Final = sockets.steer(bound)
        """Whether this kernel has such rules."""
        self._shifted = False

    def pass_by(self, strangers: int) -> None:
        """Let packets pass by the sockets of so many workers, which stand first in each group."""
        self._shifted = sockets.steer(self._bound, shift=strangers)

    def settle(self) -> None:
        """Steer as ever, when none of those is left."""
        if self._shifted:
            sockets.steer(self._bound)
            self._shifted = False
