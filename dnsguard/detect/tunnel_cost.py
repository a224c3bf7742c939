"""What the part of a name below its zone can carry.

Its code length under the model of host names' labels (models/labels.py), so that a bound on bytes holds whatever the
encoding. Words cost more than they carry, for there are far more words than a sender's list has: they count two thirds.
"""

import re
from typing import Final

from dnsguard.intel.cut import Cut
from dnsguard.models.labels import SCALE, Labels
from dnsguard.models.popularity import rank

DENSE_BITS: Final = 40.0
"""From here on a name can be dense: it carries five bytes or more, which few single words do."""
DENSE_EACH: Final = 4.25
"""Bits a character from which on only an encoding explains a name: hex costs 4.8, base32 5.3, words 2 to 4."""
LONG_BITS: Final = 240.0
"""From here on words count as an encoding does: no host name needs so many."""
WORDS: Final = 0.66
DIGIT: Final = 0.415
"""Of a decimal digit. [bytes]"""
LONGEST_NUMBERED: Final = 64
CASE: Final = 0.8
"""Bits that the case of a letter carries, where both are used."""
ADDRESS: Final = 0.0625
"""Weight of a name that has an IPv4 address in it: reverse names, and look-ups in lists of addresses."""
_ADDRESS: Final = re.compile(r"(?<![0-9])([0-9]{1,3})([.x-])([0-9]{1,3})\2([0-9]{1,3})\2([0-9]{1,3})(?![0-9])")
_GUID: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])")
DIRECTORY: Final = 0.125
"""Weight of a name with the GUID of a domain or a domain controller: a Windows forest has a few (MS-ADTS 6.3.2.3)."""
KNOWN_DOMAIN: Final = 12.0
"""Bits of which popular domain stands below a zone: a search list added the zone, or a list of domains is asked."""
SEARCH_LABELS: Final = 3
SEARCHED: Final = 0.15
"""Weight of such a name: the client wants the host, and whoever holds the zone learns which, as ever."""
OTHER_TYPE: Final = 6.0
"""Bits of a type that few ask for; A, AAAA, HTTPS and PTR have none for a new name, one for a known one."""
_COMMON_TYPES: Final = frozenset((1, 28, 65, 12))


class Cost:
    """Bytes of a new name: `dense` if only an encoding explains it, and `weighed` in any case.

    `searched`: it is a popular domain's host with the zone behind it.
    """

    __slots__ = ("dense", "searched", "weighed")

    def __init__(self, dense: float, weighed: float, searched: bool = False) -> None:
        self.dense: float = dense
        self.weighed: float = weighed
        self.searched: bool = searched


def cost(labels: Labels, cuts: Cut, below: str, question: bytes, qtype: int) -> Cost:
    """Cost of a name asked for the first time; `question` is its wire form, for the case of its letters."""
    bits = labels.cost(below) / SCALE
    if bits > KNOWN_DOMAIN and "." in below:
        host = searched(cuts, below)
        if host is not None:
            below = host
            bits = labels.cost(below) / SCALE if below else 0.0
            if bits < DENSE_BITS or bits < DENSE_EACH * (len(below) + 1):
                return Cost(0.0, (KNOWN_DOMAIN + bits) * SEARCHED / 8.0, searched=True)
            bits += KNOWN_DOMAIN
    if "\\" in below:
        # an escape stands for one octet, which carries eight bits at most
        bits = min(bits, 7.5 * len(question))
    extra = 0.0 if qtype in _COMMON_TYPES else OTHER_TYPE
    if bits >= DENSE_BITS:
        if has_address(below):
            return Cost(0.0, (bits * ADDRESS + extra) / 8.0)
        if "_msdcs" in below and _GUID.search(below) is not None:
            return Cost(0.0, (bits * DIRECTORY + extra) / 8.0)
        if bits >= DENSE_EACH * (len(below) + 1):
            bits += case_bits(question) + extra
            return Cost(bits / 8.0, bits / 8.0)
    weighed = (bits * (WORDS if bits < DENSE_EACH * (len(below) + 1) else 1.0) + extra) / 8.0
    return Cost(weighed if bits >= LONG_BITS else 0.0, weighed)


def searched(cuts: Cut, below: str) -> str | None:
    """What stands below the popular domain that a name has inside, as a search list's zone behind a host leaves it.

    The zone in the search list may itself have a label or two below its own. None: there is no such domain.
    """
    end = len(below)
    for _ in range(SEARCH_LABELS):
        dot = below.rfind(".", 0, end)
        if dot < 0:
            break
        if cuts.knows(below[dot + 1 : end]):
            name = below[:end]
            zone = cuts.zone(name)
            if rank(zone):
                return name[: -len(zone) - 1]
        end = dot
    return None


def numbered(below: str) -> tuple[int, bytes]:
    """Count the digits of a name that is letters with numbers in them, and give the letters; 0 for any other."""
    if len(below) > LONGEST_NUMBERED:
        return 0, b""
    pattern = below.encode("ascii", "replace").translate(None, b"0123456789")
    digits = len(below) - len(pattern)
    # of hex, the letters that are left are no pattern that comes again
    return (digits, pattern) if digits >= 2 else (0, b"")


def has_address(below: str) -> bool:
    """Whether a name has an address in it that somebody can have, read forward or, as DNSBLs do, backward."""
    match = _ADDRESS.search(below)
    if match is None:
        return False
    first, last = int(match[1]), int(match[5])
    if first > 255 or last > 255 or int(match[3]) > 255 or int(match[4]) > 255:
        return False
    return _unicast(first) or _unicast(last)


def _unicast(octet: int) -> bool:
    """RFC 1122 section 3.2.1.3, RFC 5771: no network 0 or 127, and nothing from 224 on."""
    return 0 < octet < 224 and octet != 127


def case_bits(question: bytes) -> float:
    """What the case of the letters can carry; nothing if nearly all are of one case."""
    upper = lower = 0
    for octet in question:
        if 97 <= octet <= 122:
            lower += 1
        elif 65 <= octet <= 90:
            upper += 1
    few = min(upper, lower)
    return CASE * (upper + lower) if few * 6 > upper + lower else 0.0
