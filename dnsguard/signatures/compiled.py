"""Rules as the bytes of one file, which every worker maps, and how they are made.

The file: a fixed head, a table of contents (msgpack), the trie of suffixes (marisa), its rows, where each rule begins,
and the rules (msgpack each). A rule is read when it is a candidate, so a set of 30,000 costs a worker the trie (0.3 MB)
and the strings to filter for; the rest stays in the page cache, once.
"""

import hashlib
import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import marisa_trie
import msgspec

from dnsguard.errors import ListError
from dnsguard.signatures.parse import Reading, Refused
from dnsguard.signatures.rule import PAYLOAD, QUESTION_BUFFERS, Absent, Block, BufferSize, Content, Number, Rule
from dnsguard.signatures.substrings import LEAST, LONG, rarest

FORMAT: Final = 2
MAGIC: Final = b"dnsguard signatures\n"
_HEAD: Final = struct.Struct("<20sI16s5Q")
"""Magic, format, digest of the rest, bytes of: contents, trie, starts and rows, offsets, rules."""
NAME: Final = 0
"""Where a string is looked for: the question's name with a dot before it."""
RECORDS: Final = 1
"""The names of a response's records, each with a dot before it."""
MESSAGE: Final = 2
START: Final = 3
"""The question's name begins with it."""
SUFFIX: Final = 4
"""It, or the dot before it, ends with it."""
PREFERRED: Final = (MESSAGE, RECORDS, NAME, START, SUFFIX)
"""What is looked for, if there is a choice: the last."""
QUERY: Final = 0
RESPONSE: Final = 1
_WHITESPACE: Final = frozenset({"strip_whitespace", "compress_whitespace"})


class Contents(msgspec.Struct, array_like=True):
    """What stands in the file, and all of the filter that is no trie."""

    lists: list[str]
    """Names of the rules files, by number."""
    lengths: list[int]
    """How many rules each of them has; they are numbered through."""
    suffixes: list[bool]
    """Whether suffixes are to be looked up, for queries and for responses."""
    strings: list[tuple[int, int, bytes, int, list[int]]]
    """Stage, place, string in lower case, where its rarest bytes begin, numbers of the rules that need it."""
    always: list[list[int]]
    """Rules that nothing filters, by stage."""
    types: dict[int, list[int]]
    """Those of them that need one type of query."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of one rules file."""

    name: str
    rules: int = 0
    refused: list[Refused] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    """Rules about other protocols: protocol -> how many."""
    unfiltered: list[int] = field(default_factory=list)
    """Signature ids that cost time on every message: no string of 3 bytes has to be there."""


def compile_rules(readings: Iterable[tuple[str, Reading]]) -> tuple[bytes, list[Report]]:
    """Make the file's bytes of (list name, reading); of two rules with the same id, the higher revision stays."""
    reports: list[Report] = []
    kept: list[dict[tuple[int, int], Rule]] = []
    places: dict[tuple[int, int], int] = {}
    for number, (name, reading) in enumerate(readings):
        report = Report(name=name, refused=list(reading.refused), foreign=Counter(reading.foreign))
        reports.append(report)
        kept.append({})
        for rule in reading.rules:
            key = (rule.gid, rule.sid)
            place = places.get(key)
            if place is not None:
                other = kept[place][key]
                loser, home = (other, place) if rule.rev > other.rev else (rule, number)
                winner = rule if loser is other else other
                reports[home].refused.append(
                    Refused(line=loser.line, sid=loser.sid, reason=f"sid: there is revision {winner.rev} of it, too")
                )
                if loser is rule:
                    continue
                del kept[place][key]
            kept[number][key] = rule
            places[key] = number
    rules: list[Rule] = []
    for report, own in zip(reports, kept, strict=True):
        report.rules = len(own)
        report.refused.sort(key=lambda refused: refused.line)
        rules += own.values()
    contents, suffixes, unfiltered = _filters(rules)
    contents.lists = [report.name for report in reports]
    contents.lengths = [report.rules for report in reports]
    first = 0
    for report in reports:
        report.unfiltered = [rules[i].sid for i in sorted(unfiltered) if first <= i < first + report.rules]
        first += report.rules
    return _bytes(contents, suffixes, rules), reports


def _filters(rules: Sequence[Rule]) -> tuple[Contents, dict[str, list[int]], set[int]]:
    """Sort the rules by what has to be in a message before they are worth asking."""
    suffixes: dict[str, list[int]] = {}
    strings: dict[tuple[int, int, bytes], list[int]] = {}
    contents = Contents([], [], [False, False], [], [[], []], {})
    unfiltered: set[int] = set()
    for number, rule in enumerate(rules):
        stages = [stage for stage, on in ((QUERY, rule.to_server), (RESPONSE, rule.to_client)) if on]
        anchor = _anchor(rule)
        if anchor is None:
            types = [item.value for item in rule.rrtype if item.operator == "="]
            for stage in stages:
                if stage == QUERY and types:
                    contents.types.setdefault(types[0], []).append(number)
                else:
                    contents.always[stage].append(number)
                    unfiltered.add(number)
            continue
        place, data = anchor
        if place == SUFFIX:
            suffixes.setdefault(data.decode("latin-1")[::-1], []).append(number)
        for stage in stages:
            if place == SUFFIX:
                contents.suffixes[stage] = True
            else:
                # what begins the name stands in it, too: one search less for responses
                there = NAME if place == START and stage == RESPONSE else place
                strings.setdefault((stage, there, data), []).append(number)
    contents.strings = [
        (stage, place, data, rarest(data), numbers) for (stage, place, data), numbers in strings.items()
    ]
    return contents, suffixes, unfiltered


