"""A worker's part in seeing tunnels that several see: tells the hub what went out here, takes what went out elsewhere.

Names are told as fingerprints, which all workers of a `state_dir` make with one key, that of `state_dir/tunnel-key`. A
worker that can't have it tells nothing, and counts alone.
"""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from dnsguard.detect.memory import Memory
from dnsguard.link import Carried, Elsewhere, HubLink
from dnsguard.memory_file import private
from dnsguard.state.shares import Shares
from dnsguard.state.tunnels import KEYS, Tunnels

KEY_FILE: Final = "tunnel-key"

_log: Final = logging.getLogger("dnsguard.sharing")


class Sharing:
    """One worker's."""

    def __init__(self, state_dir: Path, memory: Memory, link: HubLink) -> None:
        """Take the common key."""
        self._link: Final = link
        self._shares: Final = memory.of(Shares)
        self._tunnels: Final = memory.of(Tunnels)
        try:
            self._tunnels.use(shared_key(state_dir / KEY_FILE, self._tunnels.key))
            self._works = True
        except (OSError, ValueError) as error:
            self._works = False
            _log.warning("workers can't tell each other what tunnels carry", extra={"error": str(error)})

    def tell(self, now: float) -> None:
        """Tell the hub which zones are near a limit, and that none is any more; it answers with Elsewhere."""
        if self._works:
            self._link.carried(Carried(self._shares.told(self._tunnels, now)))

    def take(self, message: Elsewhere, now: float) -> None:
        """Take what others have seen."""
        self._shares.take(message.zones, message.workers, self._tunnels, now)


def shared_key(path: Path, new: int) -> int:
    """Read the key, or write the `new` one if there is none; OSError, and ValueError for a file that has none."""
    if not path.exists():
        # in one step: two workers may start at once, and the second takes what the first has written
        own = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with open(own, "x", encoding="ascii", opener=private) as file:
                file.write(f"{new}\n")
            with suppress(FileExistsError):
                os.link(own, path)
        finally:
            own.unlink(missing_ok=True)
    text = path.read_text("ascii").strip()
    if not text.isdecimal() or int(text) not in KEYS:
        raise ValueError(f"{path} has no key; workers make one anew if it is deleted")
    return int(text)
