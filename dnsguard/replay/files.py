"""Opens recorded traffic, told apart by its first bytes, not its name, and puts several files into one order."""

import heapq
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from dnsguard.replay import pcap, pcapng
from dnsguard.replay.frames import PORTS, Messages
from dnsguard.replay.recorded import DamagedError, Recorded, Skipped
from dnsguard.replay.source import Source
from dnsguard.replay.zeek import Log

STDIN: Final = "-"


def open_source(name: str) -> Source:
    """Open a file, or standard input for `-`; DamagedError if that fails."""
    try:
        return Source(sys.stdin.buffer, "standard input") if name == STDIN else Source.open(Path(name))
    except OSError as error:
        raise DamagedError(name, "", error.strerror or str(error)) from error


def messages(source: Source, skipped: Skipped, ports: frozenset[int] = PORTS) -> Iterator[Recorded]:
    """Read one file lazily; DamagedError says where it breaks off, after everything before was given."""
    start = source.peek()
    if start[:4] in pcap.MAGICS:
        return Messages(skipped, ports).of(pcap.frames(source))
    if start[:4] == pcapng.SECTION:
        return Messages(skipped, ports).of(pcapng.frames(source))
    if start.lstrip()[:1] in {b"#", b"{"}:
        return iter(Log(source, skipped, ports))
    found = f"it begins with {start[:8].hex(' ')}" if start else "it is empty"
    raise DamagedError(source.name, "", f"neither pcap, pcapng nor Zeek's dns.log: {found}")


def merged(
    sources: Iterable[Source],
    skipped: Skipped,
    ports: frozenset[int] = PORTS,
    warn: Callable[[DamagedError], None] = lambda _error: None,
) -> Iterator[Recorded]:
    """All files' messages in order of time; damage ends its file, is told to `warn`, and spares the others."""

    def whole(source: Source) -> Iterator[Recorded]:
        try:
            yield from messages(source, skipped, ports)
        except DamagedError as error:
            warn(error)

    return heapq.merge(*map(whole, sources), key=lambda message: message.time)
