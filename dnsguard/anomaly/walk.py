"""Reading what may be broken: names and records are followed as far as they go, and what stops them is said.

Unlike wire/, which refuses, nothing here raises, whatever the octets.
"""

from typing import Final

MAX_NAME: Final = 255
MAX_PIECES: Final = 127
"""Pointers followed for one name, as in wire/names.py."""
MAX_RECORDS: Final = 512
"""Records read of one message: what is wrong shows in the first ones, and a message has room for 6,000."""


class Hit:
    """One check that a message fails, and the octets that fail it: `message[at : at + size]`."""

    __slots__ = ("at", "check", "size")

    def __init__(self, check: str, at: int, size: int) -> None:
        self.check = check
        self.at = at
        self.size = size

    def __repr__(self) -> str:
        return f"Hit({self.check!r}, {self.at}, {self.size})"


class Name:
    """A name as far as it can be read.

    `labels` as they stand, `end` the offset after it where it stands, -1 if that can't be told; `fault` is the id of a
    check, empty for a good name, and `fault_at` where it fails; `pointers` counts those followed.
    """

    __slots__ = ("end", "fault", "fault_at", "labels", "octets", "pointers", "start")

    def __init__(self, message: bytes, start: int) -> None:
        self.start = start
        self.end = -1
        self.labels: list[bytes] = []
        self.octets = 1
        self.pointers = 0
        self.fault = ""
        self.fault_at = start
        self._read(message)

    @property
    def key(self) -> bytes:
        """What tells names apart, without their case: length octets are below 64, so only letters change."""
        return b"".join([bytes([len(label)]) + label for label in self.labels]).lower()

    def _read(self, message: bytes) -> None:
        at = lowest = self.start
        limit = len(message)
        while True:
            if at >= limit:
                self._fail("name_runs_off", at)
                return
            size = message[at]
            if size == 0:
                if self.end < 0:
                    self.end = at + 1
                return
            if size >= 0xC0:
                if at + 1 >= limit:
                    self._fail("name_runs_off", at)
                    return
                target = (size & 0x3F) << 8 | message[at + 1]
                if self.end < 0:
                    self.end = at + 2
                self.pointers += 1
                if target >= lowest or self.pointers > MAX_PIECES:
                    self._fail("pointer_loop", at)
                    return
                at = lowest = target
                continue
            if size > 63:
                self._fail("label_type", at)
                return
            if at + 1 + size > limit:
                self._fail("name_runs_off", at)
                return
            self.octets += size + 1
            if self.octets > MAX_NAME and not self.fault:
                self._fail("name_too_long", at)
            if self.octets > 4 * MAX_NAME:
                return
            self.labels.append(message[at + 1 : at + 1 + size])
            at += size + 1

    def _fail(self, fault: str, at: int) -> None:
        self.fault = fault
        self.fault_at = at


class Rec:
    """A record as far as it can be read; sections 1 answer, 2 authority, 3 additional; TTL in seconds, unsigned."""

    __slots__ = ("at", "end", "key", "owner", "rclass", "rdata", "rtype", "section", "size", "ttl")

    def __init__(self, message: bytes, section: int, owner: Name) -> None:
        at = owner.end
        self.section = section
        self.owner = owner
        self.key = owner.key
        self.at = at
        self.rtype = message[at] << 8 | message[at + 1]
        self.rclass = message[at + 2] << 8 | message[at + 3]
        self.ttl = message[at + 4] << 24 | message[at + 5] << 16 | message[at + 6] << 8 | message[at + 7]
        self.size = message[at + 8] << 8 | message[at + 9]
        self.rdata = at + 10
        self.end = at + 10 + self.size


class Walk:
    """Questions and records of a message, read in order until its end or the first that can't be read.

    `questions` has (name, offset of its type); `position` is where reading ended, `whole` whether all were read.
    Faults of the structure are in `hits`.
    """

    __slots__ = ("counts", "hits", "position", "questions", "records", "whole")

    def __init__(self, message: bytes) -> None:
        self.hits: list[Hit] = []
        self.questions: list[tuple[Name, int]] = []
        self.records: list[Rec] = []
        self.position = 12
        self.whole = False
        self.counts = [message[at] << 8 | message[at + 1] for at in (4, 6, 8, 10)]
        self._read(message)

    def _read(self, message: bytes) -> None:
        counts = self.counts
        limit = len(message)
        # a question takes 5 octets at least, a record 11
        if 5 * counts[0] + 11 * (counts[1] + counts[2] + counts[3]) > limit - 12:
            self.hits.append(Hit("counts_impossible", 4, 8))
        at = 12
        for _ in range(counts[0]):
            name = Name(message, at)
            if name.fault:
                self.hits.append(Hit(name.fault, name.fault_at, min(2, limit - name.fault_at)))
            if name.end < 0:
                return
            if name.end + 4 > limit:
                self.hits.append(Hit("name_runs_off", at, limit - at))
                return
            self.questions.append((name, name.end))
            at = self.position = name.end + 4
        for section in (1, 2, 3):
            for _ in range(counts[section]):
                if len(self.records) >= MAX_RECORDS:
                    return
                if at >= limit:
                    self._runs_off(at, limit)
                    return
                owner = Name(message, at)
                if owner.fault:
                    self.hits.append(Hit(owner.fault, owner.fault_at, min(2, limit - owner.fault_at)))
                if owner.end < 0:
                    return
                if owner.end + 10 > limit:
                    self._runs_off(at, limit)
                    return
                record = Rec(message, section, owner)
                if record.end > limit:
                    self._runs_off(record.at + 8, record.at + 10)
                    return
                self.records.append(record)
                at = self.position = record.end
        self.whole = True

    def _runs_off(self, at: int, end: int) -> None:
        self.hits.append(Hit("record_runs_off", at, end - at))
