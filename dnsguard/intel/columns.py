"""Writes the columns of a snapshot (rows.py), row after row."""

from array import array
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, Self

from dnsguard.intel import meta
from dnsguard.intel.meta import KINDS
from dnsguard.intel.rows import FIRST, NOTHING, SEVERAL, Kind

MANY: Final = 200_000
"""Kinds that are told apart to the second; further ones are dated to the day: some feeds date each entry."""
_DAY: Final = 86400


class Columns:
    """The columns, written row after row."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._stack: Final = ExitStack()
        self._numbers: Final[dict[Kind, int]] = {}
        self._table: Final = self._open(meta.TABLE)
        self._lines: Final = self._open(meta.LINES)
        self._kinds: Final = self._open(KINDS["I"])
        self._more: Final = self._open(meta.MORE)
        self._more_at = 0
        self.v4: Final = self._open(meta.V4)
        self.high: Final = self._open(meta.V6_HIGH)
        self.low: Final = self._open(meta.V6_LOW)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, name: str) -> BinaryIO:
        return self._stack.enter_context((self._folder / name).open("wb", buffering=1 << 18))

    def row(self, listings: Sequence[tuple[Kind, int]]) -> tuple[int, int]:
        """Give what stands in the columns of kinds and lines for a row."""
        if len(listings) == 1:
            kind, line = listings[0]
            return self.number(kind), line
        if not listings:
            return NOTHING, 0
        at = self._more_at
        words = array("I", [len(listings)])
        for kind, line in listings:
            words.extend((self.number(kind), line))
        self._more.write(words)
        self._more_at += len(words)
        return SEVERAL, at

    def write(self, kinds: "array[int]", lines: "array[int]") -> None:
        """Write rows."""
        self._kinds.write(kinds)
        self._lines.write(lines)

    def close(self) -> str:
        """Make the column of kinds as narrow as they allow; gives its type code."""
        self._stack.close()
        count = len(self._numbers) + FIRST
        code = "B" if count <= 1 << 8 else "H" if count <= 1 << 16 else "I"
        if code != "I":
            wide = self._folder / KINDS["I"]
            with wide.open("rb") as source, (self._folder / KINDS[code]).open("wb") as file:
                while piece := source.read(1 << 20):
                    file.write(array(code, array("I", piece)))
            wide.unlink()
        return code

    def number(self, kind: Kind) -> int:
        """Give the number of a kind in the table."""
        number = self._numbers.get(kind)
        if number is None:
            if len(self._numbers) >= MANY and kind.added % _DAY:
                return self.number(kind._replace(added=kind.added - kind.added % _DAY))
            number = self._numbers[kind] = len(self._numbers) + FIRST
            self._table.write(kind.pack())
        return number
