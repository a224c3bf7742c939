"""AdBlock's filter syntax, as far as it speaks of whole domains (adguard.com/kb, "DNS filtering rules syntax").

Taken: `||x^` (x and all below; also `||x^|`), `||*.x^` (all below), `@@||x^` (an exception: no entry of this list at or
below x counts, nor one above x for what is at or below x), bare domains and hosts lines, comments (`!`, `# `). The
modifiers `$important` and `$all` set no condition: the rule is taken without them.
Ignored and counted: what hides elements of pages. Refused, counted by kind: rules with other modifiers (`$third-party`,
`$client`, …: they hold under conditions that are not looked at, or want something else than a block), patterns, parts
of URLs, regular expressions.
"""

import re
from collections.abc import Iterator
from typing import Final

from dnsguard.intel.entry import Action, Entry, Scope
from dnsguard.intel.readers import domains
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading
from dnsguard.intel.readers.words import networks

_COSMETIC: Final = re.compile(r"#@?[?$%]{0,2}#|\$@?\$|#@?\+js")
_UNCONDITIONAL: Final = frozenset({"important", "all"})
_HOSTS: Final = re.compile(r"[0-9a-fA-F:.]+\s")


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a list; any bytes have a reading."""
    for line, text in lines(data, reading):
        rule = text.strip()
        if rule[0] == "!" or (rule.startswith("[") and rule.endswith("]")):
            continue
        if _COSMETIC.search(rule):
            reading.ignore("rules that hide elements of pages")
        elif rule[0] == "#":
            continue
        elif rule.startswith(("||", "@@")):
            yield from _rule(reading, line, rule)
        elif rule.startswith("/"):
            reading.refuse(line, rule, "is a regular expression or a path")
        elif _HOSTS.match(rule) or not set("|^/$*=~?&") & set(rule):
            yield from domains.entry(reading, line, rule)
        elif "$" in rule:
            _modified(reading, line, rule)
        else:
            reading.refuse(line, rule, "is a pattern, or a part of a URL")


def _rule(reading: Reading, line: int, rule: str) -> Iterator[Entry]:
    action = Action.EXCEPT if rule.startswith("@@") else Action.BLOCK
    text = rule.removeprefix("@@")
    pattern, _, modifiers = text.rpartition("$")
    if pattern and _UNCONDITIONAL.issuperset(modifiers.split(",")):
        text = pattern
    if "$" in text and not text.startswith("/"):
        _modified(reading, line, rule)
        return
    if not text.startswith("||"):
        reading.refuse(line, rule, "is a pattern, or a part of a URL")
        return
    name, end, rest = text[2:].partition("^")
    if not end or rest not in {"", "|"} or "/" in name:
        reading.refuse(line, rule, "is a pattern, or a part of a URL")
        return
    scope = Scope.BELOW if name.startswith("*.") else Scope.ALL
    name = name.removeprefix("*.")
    if "*" in name:
        reading.refuse(line, rule, "is a pattern, or a part of a URL")
    elif nets := networks(name):
        for network in nets:
            yield from reading.network(line, network, action=action)
    else:
        yield from reading.name(line, name, scope, action=action)


def _modified(reading: Reading, line: int, rule: str) -> None:
    """Count a rule by its first modifier."""
    name = re.split("[=,]", rule.rpartition("$")[2], maxsplit=1)[0].removeprefix("~")[:24]
    reading.refuse(line, rule, f"has the modifier ${name}")
