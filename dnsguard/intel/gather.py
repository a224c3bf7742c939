"""Reads lists into sorters: each entry becomes a record that sorts by what it names.

Records of names are `KEY<tab>KIND<tab>LINE<tab>ADDED` (a tab sorts before every character of a key, so a name stands
before those below it); of networks, the key is the version, the first address in hex, and the prefix length in hex.
KIND is a number in `Gathered.kinds`; ADDED is 0 where the snapshot before is to be asked.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dnsguard.intel.entry import Action, Entry
from dnsguard.intel.networks import parse
from dnsguard.intel.rows import Kind
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.sorting import Sorter

OnProgress = Callable[[str, int, int], None]
"""Told (phase, done, total) now and then; a total of 0 is not known."""
STEP: Final = 1 << 15
"""Entries between two calls of OnProgress."""


class Gathered:
    """All lists' entries on their way."""

    def __init__(self, folder: Path) -> None:
        self.names: Final = Sorter(folder, "names")
        self.networks: Final = Sorter(folder, "networks")
        self.kinds: Final[list[Kind]] = []
        """What the records' KINDs say; `added` is in the record."""
        self.dropped: Final[set[int]] = set()
        """Numbers of kinds that do not count any more: their list turned out not to be believed."""
        self._numbers: Final[dict[Kind, int]] = {}

    def kind(self, kind: Kind) -> int:
        """Give the number of a kind."""
        number = self._numbers.get(kind)
        if number is None or number in self.dropped:
            number = self._numbers[kind] = len(self.kinds)
            self.kinds.append(kind)
        return number

    def take(
        self, list_number: int, confidence: int, entries: Iterator[Entry], progress: Callable[[], None]
    ) -> tuple[int, Counter[str]]:
        """Take a list's entries; counts them, and the actions that are treated as block by their text."""
        count = number = 0
        actions: Counter[str] = Counter()
        said: tuple[object, ...] = ()
        is_name, treated, middle = True, "", ""
        batch: list[bytes] = []
        for entry in entries:
            text, line, *_, seen = entry
            # nearly all entries of a list have in common what makes a kind
            if entry[2:6] != said:
                said = entry[2:6]
                value = confidence if entry.confidence < 0 else entry.confidence
                number = self.kind(Kind(0, list_number, value, entry.scope, entry.trigger, entry.action, 0))
                is_name = entry.trigger.is_name
                treated = "" if entry.action == Action.BLOCK or entry.action.shields else entry.action.text
                middle = f".\t{number}\t"
            if treated:
                actions[treated] += 1
            if is_name:
                batch.append(f"{text[::-1]}{middle}{line}\t{seen}".encode("ascii"))
            else:
                key = network_key(*parse(text))
                self.networks.add([f"{key}\t{number}\t{line}\t{seen}".encode("ascii")])
            count += 1
            if not count % STEP:
                progress()
                self.names.add(batch)
                batch = []
        self.names.add(batch)
        return count, actions

    def drop(self, list_number: int) -> None:
        """Let the entries of a list not count."""
        self.dropped.update(i for i, kind in enumerate(self.kinds) if kind.list_number == list_number)

    def take_old(
        self, before: Snapshot, lists: dict[int, int], seen: bytearray, progress: Callable[[int, int], None]
    ) -> None:
        """Take what the snapshot before has of lists: their number there -> their number now.

        Rows of names that only these lists have are marked in `seen`.
        """
        total = len(before)
        for count, (row, key, listings) in enumerate(before.names()):
            others = False
            for kind, line in listings:
                now = lists.get(kind.list_number)
                if now is None:
                    others = True
                    continue
                number = self.kind(kind._replace(added=0, list_number=now))
                self.names.add([f"{key}\t{number}\t{line}\t{kind.added}".encode("ascii")])
            seen[row] = not others
            if not count % STEP:
                progress(count, total)
        for packed, listings in before.networks():
            for kind, line in listings:
                if (now := lists.get(kind.list_number)) is not None:
                    number = self.kind(kind._replace(added=0, list_number=now, prefix=0))
                    key = network_key(packed, kind.prefix)
                    self.networks.add([f"{key}\t{number}\t{line}\t{kind.added}".encode("ascii")])


def network_key(packed: bytes, prefix: int) -> str:
    """Give a network's key: IPv4 first, then by first address, the wider first."""
    return f"{4 if len(packed) == 4 else 6}{packed.hex()}{prefix:02x}"


def network_of(key: bytes) -> tuple[bytes, int]:
    """Give the first address, packed, and the prefix length of a key."""
    return bytes.fromhex(key[1:-2].decode()), int(key[-2:], 16)
