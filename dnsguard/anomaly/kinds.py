"""Types, classes and opcodes by how ordinary it is to see them (IANA's DNS parameters, November 2026)."""

from typing import Final

USUAL_TYPES: Final = frozenset(
    (
        1,  # A
        2,  # NS
        5,  # CNAME
        6,  # SOA
        12,  # PTR
        13,  # HINFO
        15,  # MX
        16,  # TXT
        17,  # RP
        18,  # AFSDB
        28,  # AAAA
        29,  # LOC
        33,  # SRV
        35,  # NAPTR
        36,  # KX
        37,  # CERT
        39,  # DNAME
        42,  # APL
        43,  # DS
        44,  # SSHFP
        45,  # IPSECKEY
        46,  # RRSIG
        47,  # NSEC
        48,  # DNSKEY
        49,  # DHCID
        50,  # NSEC3
        51,  # NSEC3PARAM
        52,  # TLSA
        53,  # SMIMEA
        55,  # HIP
        56,  # NINFO
        57,  # RKEY
        58,  # TALINK
        59,  # CDS
        60,  # CDNSKEY
        61,  # OPENPGPKEY
        62,  # CSYNC
        63,  # ZONEMD
        64,  # SVCB
        65,  # HTTPS
        66,  # DSYNC
        67,  # HHIT
        68,  # BRID
        99,  # SPF: obsolete (RFC 7208 3.1), but mail servers ask on
        104,  # NID
        105,  # L32
        106,  # L64
        107,  # LP
        108,  # EUI48
        109,  # EUI64
        128,  # NXNAME
        251,  # IXFR
        252,  # AXFR
        256,  # URI
        257,  # CAA
        258,  # AVC
        259,  # DOA
        260,  # AMTRELAY
        261,  # RESINFO
        262,  # WALLET
        263,  # CLA
        264,  # IPN
        32768,  # TA
        32769,  # DLV: old validators ask on (RFC 8749)
    )
)
"""Types that nobody need explain."""
KEY_TYPES: Final = frozenset((24, 25))
"""SIG and KEY: left to transactions (RFC 3445, RFC 3755)."""
OBSOLETE_TYPES: Final = frozenset(
    (3, 4, 7, 8, 9, 11, 14, 19, 20, 21, 22, 23, 26, 27, 30, 31, 32, 34, 38, 40, 100, 101, 102, 103, 253, 254)
)
"""MD MF MB MG MR WKS MINFO X25 ISDN RT NSAP NSAP-PTR PX GPOS NXT EID NIMLOC ATMA A6 SINK UINFO-UNSPEC MAILB MAILA."""
ADDRESS_NAMES: Final = frozenset((2, 5, 12, 39))
"""NS, CNAME, PTR, DNAME: the data is one name and nothing else."""
FIRST_PRIVATE: Final = 0xFF00
LAST_PRIVATE: Final = 0xFFFE
CHAOS: Final = 3
SERVER_NAMES: Final = frozenset(
    (
        b"\7version\4bind",
        b"\x08hostname\4bind",
        b"\7authors\4bind",
        b"\7version\6server",
        b"\2id\6server",
        b"\x0btrustanchor\7unbound",
        b"\7version\4pdns",
        b"\6whoami\x0acloudflare",
        b"\x09cachesize\4bind",
        b"\x0ainsertions\4bind",
        b"\x09evictions\4bind",
        b"\6misses\4bind",
        b"\4hits\4bind",
        b"\4auth\4bind",
        b"\7servers\4bind",
    )
)
"""What servers tell of themselves in class CHAOS: RFC 4892 and BIND, Unbound, PowerDNS, Cloudflare, then dnsmasq."""
META_FIRST: Final = 128
META_LAST: Final = 255
"""RFC 6895 section 3.1: QTYPEs and meta-types."""


def type_check(qtype: int) -> str:
    """Give the check that a question for this type fails; empty for a usual one."""
    if qtype in USUAL_TYPES:
        return ""
    if qtype == 10:
        return "type_null"
    if qtype in KEY_TYPES:
        return "type_key"
    if qtype == 255:
        return "type_any"
    if qtype == 41:
        return "type_opt"
    if qtype in (249, 250):
        return "type_hop"
    if qtype in OBSOLETE_TYPES:
        return "type_obsolete"
    if qtype in (0, 0xFFFF):
        return "type_reserved"
    return "type_private" if qtype >= FIRST_PRIVATE else "type_unassigned"


def class_check(qclass: int, key: bytes) -> str:
    """Give the check that a question in this class fails; empty for IN, also with the bit that mDNS sets in it.

    `key` is its name on the wire, lower case, without the root. RFC 6762 section 5.4: the top bit asks for a unicast
    answer, and reaches unicast resolvers by way of gateways.
    """
    if qclass & 0x7FFF == 1:
        return ""
    if qclass != CHAOS:
        return "class_other"
    return "class_chaos" if key in SERVER_NAMES else "chaos_name"


def opcode_check(opcode: int) -> str:
    """Give the check that a query of this opcode fails; empty for QUERY (RFC 6895 section 2.2)."""
    if opcode == 0:
        return ""
    if opcode in (1, 2):
        return "opcode_obsolete"
    return "opcode_foreign" if opcode in (4, 5, 6) else "opcode_unassigned"
