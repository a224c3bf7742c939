"""Response policy zones in presentation form (draft-vixie-dnsop-dns-rpz; RFC 1035 section 5 for the file).

Triggers: QNAME (the name alone), its wildcard (`*.x`: all below, without x), rpz-ip, rpz-nsdname, rpz-nsip and
rpz-client-ip. Actions: NXDOMAIN (`CNAME .`), NODATA (`CNAME *.`), PASSTHRU, DROP, TCP-Only, and local data.
PASSTHRU is an exception: its name is shielded from the less exact entries of this zone. All other actions are kept and
shown, and treated as "block": what a match does is the operator's to say (`[detect.…] mode`), not the zone's.
Entries of the last three triggers are kept apart: they never match a name asked for or an address in an answer.

The zone's own name comes from `$ORIGIN` or the SOA; in a file without either, names are taken as they stand. Records of
the apex (SOA, NS) and DNSSEC's are no policy, and ignored. `$INCLUDE` and `$GENERATE` are refused.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from dnsguard.intel.entry import Action, Entry, Scope, Trigger
from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Network, Reading

MAX_DEPTH: Final = 1000
"""Lines that one record in parentheses may have."""
_TTL: Final = re.compile(r"\d+(?:[smhdw]\d*)*", re.IGNORECASE)
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"?|((?:[^\s"();\\]|\\.)+)|([()])|(;.*)|(\\)')
_CLASSES: Final = frozenset({"IN", "CH", "HS", "ANY", "NONE"})
_NO_POLICY: Final = frozenset({"SOA", "NS", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "DS", "CDS", "CDNSKEY"})
_TRIGGERS: Final = {
    "rpz-ip": Trigger.ADDRESS,
    "rpz-nsdname": Trigger.SERVER_NAME,
    "rpz-nsip": Trigger.SERVER_ADDRESS,
    "rpz-client-ip": Trigger.CLIENT,
}
_ACTIONS: Final = {
    ".": Action.NXDOMAIN,
    "*.": Action.NODATA,
    "rpz-passthru.": Action.PASS,
    "rpz-drop.": Action.DROP,
    "rpz-tcp-only.": Action.TCP_ONLY,
}


def entries(data: Buffer, reading: Reading) -> Iterator[Entry]:
    """Read a zone; any bytes have a reading."""
    zone: str | None = None
    origin = ""
    owner = ""
    seen = ""
    for line, blank, tokens in _records(data, reading):
        first = tokens[0]
        if first.startswith("$"):
            directive = first.upper()
            if directive == "$ORIGIN" and len(tokens) > 1:
                origin = _absolute(tokens[1], origin).removesuffix(".")
                zone = origin if zone is None else zone
            elif directive != "$TTL":
                reading.refuse(line, first, "is a directive that is not followed")
            continue
        if not blank:
            owner = _absolute(first, origin)
            tokens = tokens[1:]  # noqa: PLW2901 - the record behind its owner
        while tokens and (tokens[0].upper() in _CLASSES or _TTL.fullmatch(tokens[0])):
            tokens = tokens[1:]  # noqa: PLW2901 - likewise
        if len(tokens) < 2:
            reading.refuse(line, " ".join([owner, *tokens]), "is no record")
            continue
        kind = tokens[0].upper()
        if kind == "SOA":
            # a file may begin with the SOA under its full name
            zone = owner.removesuffix(".") if zone is None or owner.endswith("." + zone + ".") else zone
            origin = origin or zone
        if kind in _NO_POLICY:
            reading.ignore("records that are no policy")
            continue
        name = _inside(owner, zone or "")
        if name is None:
            reading.refuse(line, owner, "is not in the zone")
            continue
        if name == seen and kind != "CNAME":
            # further local data of the same name
            continue
        seen = name
        target = _absolute(tokens[1], origin) if kind == "CNAME" else ""
        yield from _entry(reading, line, name, _action(name, kind, target, zone or ""))


def _records(data: Buffer, reading: Reading) -> Iterator[tuple[int, bool, list[str]]]:
    """Cut a file into records: the first line's number, whether the owner is left out, the tokens."""
    tokens: list[str] = []
    start, blank, open_, length = 0, False, 0, 0
    for line, text in lines(data, reading):
        if not tokens:
            start, blank, open_, length = line, text[0] in " \t", 0, 0
        length += 1
        for quoted, word, bracket, _, _ in _TOKEN.findall(text):
            if bracket:
                open_ += 1 if bracket == "(" else -1
            elif quoted or word:
                tokens.append(quoted or word)
        if tokens and (open_ <= 0 or length > MAX_DEPTH):
            yield start, blank, tokens
            tokens = []
    if tokens:
        yield start, blank, tokens


def _absolute(name: str, origin: str) -> str:
    """Complete a name of the file: lower case, with a final dot."""
    name = name.lower()
    if name == "@":
        return f"{origin}."
    if name.endswith("."):
        return name
    return f"{name}.{origin}." if origin else f"{name}."


def _inside(owner: str, zone: str) -> str | None:
    """Give the part of an owner that is the trigger; None if it is the apex, or outside."""
    name = owner.removesuffix(".")
    if not zone:
        return name or None
    return name.removesuffix(f".{zone}") if name.endswith(f".{zone}") else None


def _action(name: str, kind: str, target: str, zone: str) -> Action:
    if kind != "CNAME":
        return Action.LOCAL
    if target == f"{name}.":
        # the older way to write PASSTHRU
        return Action.PASS
    for known, action in _ACTIONS.items():
        if target in {known, f"{known}{zone}."}:
            return action
    return Action.LOCAL


def _entry(reading: Reading, line: int, name: str, action: Action) -> Iterator[Entry]:
    stem, _, last = name.rpartition(".")
    trigger = _TRIGGERS.get(last, Trigger.NAME)
    if trigger.is_name:
        if trigger == Trigger.SERVER_NAME:
            name = stem
        if name.startswith("*."):
            yield from reading.name(line, name[2:], Scope.BELOW, trigger=trigger, action=action)
        else:
            yield from reading.name(line, name, Scope.EXACT, trigger=trigger, action=action)
        return
    network = _network(stem)
    if network is None:
        reading.refuse(line, name, "is no network: PREFIX.LAST.….FIRST of an address, zz for ::")
    else:
        yield from reading.network(line, network, trigger=trigger, action=action)


def _network(text: str) -> Network | None:
    """Read `24.0.2.0.192` or `48.zz.db8.2001`."""
    prefix, _, rest = text.partition(".")
    parts = rest.split(".")[::-1]
    if len(parts) == 4 and all(part.isdigit() for part in parts):
        address = ".".join(parts)
    else:
        address = re.sub(r"^:?zz:?$|:?zz:?", "::", ":".join(parts), count=1)
    try:
        return ipaddress.ip_network(f"{address}/{int(prefix)}", strict=False)
    except ValueError:
        return None
