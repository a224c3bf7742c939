"""What each option of a rule adds to it; the parser's table, and its refusals.

Modifiers stand behind what they change (`content:"x"; nocase; depth:4;`), sticky buffers before what they hold.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from dnsguard.signatures.classes import CLASSES
from dnsguard.signatures.lexer import unquoted
from dnsguard.signatures.numbers import RCODES, c_integer, decimal, parse_number
from dnsguard.signatures.pattern import parse_content, parse_pcre, print_content
from dnsguard.signatures.requires import unmet
from dnsguard.signatures.rule import BUFFERS, PAYLOAD, TRANSFORMS, Absent, Block, BufferSize, Content, Pcre, Rule, Test
from dnsguard.signatures.values import (
    MAX_POSITION,
    parse_byte_test,
    parse_entropy,
    parse_isdataat,
    parse_threshold,
)
from dnsguard.wire.rrtypes import type_number

MAX_ID: Final = 0xFFFFFFFF
HARMLESS: Final = frozenset({"fast_pattern", "metadata", "rawbytes", "target", "prefilter"})
"""They change how fast Suricata is, or what it writes beside an alert; not what matches."""
STATE: Final = frozenset({"flowbits", "xbits", "hostbits", "flowint", "tag", "dataset", "datarep", "iprep", "noalert"})
TRANSFORMS_REFUSED: Final = frozenset(
    {
        *("to_md5", "to_sha1", "to_sha256", "domain", "tld", "url_decode", "xor", "pcrexform", "header_lowercase"),
        *("strip_pseudo_headers", "from_base64", "luaxform", "gunzip", "zlib_deflate", "subslice"),
    }
)
PROTOCOLS_ELSEWHERE: Final = re.compile(
    r"(http|tls|ssl|ssh|smtp|ftp|file|filestore|uri|ja3|ja4|smb|mdns|quic|base64)\b.*"
)


@dataclass(slots=True)
class Draft:
    """A rule while its options are read."""

    fields: dict[str, Any] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)
    blocks: list[tuple[str, list[str], list[Test]]] = field(default_factory=list)
    """Buffer, transforms, tests; made in order, the payload's once."""

    def once(self, keyword: str, value: Any) -> None:
        """Take a value that may stand once."""
        if keyword in self.fields:
            raise ValueError(f"{keyword} stands there twice")
        self.fields[keyword] = value

    def tests(self) -> list[Test]:
        """The tests of the current buffer: the whole payload's, if none is."""
        if not self.blocks:
            self.open(PAYLOAD)
        return self.blocks[-1][2]

    def open(self, buffer: str) -> None:
        """Make a buffer current. Contents of the payload belong together, wherever they stand."""
        if buffer == PAYLOAD:
            for block in self.blocks:
                if block[0] == PAYLOAD:
                    self.blocks.remove(block)
                    self.blocks.append(block)
                    return
        self.blocks.append((buffer, [], []))

    def content(self, keyword: str) -> Content:
        """The content a modifier stands behind, whatever else stands between; ValueError if it stands behind none."""
        content = self.tests()[self._last(keyword)]
        assert isinstance(content, Content)
        return content

    def _last(self, keyword: str) -> int:
        """Where the current buffer's last content stands."""
        tests = self.blocks[-1][2] if self.blocks else []
        for number in reversed(range(len(tests))):
            if isinstance(tests[number], Content):
                return number
        raise ValueError(f"{keyword}: it stands behind no content")

    def change(self, keyword: str, **changes: Any) -> None:
        """Replace the content a modifier stands behind."""
        content = self.content(keyword)
        self.blocks[-1][2][self._last(keyword)] = _checked(msgspec.structs.replace(content, **changes))

    def rule(self, line: int) -> Rule:
        """Put it together; ValueError for what does not make a rule."""
        if "sid" not in self.fields:
            raise ValueError("sid: it has none")
        blocks = []
        for buffer, transforms, tests in self.blocks:
            if not tests and buffer != PAYLOAD:
                raise ValueError(f"{buffer}: nothing is asked of it")
            absent = [number for number, test in enumerate(tests) if isinstance(test, Absent)]
            if absent and (absent != [0] or (len(tests) > 1) != tests[0].or_else):  # type: ignore[union-attr]
                raise ValueError("absent: it stands alone, or as absent:or_else before others")
            if tests:
                _check_case(transforms, tests)
                blocks.append(Block(buffer, tuple(tests), tuple(transforms)))
        return Rule(line=line, blocks=tuple(blocks), references=tuple(self.references), **self.fields)


