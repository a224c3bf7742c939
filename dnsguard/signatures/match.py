"""A compiled set of rules, asked of one query or one response at a time.

A message meets a filter first: the suffixes of its name in a trie, and a set of words for strings anywhere
(`substrings`). What comes through is asked whole, as Suricata would. 30,000 rules cost a clean name under 2 us
(tests/bench/signatures.py).
"""

import ipaddress
import mmap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from cachetools import LRUCache

from dnsguard.errors import ListError
from dnsguard.signatures.buffers import SEGMENT, Buffers, question_name
from dnsguard.signatures.classes import rank
from dnsguard.signatures.compiled import MESSAGE, NAME, QUERY, RECORDS, RESPONSE, START, Compiled, compile_rules
from dnsguard.signatures.evaluate import Prepared
from dnsguard.signatures.rule import PAYLOAD, Number, Pcre, Rule
from dnsguard.signatures.substrings import FEW, LEAST, Few, Find, finder, rarest
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query

MAX_READY: Final = 2048
"""Rules kept ready to be asked, some 2 kB each; the least used are read again when their turn comes."""


class Matched(NamedTuple):
    """Bytes that a content or an expression of a rule matched."""

    buffer: str
    """Its name, and the transformations that were applied to it."""
    offset: int
    data: bytes


class Hit(NamedTuple):
    """A rule that is true of a message."""

    rule: Rule
    list_name: str
    matched: tuple[Matched, ...]
    quiet: bool
    """Its threshold says that it has told often enough: it holds, but need not be told."""


class _Ready:
    """A rule and its blocks, ready to be asked."""

    __slots__ = ("blocks", "list_name", "name_search", "nets", "not_nets", "rule")

    def __init__(self, rule: Rule, list_name: str) -> None:
        self.rule: Final = rule
        self.list_name: Final = list_name
        self.blocks: Final = tuple((block.buffer, block.transforms, Prepared(block.tests)) for block in rule.blocks)
        self.name_search: Final = next(
            (
                prepared.patterns[at].search
                for buffer, transforms, prepared in self.blocks
                if buffer == "dns.query" and not transforms and prepared.absent is None
                for at, test in enumerate(prepared.tests)
                if isinstance(test, Pcre) and not test.negated and not test.relative
            ),
            None,
        )
        """An expression that a query's name must match: most of what the filter lets through ends here."""
        self.nets: Final = tuple(map(ipaddress.ip_network, rule.clients))
        self.not_nets: Final = tuple(map(ipaddress.ip_network, rule.not_clients))


