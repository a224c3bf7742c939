r"""Contents between bytes and text, and PCRE as Python's `re` reads it.

Two expressions mean the same to both, or the rule is refused: what only PCRE knows (`\Q`, `\K`, `\G`, `(?|`, recursion,
verbs, conditions on it, ungreedy mode) has no half-right translation.
"""

import re
import warnings
from typing import Final

MAX_CONTENT: Final = 255
"""Bytes of one content, as in Suricata."""
_ESCAPED: Final = frozenset(':;\\"')
_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
_ESCAPES: Final = {
    "e": r"\x1b",
    "h": r"[\t \xa0]",
    "N": r"[^\n]",
    "R": r"(?:\r\n|[\n-\r\x85])",
    "v": r"[\n-\r\x85]",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
}
"""PCRE's escapes that Python's `re` has not, or has with another meaning."""
_SAME: Final = frozenset("abBdDfnrsStwWxA0123456789")
FLAGS: Final = "imsxAERBO"
"""Understood; `B` and `O` do nothing, in Suricata neither."""
_HTTP: Final = frozenset("UIPQHDMCSYVW")


def parse_content(text: str) -> bytes:
    r"""Read what stands between a content's quotes: `evil|2e|com`, `a\;b`; ValueError says what is wrong."""
    out = bytearray()
    parts = re.split(r"(?<!\\)\|", text)
    if len(parts) % 2 == 0:
        raise ValueError("content: a | that is not closed")
    for number, part in enumerate(parts):
        if number % 2:
            digits = part.replace(" ", "")
            if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", digits):
                raise ValueError(f"content: |{part}| is no row of hex digits")
            out += bytes.fromhex(digits)
            continue
        position = 0
        while position < len(part):
            char = part[position]
            if char == "\\":
                position += 1
                char = part[position : position + 1]
                if char not in _ESCAPED:
                    raise ValueError(rf"content: \{char} is no escape; \" \; \: and \\ are")
            elif char == '"':
                raise ValueError(r'content: a " inside is written \"')
            out.append(ord(char))
            position += 1
    if not out:
        raise ValueError("content: it is empty")
    if len(out) > MAX_CONTENT:
        raise ValueError(f"content: {MAX_CONTENT} bytes are the most")
    return bytes(out)


def print_content(data: bytes) -> str:
    """As a rule has it: hex between bars for what is not a plain character."""
    out = []
    for octet in data:
        char = chr(octet)
        plain = 32 < octet < 127 and char not in _ESCAPED and char != "|"
        out.append(char if plain else f"|{octet:02x}|")
    return "".join(out).replace("||", " ")


def parse_pcre(text: str) -> tuple[str, str]:
    """Cut `/pattern/flags` in two; ValueError says what is not supported."""
    match = re.fullmatch(r"/(.*)/([A-Za-z]*)(.*)", text, re.DOTALL)
    if not match:
        raise ValueError("pcre: write /pattern/flags")
    pattern, flags, rest = match.groups()
    if rest.strip():
        raise ValueError("pcre: captures into variables are not supported")
    for flag in flags:
        if flag in _HTTP:
            raise ValueError(f"pcre: flag {flag} is about HTTP")
        if flag not in FLAGS:
            raise ValueError(f"pcre: flag {flag} is not supported; {FLAGS} are")
    if "E" in flags and "$" in pattern:
        raise ValueError(r"pcre: flag E with $ is not supported; write \z for the very end")
    # as Suricata gives it to PCRE: a rule's escapes for its own syntax mean the same there
    compile_pcre(pattern, flags)
    return pattern, flags


def compile_pcre(pattern: str, flags: str) -> re.Pattern[bytes]:
    """Make it ready; ValueError says what is not supported."""
    options = 0
    for flag, option in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL), ("x", re.VERBOSE)):
        if flag in flags:
            options |= option
    translated = _translate(pattern)
    try:
        with warnings.catch_warnings():
            # a set that another dialect reads in another way is refused, not guessed at
            warnings.simplefilter("error")
            return re.compile(translated.encode("latin-1"), options)
    except (re.error, ValueError, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"pcre: {error}") from None


def _translate(pattern: str) -> str:
    """Put PCRE's own spellings into Python's; ValueError for what has none."""
    out = []
    position = 0
    in_set = False
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            escaped = pattern[position + 1 : position + 2]
            position += 2
            if escaped == "x" and not re.match(r"[0-9A-Fa-f]{2}", pattern[position:]):
                raise ValueError(r"pcre: \x takes two hex digits here")
            if escaped in _ESCAPES:
                if in_set and escaped not in "ehv":
                    raise ValueError(rf"pcre: \{escaped} inside [] is not supported")
                out.append(_ESCAPES[escaped].strip("[]") if in_set else _ESCAPES[escaped])
            elif escaped in _SAME or not escaped.isalnum():
                out.append("\\" + escaped)
            else:
                raise ValueError(rf"pcre: \{escaped} is not supported")
            continue
        if in_set:
            match = re.match(r"\[:(\^?)(\w+):\]", pattern[position:])
            if match:
                if match[1] or match[2] not in _POSIX:
                    raise ValueError(f"pcre: {match[0]} is not supported")
                out.append(_POSIX[match[2]])
                position += match.end()
                continue
            if char == "]":
                in_set = False
            elif char == "[":
                char = r"\["
        elif char == "[":
            in_set = True
            # a ] that comes first is one of the set
            match = re.match(r"\[\^?\]?", pattern[position:])
            assert match is not None
            out.append(match[0])
            position += match.end()
            continue
        elif pattern.startswith("{,", position):
            raise ValueError("pcre: {,n} means one thing or another; write {0,n}")
        elif char == "(" and pattern[position + 1 : position + 2] == "*":
            raise ValueError("pcre: verbs (*…) are not supported")
        elif pattern.startswith("(?", position):
            match = re.match(r"\(\?(?:<([A-Za-z_]\w*)>|([|R&+0-9C'-]|P>|P&))", pattern[position:])
            if match and match[2] and not re.match(r"\(\?-[a-z]+:", pattern[position:]):
                raise ValueError(f"pcre: {match[0]}… is not supported")
            if match and match[1]:
                out.append(f"(?P<{match[1]}>")
                position += match.end()
                continue
        out.append(char)
        position += 1
    return "".join(out)
