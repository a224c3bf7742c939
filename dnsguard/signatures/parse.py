"""Reads a rules file: the rules that can be asked of DNS messages, and why the others can't.

A rule is taken whole or not at all. What is refused is said with its line, its sid and the keyword; rules about other
protocols, which could never match a DNS message, are counted by protocol. Any bytes have a reading.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from dnsguard.signatures.header import ForeignError, parse_header
from dnsguard.signatures.keywords import Draft, read_option
from dnsguard.signatures.lexer import lines, split
from dnsguard.signatures.rule import PAYLOAD, QUESTION_BUFFERS, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A rule, or a line that is none, that is not asked."""

    line: int
    """From 1: where it begins."""
    sid: int
    """0: it has none that can be read."""
    reason: str
    """Begins with the keyword it is about, if it is about one."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a rules file says."""

    rules: list[Rule] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    """Rules about other protocols: protocol -> how many."""


def parse(data: bytes) -> Reading:
    """Read a file."""
    reading = Reading()
    for line, text in lines(data):
        try:
            reading.rules.append(parse_rule(text, line))
        except ForeignError as error:
            reading.foreign[str(error)] += 1
        except ValueError as error:
            reading.refused.append(Refused(line=line, sid=_sid(text), reason=str(error)))
    return reading


def parse_rule(text: str, line: int = 1) -> Rule:
    """Read one rule, one character an octet; ForeignError or ValueError says why it can't be asked."""
    # the header first: what is about HTTP needs no other fault
    header = parse_header(text.partition("(")[0])
    _, options = split(text)
    draft = Draft()
    for keyword, value in options:
        read_option(draft, keyword, value)
    to_server, to_client = _directions(draft, header.to_server, header.to_client)
    draft.fields |= {
        "header": header.text,
        "to_server": to_server,
        "to_client": to_client,
        "stream": header.stream,
        "clients": header.clients,
        "not_clients": header.not_clients,
    }
    return draft.rule(line)


def _directions(draft: Draft, to_server: bool, to_client: bool) -> tuple[bool, bool]:
    """Which messages a rule can match, by its header, its flow and its buffers."""
    wanted = draft.fields.get("direction", "")
    to_server = to_server and wanted != "to_client"
    to_client = to_client and wanted != "to_server"
    for buffer, _, tests in draft.blocks:
        if buffer == "dns.query":
            # it exists only in requests
            to_client = False
        elif buffer not in QUESTION_BUFFERS | {PAYLOAD} and not any(type(test).__name__ == "Absent" for test in tests):
            to_server = False
    if not to_server and not to_client:
        raise ValueError("flow: header, flow and buffers together are never true of a message")
    return to_server, to_client


def _sid(text: str) -> int:
    match = re.search(r"[;(]\s*sid\s*:\s*(\d{1,10})\s*;", text)
    return int(match[1]) if match else 0


HEAD: Final = 65536
"""Bytes of a file that tell whether it is one."""


def looks_like_rules(data: bytes) -> bool:
    """Say whether a file has Suricata rules, and not names or anything else: its first line that is no comment has."""
    first = next(lines(data[:HEAD]), None)
    return first is not None and bool(re.match(r"[a-z]+\s+[a-z0-9-]+\s+\S.*\(.*[;)]", first[1]))
