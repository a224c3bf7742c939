"""Numbers and mnemonics of RR types (IANA, RFC 3597 for unknown ones)."""

import re
from typing import Final

A: Final = 1
NS: Final = 2
CNAME: Final = 5
SOA: Final = 6
NULL: Final = 10
PTR: Final = 12
MX: Final = 15
TXT: Final = 16
SIG: Final = 24
AAAA: Final = 28
SRV: Final = 33
DNAME: Final = 39
OPT: Final = 41
RRSIG: Final = 46
NSEC: Final = 47
SPF: Final = 99
NXNAME: Final = 128
TKEY: Final = 249
TSIG: Final = 250
IXFR: Final = 251
AXFR: Final = 252
ANY: Final = 255

_TEXT: Final = {
    1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS",
    12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT",
    22: "NSAP", 23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT",
    31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME",
    40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
    49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY",
    58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS",
    66: "DSYNC", 99: "SPF", 100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64",
    107: "LP", 108: "EUI48", 109: "EUI64", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB",
    254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA", 258: "AVC", 259: "DOA", 260: "AMTRELAY", 261: "RESINFO",
    32768: "TA", 32769: "DLV",
}  # fmt: skip
_NUMBER: Final = {mnemonic: number for number, mnemonic in _TEXT.items()}


def type_text(number: int) -> str:
    """`TXT` for 16, `TYPE65280` for what has no name (RFC 3597 section 5)."""
    return _TEXT.get(number) or f"TYPE{number}"


def type_number(mnemonic: str) -> int:
    """16 for `TXT` or `txt`, 65280 for `TYPE65280`; ValueError for anything else."""
    upper = mnemonic.upper()
    if upper in _NUMBER:
        return _NUMBER[upper]
    match = re.fullmatch(r"TYPE(\d{1,5})", upper)
    if match and int(match[1]) < 65536:
        return int(match[1])
    raise ValueError(f'{mnemonic!r} is no RR type; write "A", "TXT" or "TYPE65280"')
