"""What detectors remember, on disk: `state_dir/memory-N` of worker N, so that a restart forgets nothing.

A line that names the format, then frames of MessagePack: [kind, piece], and at last [number of frames, CRC-32 of all
before]. Written beside the old file and renamed over it, so that whoever reads finds one that is whole, or none.
"""

import asyncio
import logging
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.detect.memory import Memory

MAGIC: Final = b"dnsguard memory 1\n"
MAX_FILE: Final = 256 << 20
"""More than all kinds' bounds together: what is larger was not written here, and ends early. [bytes]"""
EVERY: Final = 300.0
"""What a killed worker forgets, at most. [seconds]"""
PAUSE: Final = 0.002
"""[seconds]"""
_log: Final = logging.getLogger("dnsguard.memory")


class MemoryFile:
    """One worker's; what an earlier one saved is read at once."""

    def __init__(self, state_dir: Path, index: int, memory: Memory) -> None:
        """`index` is the worker's number."""
        self._path: Final = state_dir / f"memory-{index}"
        self._memory: Final = memory
        self._writing: Final = asyncio.Lock()
        try:
            with self._path.open("rb") as file:
                memory.load(pieces(file.read(MAX_FILE)))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self._warn("what was remembered can't be read; starting anew", error)

    async def keep(self) -> None:
        """Save now and then, for ever; what is slow to save lets queries be answered in between."""
        while True:
            await asyncio.sleep(EVERY)
            await self.write(PAUSE)

    async def write(self, pause: float = 0.0) -> None:
        """Save the memory piece by piece; a fault is logged, and the old file stays.

        `pause` is what others get between two pieces, besides their turn. [seconds]
        """
        async with self._writing:
            for fault in self._memory.faults:
                self._warn("what was remembered can't be read; starting anew", fault)
            self._memory.faults.clear()
            new = self._path.with_suffix(".new")
            try:
                # opening and writing take microseconds: pages go to the kernel
                with open(new, "wb", opener=private) as out:  # noqa: ASYNC230
                    crc = zlib.crc32(MAGIC)
                    out.write(MAGIC)
                    count = 0
                    for kind, piece in self._memory.dump():
                        data = frame((kind, piece))
                        crc = zlib.crc32(data, crc)
                        out.write(data)
                        count += 1
                        await asyncio.sleep(pause)
                    out.write(frame((count, crc)))
                    out.flush()
                    await asyncio.to_thread(os.fsync, out.fileno())
                new.replace(self._path)
            except OSError as error:
                self._warn("what is remembered can't be saved", error)
                with suppress(OSError):
                    new.unlink()

    def _warn(self, what: str, error: object) -> None:
        _log.warning(what, extra={"file": str(self._path), "error": str(error)})


def pieces(data: bytes) -> dict[str, bytes]:
    """What each kind saved; ValueError for a file that is not whole, or not ours."""
    if not data.startswith(MAGIC):
        raise ValueError("is of another format")
    found: dict[str, list[bytes]] = {}
    at, count = len(MAGIC), 0
    while True:
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data) or end == at:
            raise ValueError("ends early")
        try:
            kind, piece = msgspec.msgpack.decode(data[at + 4 : end], type=tuple[str | int, bytes | int])
        except msgspec.MsgspecError as error:
            raise ValueError(f"is damaged: {error}") from error
        if isinstance(kind, int):
            if kind != count or piece != zlib.crc32(data[:at]):
                raise ValueError("is damaged")
            return {name: b"".join(parts) for name, parts in found.items()}
        if isinstance(piece, int):
            raise ValueError("is damaged")  # noqa: TRY004 - a file's fault, not a caller's
        found.setdefault(kind, []).append(piece)
        at, count = end, count + 1


def frame(value: tuple[str | int, bytes | int]) -> bytes:
    """Length in four octets, and MessagePack."""
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(4, "big") + data


def private(name: str, flags: int) -> int:
    """Open a file for the owner alone: it says who asked for what."""
    return os.open(name, flags | os.O_CLOEXEC, 0o600)
