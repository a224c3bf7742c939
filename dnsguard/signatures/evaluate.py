"""Asks the tests of one buffer, in Suricata's order and with its way of trying again.

A content that matches sets the position that relative tests start from. If a later test fails, the search goes on with
the next place where this content stands, but only where that could help: the next test is relative to it and bounded
(`within`, `isdataat:…,relative`, `byte_test:…,relative`, `pcre:/…/R`), or says what must not follow it. What fails and
depends on nothing before it ends the whole search (Suricata's DetectEngineContentInspection).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from dnsguard.signatures.pattern import compile_pcre
from dnsguard.signatures.rule import Absent, BufferSize, ByteTest, Content, Entropy, IsDataAt, Number, Pcre, Test

LIMIT: Final = 3000
"""Tests asked of one buffer for one rule; then there is no match (Suricata's inspection-recursion-limit)."""
MATCH: Final = 1
FAIL: Final = 0
STOP: Final = -1
"""No match, and none by trying again."""


class Span(NamedTuple):
    """Bytes of a buffer that matched."""

    start: int
    end: int


class Prepared:
    """The tests of one block, ready to be asked of any number of buffers."""

    __slots__ = ("_again", "_steps", "absent", "patterns", "spans", "tests")

    def __init__(self, tests: Sequence[Test]) -> None:
        first = tests[0] if tests else None
        self.absent: Final = first if isinstance(first, Absent) else None
        """What is asked about there being no such buffer."""
        self.tests: Final = tuple(test for test in tests if not isinstance(test, Absent))
        self._again: Final = _again(self.tests)
        self.patterns: Final[dict[int, re.Pattern[bytes]]] = {
            number: compile_pcre(test.pattern, test.flags)
            for number, test in enumerate(self.tests)
            if isinstance(test, Pcre)
        }
        self.spans: dict[int, Span] = {}
        """Where the contents and expressions of the last match stand, by the test's number."""
        self._steps = 0

    def matches(self, buffer: bytes) -> bool:
        """Say whether all tests are true of the buffer; then `spans` has where."""
        if not self.tests:
            return self.absent is None
        self._steps = 0
        self.spans = {}
        return self._ask(0, buffer, 0) == MATCH

    def _ask(self, number: int, buffer: bytes, position: int) -> int:
        """Ask the tests from `number` on; `position` is where the match before ended."""
        while number < len(self.tests):
            self._steps += 1
            if self._steps >= LIMIT:
                return STOP
            test = self.tests[number]
            if isinstance(test, Content):
                if not test.negated:
                    return self._content(number, test, buffer, position)
                start, end = _window(test, buffer, position)
                if _stands(test, buffer, start, end):
                    return FAIL if test.relative or test.offset or test.depth or test.startswith else STOP
            elif isinstance(test, Pcre):
                if not test.negated:
                    return self._pcre(number, test, buffer, position)
                if self._search(number, test, buffer, position, 0) is not None:
                    return FAIL
            else:
                verdict = _simple(test, buffer, position)
                if verdict != MATCH:
                    return verdict
            number += 1
        return MATCH

    def _content(self, number: int, test: Content, buffer: bytes, position: int) -> int:
        start, end = _window(test, buffer, position)
        if start > end or end == 0:
            return FAIL
        haystack = buffer.lower() if test.nocase else buffer
        size = len(test.data)
        if test.endswith:
            # only the last place can be at the end
            if end < len(buffer):
                return FAIL if test.relative else STOP
            start = max(start, end - size)
        while True:
            found = haystack.find(test.data, start, end)
            if found < 0:
                return FAIL if test.relative else STOP
            self.spans[number] = Span(found, found + size)
            verdict = self._ask(number + 1, buffer, found + size)
            if verdict != FAIL:
                return verdict
            if not self._again[number]:
                return STOP
            start = found + 1

    def _pcre(self, number: int, test: Pcre, buffer: bytes, position: int) -> int:
        start = 0
        while True:
            self._steps += 1
            span = self._search(number, test, buffer, position, start) if self._steps < LIMIT else None
            if span is None:
                return FAIL
            self.spans[number] = span
            verdict = self._ask(number + 1, buffer, span.end)
            if verdict != FAIL or not self._again[number]:
                return verdict
            base = position if test.relative else 0
            start = span.start - base + 1

    def _search(self, number: int, test: Pcre, buffer: bytes, position: int, start: int) -> Span | None:
        base = position if test.relative else 0
        # the expression's own ^ is where it starts
        text = buffer[base:] if base else buffer
        pattern = self.patterns[number]
        found = pattern.match(text, start) if "A" in test.flags else pattern.search(text, start)
        return None if found is None else Span(base + found.start(), base + found.end())


def _again(tests: Sequence[Test]) -> tuple[bool, ...]:
    """For each test, whether another place of it could help the tests behind it."""
    again = [False] * len(tests)
    last = -1
    for number, test in enumerate(tests):
        if isinstance(test, Content):
            # what must not follow may be farther from another place, even without a bound
            helped = test.within is not None or (test.negated and test.relative)
        else:
            helped = isinstance(test, IsDataAt | ByteTest | Pcre) and test.relative
        if helped and last >= 0:
            again[last] = True
        # an expression is tried again for anything relative
        if isinstance(test, Content) and test.distance is not None and last >= 0 and isinstance(tests[last], Pcre):
            again[last] = True
        if isinstance(test, Content | Pcre):
            last = number
    return tuple(again)


def _window(test: Content, buffer: bytes, position: int) -> tuple[int, int]:
    """Give the bytes between which a content may stand."""
    size = len(buffer)
    if test.relative:
        distance = test.distance or 0
        start = max(position + distance, 0)
        end = size if test.within is None else min(size, position + test.within + distance)
        return start, end
    if test.startswith:
        return 0, min(size, len(test.data))
    return test.offset, min(size, test.offset + test.depth) if test.depth else size


def _stands(test: Content, buffer: bytes, start: int, end: int) -> bool:
    """Say whether a content stands in its window; for endswith, at the buffer's end."""
    if start > end:
        return False
    haystack = buffer.lower() if test.nocase else buffer
    if test.endswith:
        return end == len(buffer) and end - len(test.data) >= start and haystack.endswith(test.data)
    return haystack.find(test.data, start, end) >= 0


def _simple(test: Test, buffer: bytes, position: int) -> int:
    size = len(buffer)
    if isinstance(test, IsDataAt):
        # one byte more is asked for when it is relative: so Suricata counts
        there = position + test.position <= size if test.relative else test.position < size
        if there != test.negated:
            return MATCH
        return FAIL if test.relative and test.negated else STOP
    if isinstance(test, BufferSize):
        return MATCH if test.size.holds(size) else STOP
    if isinstance(test, Entropy):
        return MATCH if _entropic(test, buffer) else FAIL
    assert isinstance(test, ByteTest)
    return MATCH if _byte_test(test, buffer, position) else FAIL


def entropy(data: bytes) -> float:
    """Shannon entropy of the octets: 0 to 8 bits."""
    size = len(data)
    return max(0.0, -sum(count / size * math.log2(count / size) for count in Counter(data).values())) if size else 0.0


def _entropic(test: Entropy, buffer: bytes) -> bool:
    if test.offset > len(buffer) or test.size > len(buffer) - test.offset:
        return False
    data = buffer[test.offset : test.offset + test.size] if test.size else buffer[test.offset :]
    value, low, high = entropy(data), test.value, test.high
    operator = test.operator
    if operator == "=":
        return value == low
    if operator == "!=":
        return value != low
    if operator == "<":
        return value < low
    if operator == "<=":
        return value <= low
    if operator == ">":
        return value > low
    if operator == ">=":
        return value >= low
    return (low < value < high) != (operator == "!-")


def _byte_test(test: ByteTest, buffer: bytes, position: int) -> bool:
    start = (position if test.relative else 0) + test.offset
    if start < 0 or start + test.size > len(buffer):
        return False
    data = buffer[start : start + test.size]
    if test.base:
        digits = re.match(rb"[ \t-\r]*(?:0[xX])?([0-9A-Fa-f]+)" if test.base == 16 else rb"[ \t-\r]*([0-9]+)", data)
        try:
            value = int(digits[1], test.base) if digits else 0
        except ValueError:  # an 8 where digits are octal
            return False
        if not digits:
            return False
    else:
        value = int.from_bytes(data, "little" if test.little else "big")
    if test.mask:
        value = (value & test.mask) >> (test.mask & -test.mask).bit_length() - 1
    if test.operator == "&":
        holds = bool(value & test.value)
    elif test.operator == "^":
        holds = bool(value ^ test.value)
    else:
        holds = Number(test.operator, test.value).holds(value)
    return holds != test.negated