class Signatures:
    """A compiled set; `EMPTY` has no rules."""

    __slots__ = (
        "_compiled",
        "_few_suffixes",
        "_none",
        "_prefixes",
        "_query_few",
        "_query_message",
        "_query_names",
        "_query_suffixes",
        "_ready",
        "_response_labels",
        "_response_message",
        "_response_names",
        "_response_types",
        "_starts",
        "_suffixes",
        "_typed",
        "_unfiltered",
    )

    def __init__(self, compiled: Compiled) -> None:
        self._compiled: Final = compiled
        self._prefixes: Final[Callable[[str], list[str]]] = compiled.trie.prefixes
        tables: dict[tuple[int, int], list[tuple[bytes, int, tuple[int, ...]]]] = {}
        for stage, place, string, rare, numbers in compiled.contents.strings:
            tables.setdefault((stage, place), []).append((string, rare, tuple(numbers)))

        self._none: Final = compiled.size == 0
        """Most have no rules files: nothing is looked at for them."""
        self._suffixes: Final = tuple(compiled.contents.suffixes)
        self._query_suffixes: Final = self._prefixes if self._suffixes[QUERY] else None
        self._few_suffixes: Final = tuple(key[::-1] for key in compiled.trie) if len(compiled.trie) <= FEW else None
        """Asked of a name's end before the trie is; None: there are too many."""
        named = tables.get((QUERY, NAME), ())
        self._query_few: Final = Few(named) if 0 < len(named) <= FEW else None
        self._query_names: Final = _find(named) if self._query_few is None else None
        self._query_message: Final = _find(tables.get((QUERY, MESSAGE), ()))
        self._response_names: Final = _find(tables.get((RESPONSE, NAME), ()))
        self._response_labels: Final = _labels(tables.get((RESPONSE, RECORDS), ()))
        self._response_message: Final = _find(tables.get((RESPONSE, MESSAGE), ()))
        self._response_types: Final = _types(compiled, tables.get((RESPONSE, MESSAGE), ()))
        self._starts: Final[dict[str, list[tuple[str, tuple[int, ...]]]]] = {}
        for string, _, needed in tables.get((QUERY, START), ()):
            text = string.decode("latin-1")
            self._starts.setdefault(text[:LEAST], []).append((text, needed))
        self._typed: Final = compiled.contents.types
        self._unfiltered: Final = compiled.contents.always
        self._ready: Final[LRUCache[int, _Ready]] = LRUCache(MAX_READY)

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Self:
        """Map a compiled file; ListError if it is not whole."""
        try:
            with path.open("rb") as file:
                # it lives as long as the rules that are read from it
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ListError(f"{path}: {error}; it has to be compiled again") from error
        return cls(Compiled(memoryview(mapped), verify=verify))

    def __len__(self) -> int:
        """Count the rules."""
        return self._compiled.size

    def rules(self, list_name: str) -> list[Rule]:
        """Read all rules of one file again."""
        contents = self._compiled.contents
        if list_name not in contents.lists:
            return []
        number = contents.lists.index(list_name)
        first = sum(contents.lengths[:number])
        return [self._compiled.rule(i) for i in range(first, first + contents.lengths[number])]

    def query(self, query: Query, thresholds: Thresholds) -> list[Hit]:
        """Rules that are true of a query, the worst first; their thresholds count it."""
        found = self.query_suspects(query)
        return self._hits(found, Buffers(query), thresholds) if found else []

    def query_suspects(self, query: Query) -> list[int]:
        """Rules, by number, that may be true of a query; some may be named twice."""
        found: list[int] = []
        if self._none:
            return found
        text = "." + query.name
        if "\\" in text:
            # an escape means octets that the wire form has to be asked for
            text = _dotted(query)
        if (
            self._query_suffixes is not None
            and (self._few_suffixes is None or text.endswith(self._few_suffixes))
            and (suffixes := self._query_suffixes(text[::-1]))
        ):
            found = self._numbers(suffixes)
        if self._starts and (starts := self._starts.get(text[1 : 1 + LEAST])):
            found += self._started(query, text, starts)
        if self._query_few is not None:
            found += self._query_few.find_in(text)
        if self._query_names is not None and (more := self._query_names(text.encode("latin-1"))):
            found += more
        if self._query_message is not None and (more := self._query_message(query.packet.lower())):
            found += more
        if self._typed and (typed := self._typed.get(query.qtype)):
            found += typed
        if self._unfiltered[QUERY]:
            found += self._unfiltered[QUERY]
        return found

    def _started(self, query: Query, text: str, starts: list[tuple[str, tuple[int, ...]]]) -> list[int]:
        """Rules whose string the name begins with, and whose expression it matches: `api.` alone is no sign."""
        found: list[int] = []
        for start, numbers in starts:
            if text.startswith(start, 1):
                name = question_name(query.question)
                for number in numbers:
                    search = self._rule(number).name_search
                    if search is None or search(name) is not None:
                        found.append(number)
        return found

    def _rule(self, number: int) -> _Ready:
        ready = self._ready.get(number)
        if ready is None:
            ready = self._ready[number] = _Ready(self._compiled.rule(number), self._compiled.list_of(number))
        return ready

    def _numbers(self, suffixes: list[str]) -> list[int]:
        return [number for suffix in suffixes for number in self._compiled.rules_of(suffix)]

    def response(self, query: Query, answer: Answer, thresholds: Thresholds) -> list[Hit]:
        """Rules that are true of a response, the worst first; their thresholds count it."""
        found = self.response_suspects(query, answer)
        return self._hits(found, Buffers(query, answer), thresholds) if found else []

    def response_suspects(self, query: Query, answer: Answer) -> list[int]:
        """Rules, by number, that may be true of a response; some may be named twice."""
        found: list[int] = []
        if self._none:
            return found
        if self._response_names is not None or self._suffixes[RESPONSE]:
            text = _dotted(query)
            if self._suffixes[RESPONSE]:
                found += self._numbers(self._prefixes(text[::-1]))
            if self._response_names is not None:
                found += self._response_names(text.encode("latin-1"))
        message = answer.message
        types = self._response_types
        typed = self._response_message is not None and types is None
        if types:
            for at, _ in answer.ttls:
                # a record's type stands four bytes before its TTL
                if message[at - 4] << 8 | message[at - 3] in types:
                    typed = True
                    break
        if typed or self._response_labels is not None:
            lower = message.lower()
            if typed and self._response_message is not None:
                found += self._response_message(lower)
            if self._response_labels is not None:
                found += self._response_labels(lower)
        if self._unfiltered[RESPONSE]:
            found += self._unfiltered[RESPONSE]
        return found

    def _hits(self, numbers: Iterable[int], buffers: Buffers, thresholds: Thresholds) -> list[Hit]:
        hits = []
        query, response = buffers.query, buffers.answer is not None
        for number in sorted(set(numbers)):
            ready = self._rule(number)
            if not response and ready.name_search is not None:
                name = buffers.get("dns.query")
                if not name or not ready.name_search(name[0]):
                    continue
            matched = _ask(ready, buffers)
            if matched is None:
                continue
            told = thresholds.reached(ready.rule, query.client, query.time, response=response)
            if told is not False:
                hits.append(Hit(ready.rule, ready.list_name, matched, told is None))
        return sorted(hits, key=lambda hit: (hit.quiet, rank(hit.rule)))