def _checked(content: Content) -> Content:
    """Refuse combinations that Suricata refuses."""
    size = len(content.data)
    absolute = content.offset or content.depth
    if content.startswith and (absolute or content.relative):
        raise ValueError("startswith: not together with depth, offset, distance or within")
    if absolute and content.relative:
        raise ValueError("content: absolute (depth, offset) and relative (distance, within) at once")
    if content.depth and content.depth < size:
        raise ValueError(f"depth:{content.depth} is shorter than its content")
    if content.within is not None and content.within < size:
        raise ValueError(f"within:{content.within} is shorter than its content")
    return content


def _check_case(transforms: list[str], tests: list[Test]) -> None:
    """Refuse, as Suricata does, what a change of case leaves no place for: such a rule is never true."""
    for transform, change in (("to_lowercase", bytes.lower), ("to_uppercase", bytes.upper)):
        for test in tests if transform in transforms else ():
            if isinstance(test, Content) and not test.negated and not test.nocase and change(test.data) != test.data:
                raise ValueError(f"content: {print_content(test.data)} is never there behind {transform}")


def _content(draft: Draft, value: str | None) -> None:
    negated, text = unquoted("content", value)
    draft.tests().append(Content(parse_content(text), negated))


def _nocase(draft: Draft, value: str | None) -> None:
    if value is not None:
        raise ValueError("nocase takes no value")
    draft.change("nocase", nocase=True, data=draft.content("nocase").data.lower())


def _pcre(draft: Draft, value: str | None) -> None:
    negated, text = unquoted("pcre", value)
    draft.tests().append(Pcre(*parse_pcre(text), negated))


def _isdataat(draft: Draft, value: str | None) -> None:
    test = parse_isdataat(value)
    tests = draft.tests()
    last = next((number for number in reversed(range(len(tests))) if isinstance(tests[number], Content | Pcre)), None)
    if test.relative and test.negated and test.position == 1 and last is not None:
        content = tests[last]
        if isinstance(content, Content):
            # how rules said endswith before there was the word; Suricata takes it for that, too
            tests[last] = msgspec.structs.replace(content, endswith=True)
            return
    tests.append(test)


def _absent(draft: Draft, value: str | None) -> None:
    if value not in {None, "or_else"}:
        raise ValueError(f"absent:{value} is not supported; or_else is")
    if not draft.blocks or draft.blocks[-1][0] == PAYLOAD:
        raise ValueError("absent: it stands behind no buffer")
    draft.tests().append(Absent(value is not None))


def _buffer(name: str) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        if value is not None:
            raise ValueError(f"{name} takes no value")
        draft.open(BUFFERS[name])

    return read


def _transform(name: str) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        if value is not None:
            raise ValueError(f"{name} takes no value")
        if not draft.blocks or draft.blocks[-1][0] == PAYLOAD or draft.blocks[-1][2]:
            raise ValueError(f"{name}: it stands right behind a buffer such as dns.query")
        draft.blocks[-1][1].append(name)

    return read


def _modifier(name: str, least: int, most: int) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        draft.change(name, **{name: c_integer(name, value, least, most)})

    return read


def _flag(name: str) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        if value is not None:
            raise ValueError(f"{name} takes no value")
        draft.change(name, **{name: True})

    return read


def _compared(name: str, most: int, names: Any = None) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        key = name.removeprefix("dns.")
        draft.fields[key] = (*draft.fields.get(key, ()), parse_number(name, value, most, names))

    return read


def _bsize(draft: Draft, value: str | None) -> None:
    if not draft.blocks or draft.blocks[-1][0] == PAYLOAD:
        raise ValueError("bsize: it stands behind no buffer such as dns.query; dsize is about the whole message")
    draft.tests().append(BufferSize(parse_number("bsize", value, MAX_ID)))


def _flow(draft: Draft, value: str | None) -> None:
    for word in (part.strip() for part in (value or "").split(",")):
        if word in {"to_server", "from_client"}:
            draft.once("direction", "to_server")
        elif word in {"to_client", "from_server"}:
            draft.once("direction", "to_client")
        elif word in {"established", "not_established"}:
            draft.once("established", word == "established")
        elif word not in {"stateless", "no_stream", "only_stream", "no_frag"}:
            raise ValueError(f"flow:{word} is not supported")


