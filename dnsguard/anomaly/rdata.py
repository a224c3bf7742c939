"""What is wrong with a record's data, by its type; shared by the quick look and the thorough one."""

from typing import Final

from dnsguard.anomaly.kinds import ADDRESS_NAMES
from dnsguard.anomaly.walk import MAX_NAME

FIXED: Final = {1: 4, 28: 16, 29: 16, 104: 10, 105: 6, 106: 10, 108: 6, 109: 8}
"""Octets of A, AAAA, LOC, NID, L32, L64, EUI48, EUI64 (RFC 1035, 3596, 1876, 6742, 7043)."""
LEAST: Final = {27: 3, 35: 8, 43: 4, 46: 19, 48: 4, 52: 3, 256: 5, 257: 2}
"""Least octets of GPOS, NAPTR, DS, RRSIG, DNSKEY, TLSA, URI, CAA."""
MAX_TXT: Final = 2048
"""The longest honest ones are keys: 4096-bit RSA in DKIM takes 800 octets. [octets]"""
PRIVATE: Final = 1
LOOPBACK: Final = 2


def name_end(message: bytes, at: int, end: int) -> int:
    """Give the offset after the name at `at`, which must end before `end`; -1 if it does not, or is none.

    A pointer is not followed, but must point back (RFC 1035 section 4.1.4).
    """
    while at < end:
        size = message[at]
        if size == 0:
            return at + 1
        if size >= 0xC0:
            if at + 2 > end or ((size & 0x3F) << 8 | message[at + 1]) >= at:
                return -1
            return at + 2
        if size > 63:
            return -1
        at += size + 1
    return -1


def name_holds(message: bytes, at: int) -> bool:
    """Say that a name that something points to is one: its pointers point back, its labels have a type and an end."""
    limit = len(message)
    lowest = at
    octets = 1
    while at < limit:
        size = message[at]
        if size == 0:
            return octets <= MAX_NAME
        if size >= 0xC0:
            if at + 1 >= limit:
                return False
            at = (size & 0x3F) << 8 | message[at + 1]
            if at >= lowest:
                return False
            lowest = at
        elif size > 63 or octets > MAX_NAME:
            return False
        else:
            octets += size + 1
            at += size + 1
    return False


def strings_end(message: bytes, at: int, end: int) -> int:
    """Give the offset after the last character-string; `end` if they fill the data, as they must."""
    while at < end:
        at += message[at] + 1
    return at


def rdata_check(message: bytes, rtype: int, at: int, size: int) -> str:
    """Give the check that `size` octets of data at `at`, inside the message, fail; empty if none.

    Types that are rare, or whose data may be of any form, are not looked into.
    """
    end = at + size
    if rtype in FIXED:
        return "" if size == FIXED[rtype] else "rdata_size"
    if rtype in ADDRESS_NAMES:
        return "" if name_end(message, at, end) == end else "rdata_name"
    if rtype in (16, 99):  # TXT, SPF
        if size == 0 or strings_end(message, at, end) != end:
            return "rdata_strings"
        return "txt_oversize" if size > MAX_TXT else ""
    if rtype in (15, 18, 21, 36):  # MX, AFSDB, RT, KX: a number before the name
        return "" if size > 2 and name_end(message, at + 2, end) == end else "rdata_name"
    if rtype == 33:  # SRV
        return "" if size > 6 and name_end(message, at + 6, end) == end else "rdata_name"
    if rtype == 6:  # SOA
        return "" if soa_holds(message, at, size) else "rdata_name"
    if rtype in (64, 65):  # SVCB, HTTPS
        return "" if size == 0 or service_holds(message, at, end) else "rdata_size"
    if size and rtype in LEAST and size < LEAST[rtype]:
        return "rdata_size"
    return ""


def soa_holds(message: bytes, at: int, size: int) -> bool:
    """Hold SOA data to its form: two names and five numbers (RFC 1035 section 3.3.13)."""
    end = at + size
    second = name_end(message, at, end)
    return second >= 0 and name_end(message, second, end) + 20 == end


def service_holds(message: bytes, at: int, end: int) -> bool:
    """Hold SVCB data to RFC 9460 section 2.2: priority, target, then parameters in strictly rising order."""
    at = name_end(message, at + 2, end)
    if at < 0:
        return False
    last = -1
    while at < end:
        if at + 4 > end:
            return False
        key = message[at] << 8 | message[at + 1]
        if key <= last:
            return False
        last = key
        size = message[at + 2] << 8 | message[at + 3]
        if not _param_holds(message, key, at + 4, size, end):
            return False
        at += 4 + size
    return at == end


def _param_holds(message: bytes, key: int, at: int, size: int, end: int) -> bool:
    """Hold one parameter to its form: mandatory, alpn, no-default-alpn, port, ipv4hint, ipv6hint (RFC 9460 7, 8)."""
    if at + size > end:
        return False
    if key == 0:
        return size > 0 and size % 2 == 0
    if key == 1:
        return size > 0 and strings_end(message, at, at + size) == at + size
    if key == 2:
        return size == 0
    if key == 3:
        return size == 2
    if key in (4, 6):
        return size > 0 and size % (4 if key == 4 else 16) == 0
    return True


def address_kind(message: bytes, at: int, rtype: int) -> int:
    """Say whether an A or AAAA record's address is PRIVATE or LOOPBACK; 0 for all others.

    The unspecified address is how filters say no, and 100.64.0.0/10 is where overlay networks put their public names;
    neither tells anything.
    """
    first = message[at]
    second = message[at + 1]
    if rtype == 1:
        if first == 127:
            return LOOPBACK
        if first == 10 or (first == 192 and second == 168):
            return PRIVATE
        if (first == 172 and 16 <= second < 32) or (first == 169 and second == 254):
            return PRIVATE
        return 0
    if first & 0xFE == 0xFC or (first == 0xFE and second & 0xC0 == 0x80):
        return PRIVATE
    if first == 0 and message[at : at + 16] == b"\0" * 15 + b"\1":
        return LOOPBACK
    return 0