def _anchor(rule: Rule) -> tuple[int, bytes] | None:
    """Choose what must be there: place, and string in lower case; None: nothing must."""
    best: tuple[int, bytes] | None = None
    best_rank: tuple[float, int] = (-1.0, 0)
    for block in rule.blocks:
        if _WHITESPACE & set(block.transforms) or isinstance(block.tests[0], Absent):
            continue
        for test in block.tests:
            if not isinstance(test, Content) or test.negated:
                continue
            place, data = _place(block, test)
            if place == MESSAGE and rule.stream:
                # the two bytes of the message's length may be among them
                data = data[2:]
            if len(data) < LEAST and place != SUFFIX:
                continue
            # the rarest first: an end, a long string, a start, a short string; of the whole message only if need be
            rank = PREFERRED.index(place) if place != NAME or len(data) < LONG else len(PREFERRED) - 1.5
            if (rank, len(data)) > best_rank:
                best, best_rank = (place, data), (rank, len(data))
    return best


def _place(block: Block, content: Content) -> tuple[int, bytes]:
    """Say where a content is looked for, and as what."""
    data = content.data.lower()
    if block.buffer not in QUESTION_BUFFERS:
        return (MESSAGE if block.buffer == PAYLOAD else RECORDS), data
    if content.endswith or _is_all(block, content):
        return SUFFIX, data
    if not (content.startswith or (not content.offset and content.depth == len(data))):
        return NAME, data
    if "dotprefix" not in block.transforms:
        return START, data
    # the dot is the buffer's own
    return (START, data[1:]) if data.startswith(b".") else (NAME, data)


def _is_all(block: Block, content: Content) -> bool:
    """Say whether a content has to be all of its buffer."""
    return any(isinstance(test, BufferSize) and test.size == Number("=", len(content.data)) for test in block.tests)


def _bytes(contents: Contents, suffixes: dict[str, list[int]], rules: Sequence[Rule]) -> bytes:
    trie = marisa_trie.Trie(suffixes)
    starts = array("I", [0])
    rows = array("I")
    for number in range(len(trie)):
        rows.extend(suffixes[trie.restore_key(number)])
        starts.append(len(rows))
    encoder = msgspec.msgpack.Encoder()
    offsets = array("I", [0])
    packed = bytearray()
    for rule in rules:
        packed += encoder.encode(rule)
        offsets.append(len(packed))
    head = encoder.encode(contents)
    parts = [head, trie.tobytes(), (starts + rows).tobytes(), offsets.tobytes(), bytes(packed)]
    body = b"".join(parts)
    return _HEAD.pack(MAGIC, FORMAT, _digest(body), *map(len, parts)) + body


def _digest(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


class Compiled:
    """A compiled file's parts; ListError if it is not whole."""

    __slots__ = ("_decoder", "_offsets", "_packed", "_rows", "_starts", "contents", "size", "trie")

    def __init__(self, data: bytes | memoryview, *, verify: bool = True) -> None:
        """`verify` reads each byte once: the trie's library trusts what it is given."""
        view = memoryview(data)
        try:
            magic, version, digest, *lengths = _HEAD.unpack_from(view)
        except struct.error:
            raise ListError("signatures: not whole; they have to be compiled again") from None
        if magic != MAGIC or version != FORMAT:
            raise ListError(f"signatures: not of format {FORMAT}; they have to be compiled again")
        body = view[_HEAD.size :]
        if sum(lengths) != len(body) or (verify and _digest(body) != digest):
            raise ListError("signatures: damaged; they have to be compiled again")
        parts = []
        for length in lengths:
            parts.append(body[:length])
            body = body[length:]
        self.contents: Final = msgspec.msgpack.decode(parts[0], type=Contents)
        self.trie: Final = marisa_trie.Trie()
        if len(parts[1]):
            self.trie.frombytes(bytes(parts[1]))
        # copied: few, and a cast of the file would need them aligned in it
        numbers = array("I", bytes(parts[2]))
        self._starts: Final = numbers[: len(self.trie) + 1]
        self._rows: Final = numbers[len(self.trie) + 1 :]
        self._offsets: Final = array("I", bytes(parts[3]))
        self._packed: Final = parts[4]
        self._decoder: Final = msgspec.msgpack.Decoder(Rule)
        self.size: Final = len(self._offsets) - 1

    def rules_of(self, suffix: str) -> "array[int]":
        """Numbers of the rules that need a suffix of the trie."""
        row = self.trie[suffix]
        return self._rows[self._starts[row] : self._starts[row + 1]]

    def rule(self, number: int) -> Rule:
        """Read a rule."""
        return self._decoder.decode(self._packed[self._offsets[number] : self._offsets[number + 1]])

    def list_of(self, number: int) -> str:
        """Name the file a rule stands in."""
        for name, length in zip(self.contents.lists, self.contents.lengths, strict=True):
            if number < length:
                return name
            number -= length
        raise IndexError(number)