def _text(name: str) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        negated, text = unquoted(name, value)
        if negated:
            raise ValueError(f"{name}: it can't be negated")
        draft.once(name, re.sub(r'\\([;:"\\])', r"\1", text).encode("latin-1").decode("utf-8", "replace"))

    return read


def _id(name: str, least: int = 0) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        draft.once(name, decimal(name, value, least, MAX_ID))

    return read


def _reference(draft: Draft, value: str | None) -> None:
    kind, comma, what = (value or "").partition(",")
    if not comma or not what.strip():
        raise ValueError("reference: write url,example.com/x")
    draft.references.append(f"{kind.strip()},{what.strip()}".encode("latin-1").decode("utf-8", "replace"))


def _classtype(draft: Draft, value: str | None) -> None:
    if value not in CLASSES:
        raise ValueError(f"classtype:{value} is none of Suricata's")
    draft.once("classtype", value)


def _threshold(name: str) -> Callable[[Draft, str | None], None]:
    def read(draft: Draft, value: str | None) -> None:
        draft.once("threshold", parse_threshold(name, value))

    return read


def _app_layer(draft: Draft, value: str | None) -> None:
    del draft
    if value != "dns":
        raise ValueError(f"app-layer-protocol:{value} is never true of DNS, or always")


def _requires(draft: Draft, value: str | None) -> None:
    del draft
    missing = unmet(value or "", lambda keyword: keyword in KEYWORDS or keyword in HARMLESS)
    if missing:
        raise ValueError(f"requires: {missing}")


KEYWORDS: Final[dict[str, Callable[[Draft, str | None], None]]] = {
    **{name: _buffer(name) for name in BUFFERS},
    **{name: _transform(name) for name in TRANSFORMS},
    "msg": _text("msg"),
    "sid": _id("sid", 1),
    "gid": _id("gid"),
    "rev": _id("rev"),
    "priority": _id("priority", 1),
    "classtype": _classtype,
    "reference": _reference,
    "flow": _flow,
    "threshold": _threshold("threshold"),
    "detection_filter": _threshold("detection_filter"),
    "app-layer-protocol": _app_layer,
    "requires": _requires,
    "content": _content,
    "nocase": _nocase,
    "startswith": _flag("startswith"),
    "endswith": _flag("endswith"),
    "offset": _modifier("offset", 0, MAX_POSITION),
    "depth": _modifier("depth", 1, MAX_POSITION),
    "distance": _modifier("distance", -MAX_POSITION, MAX_POSITION),
    "within": _modifier("within", 1, MAX_POSITION),
    "pcre": _pcre,
    "isdataat": _isdataat,
    "entropy": lambda draft, value: draft.tests().append(parse_entropy(value)),
    "byte_test": lambda draft, value: draft.tests().append(parse_byte_test(value)),
    "bsize": _bsize,
    "absent": _absent,
    "dsize": _compared("dsize", 65535),
    "dns.opcode": _compared("dns.opcode", 255),
    "dns.rcode": _compared("dns.rcode", 255, RCODES),
    "dns.rrtype": _compared("dns.rrtype", 65535, type_number),
}


def read_option(draft: Draft, keyword: str, value: str | None) -> None:
    """Add one option to the draft; ValueError names the keyword and what is wrong with it."""
    reader = KEYWORDS.get(keyword)
    if reader is not None:
        reader(draft, value)
    elif keyword in HARMLESS:
        pass
    elif keyword in STATE:
        raise ValueError(f"{keyword} is not supported: a rule here remembers nothing but its threshold")
    elif keyword in TRANSFORMS_REFUSED:
        raise ValueError(f"{keyword} is not supported; of the transformations, {', '.join(TRANSFORMS)} are")
    elif keyword in {"byte_jump", "byte_extract", "byte_math"}:
        raise ValueError(f"{keyword} is not supported; byte_test is")
    elif keyword.startswith(("app-layer-event", "decode-event", "stream-event")):
        raise ValueError(f"{keyword} is not supported: the detector protocol_anomaly looks for those")
    elif PROTOCOLS_ELSEWHERE.fullmatch(keyword):
        raise ValueError(f"{keyword} is not supported: it is not about DNS")
    else:
        raise ValueError(f"{keyword} is not supported")