_Strings = Sequence[tuple[bytes, int, tuple[int, ...]]]


def _find(strings: _Strings) -> Find | None:
    """Make a search of these strings; None: there are none."""
    return finder(strings) if strings else None


def _labels(strings: _Strings) -> Find | None:
    """Make a search in the whole message of strings that stand in records' names; None: there are none.

    Names are cut by compression between labels only, so the longest label of a string stands whole in the message. One
    too short to look for is found in every message.
    """
    pieces: list[tuple[bytes, int, tuple[int, ...]]] = []
    always: list[int] = []
    for string, _, numbers in strings:
        piece = max(string.split(b"."), key=len)
        if len(piece) < LEAST:
            always += numbers
        else:
            pieces.append((piece, rarest(piece), numbers))
    if not pieces and not always:
        return None
    if not always:
        return finder(pieces)
    found = finder(pieces) if pieces else None
    return lambda text: [*always, *(found(text) if found is not None else ())]


def _types(compiled: Compiled, strings: _Strings) -> frozenset[int] | None:
    """Give the types of which a message must have a record for any of these strings' rules to hold.

    None: one of the rules asks for no type, or there are too many rules to look through.
    """
    numbers = {number for _, _, found in strings for number in found}
    if len(numbers) > MAX_READY:
        return None
    types: set[int] = set()
    for number in numbers:
        asked = [item.value for item in compiled.rule(number).rrtype if item.operator == "="]
        if not asked:
            return None
        types.add(asked[0])
    return frozenset(types)


def _dotted(query: Query) -> str:
    """Give the question's name, a dot before it, lower case, one character an octet."""
    return "." + question_name(query.question).lower().decode("latin-1")


def _ask(ready: _Ready, buffers: Buffers) -> tuple[Matched, ...] | None:
    """Ask a rule whole; None: it is not true of the message."""
    rule, query, answer = ready.rule, buffers.query, buffers.answer
    if not (rule.to_server if answer is None else rule.to_client):
        return None
    if rule.stream is not None and rule.stream != query.stream:
        return None
    # a query over UDP is its flow's first packet: each has a port of its own
    if rule.established is not None and rule.established != (query.stream or answer is not None):
        return None
    if (rule.clients or rule.not_clients) and not _is_client(ready, query.client):
        return None
    flags, size = (query.flags, len(query.packet)) if answer is None else (answer.flags, len(answer.message))
    if rule.stream:
        size += 2
    if not (_hold(rule.opcode, flags >> 11 & 0xF) and _hold(rule.rcode, flags & 0xF) and _hold(rule.dsize, size)):
        return None
    if rule.rrtype:
        types = [query.qtype] if answer is None else [record.rtype for record in buffers.records if not record.section]
        if not all(any(number.holds(rtype) for rtype in types) for number in rule.rrtype):
            return None
    matched: list[Matched] = []
    for buffer, transforms, prepared in ready.blocks:
        found = buffers.get(SEGMENT if rule.stream and buffer == PAYLOAD else buffer, transforms)
        if not found:
            if prepared.absent is None:
                return None
            continue
        for data in found:
            if prepared.matches(data):
                shown = "; ".join((buffer, *transforms))
                matched += [Matched(shown, start, data[start:end]) for start, end in prepared.spans.values()]
                break
        else:
            return None
    return tuple(matched)


def _hold(numbers: tuple[Number, ...], value: int) -> bool:
    return all(number.holds(value) for number in numbers)


def _is_client(ready: _Ready, client: bytes) -> bool:
    address = ipaddress.ip_address(client)
    if any(address in net for net in ready.not_nets):
        return False
    return not ready.nets or any(address in net for net in ready.nets)


EMPTY: Final = Signatures(Compiled(compile_rules([])[0]))
"""No rules."""
