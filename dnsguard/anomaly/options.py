"""What is wrong with an OPT record and its options (RFC 6891), in a query or an answer.

Usual are the options of Chrome, Windows, systemd, dnsmasq, Unbound and BIND: cookies, client subnets, keepalive,
padding, chain and NSID requests, and what vendors put into the range for local use.
"""

from typing import Final

from dnsguard.anomaly.walk import Hit, Rec

NSID, SUBNET, COOKIE, KEEPALIVE, PADDING = 3, 8, 10, 11, 12
EDE, REPORT_CHANNEL = 15, 18
LAST_ASSIGNED: Final = 23
"""Codes 1 to 20 are assigned; a little room lets next year's pass."""
VENDORS: Final = frozenset((20292, 26946))
"""Umbrella's ident and device id."""
FIRST_LOCAL: Final = 65001
"""To 65534: local and experimental use (RFC 6891 section 9)."""
MAX_OPTION: Final = 128
"""A cookie has 40 at most, a subnet 20, an Umbrella identity some 50. [octets]"""
MAX_ANSWER_OPTION: Final = 512
"""Extended errors bring a text, NSID a name (RFC 8914, RFC 5001). [octets]"""
FLAGS: Final = 0x3FFF
"""All of OPT's flags but DO (RFC 3225) and CO (RFC 9824)."""


def opt_hits(message: bytes, record: Rec, *, query: bool) -> list[Hit]:
    """Look through an OPT record."""
    hits: list[Hit] = []
    if record.ttl >> 16 & 0xFF:
        hits.append(Hit("edns_version", record.at + 5, 1))
        return hits  # nobody knows what its options look like
    if record.rclass < 512 and query:
        hits.append(Hit("edns_size", record.at + 2, 2))
    if record.ttl & FLAGS:
        hits.append(Hit("edns_flags", record.at + 6, 2))
    at = record.rdata
    seen: set[int] = set()
    while at < record.end:
        if at + 4 > record.end:
            hits.append(Hit("option_runs_off", at, record.end - at))
            break
        code = message[at] << 8 | message[at + 1]
        size = message[at + 2] << 8 | message[at + 3]
        data = at + 4
        if data + size > record.end:
            hits.append(Hit("option_runs_off", at, 4))
            break
        if code in seen and code != EDE and code not in VENDORS and code < FIRST_LOCAL:
            hits.append(Hit("option_twice", at, 4))
        seen.add(code)
        check = option_check(message, code, data, size, query=query)
        if check:
            hits.append(Hit(check, at, 4 + size))
        at = data + size
    return hits


def option_check(message: bytes, code: int, data: int, size: int, *, query: bool) -> str:
    """Give the check that one option fails, its `size` octets at `data` being inside the message; empty if none."""
    if code == PADDING:
        return "padding_not_zero" if message[data : data + size].strip(b"\0") else ""
    if size > (MAX_OPTION if query else MAX_ANSWER_OPTION):
        return "option_long"
    if code == COOKIE:
        # the client's 8 octets, then the server's 8 to 32
        return "" if (size == 8 and query) or 16 <= size <= 40 else "cookie_length"
    if code == SUBNET:
        return "" if subnet_holds(message, data, size, query=query) else "subnet_malformed"
    if code == KEEPALIVE:
        return "" if size in (0, 2) else "keepalive_length"
    if code == EDE:
        if size < 2:
            return "option_of_answer" if query else "option_runs_off"
        return "option_of_answer" if query else ""
    if code == NSID:
        # "The DNS NSID option ... empty payload" of a query; some ask with a name all the same (RFC 5001 section 2.1)
        return "option_of_answer" if query and size > 0 else ""
    if code == REPORT_CHANNEL:
        return "option_of_answer" if query and size > 0 else ""
    if code == 0 or (code > LAST_ASSIGNED and code < FIRST_LOCAL and code not in VENDORS) or code == 0xFFFF:
        return "option_unknown"
    return ""


def subnet_holds(message: bytes, data: int, size: int, *, query: bool) -> bool:
    """Hold a client subnet to RFC 7871 section 6: family, lengths, as many octets as the prefix needs, rest zero."""
    if size < 4:
        return False
    family = message[data] << 8 | message[data + 1]
    source, scope = message[data + 2], message[data + 3]
    widest = 32 if family == 1 else 128 if family == 2 else 0
    if source > widest or scope > max(widest, 32) or (query and scope):
        return False
    octets = (source + 7) // 8
    if size - 4 != octets:
        return False
    return not source % 8 or not message[data + 3 + octets] & (0xFF >> source % 8)
