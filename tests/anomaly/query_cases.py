"""For each check of queries: a packet that fails it, what else that packet fails, and its nearest honest neighbour."""

from dnsguard.wire.names import encode
from tests.anomaly.case import of
from tests.anomaly.made import (
    AAAA,
    HTTPS,
    NAME,
    NULL,
    SOA,
    A,
    edns,
    header,
    opt,
    option,
    query,
    question,
    record,
)

PLAIN = query()
LABEL63 = b"\x3f" + b"a" * 63
LONGEST = LABEL63 * 3 + b"\x3d" + b"a" * 61 + b"\0"  # 255 octets
IP6 = encode("b.a.9.8.7.6.5.0." + "0." * 24 + "zen.dnsbl.example.org")
PRINTER = encode("Laser\\.Jet 5 \\226\\132\\162._ipp._tcp.example.com")


def asked(qtype: int = A, qclass: int = 1, name: bytes = NAME) -> bytes:
    return query(question(name, qtype, qclass))


CASES = [
    # header
    of("header_short", PLAIN[:11], PLAIN),
    of("qr_in_query", query(flags=0x8180), query(flags=0x0130)),
    of("opcode_unassigned", query(flags=0x3900), PLAIN),
    of("opcode_unassigned", query(flags=0x1900), PLAIN),
    of("opcode_obsolete", query(flags=0x0900), PLAIN),
    of("opcode_foreign", query(flags=0x2900), PLAIN),
    of("z_flag", query(flags=0x0140), query(flags=0x0120)),
    of("query_aa", query(flags=0x0500), PLAIN),
    of("query_tc", query(flags=0x0300), PLAIN),
    of("query_ra", query(flags=0x0180), query(flags=0x0000)),
    of("query_rcode", query(flags=0x0103), PLAIN),
    of("question_none", header(0x0100, 0, 0, 0, 1) + opt(option(10, bytes(8))), edns(option(10, bytes(8)))),
    of("question_count", header(0x0100, 2) + question() * 2, PLAIN),
    of("query_answers", header(0x0100, 1, 1) + question() + record(A, bytes(4)), PLAIN),
    of(
        "answer_unmarked",
        header(0x0100, 1, 1) + question(qclass=3) + record(A, bytes(4)),
        PLAIN,
        "chaos_name",
    ),
    of("counts_impossible", header(0x0100, 1, 0, 0, 9) + question() + opt(), edns(), "record_runs_off"),
    # names
    of("name_too_long", query(question(LONGEST[:-1] + b"\1a\0")), query(question(LABEL63 * 3 + b"\0")), "name_full"),
    of("name_runs_off", query(NAME[:-1]), PLAIN),
    of("name_runs_off", query(NAME), PLAIN),
    of("label_type", query(question(b"\x41a\0")), query(question(b"\1a\0"))),
    of("label_type", query(question(b"\x80a\0")), query(question(b"\1a\0"))),
    of("pointer_loop", query(question(b"\xc0\x0c")), PLAIN),
    of("pointer_loop", query(question(b"\1a\xc0\x40")), PLAIN),
    of("question_compressed", query(question(b"\1a\xc0\x04")), query(question(b"\1a\0"))),
    of("name_control", asked(name=encode("a\\013b.example")), asked(name=encode("a\\032b.example"))),
    of("name_control", asked(name=encode("a\\194\\128b.example")), asked(name=encode("b\\195\\188cher.example"))),
    of("name_octets", asked(name=encode("\\188\\200\\233.example")), asked(name=PRINTER)),
    of("name_dot", asked(name=encode("www\\.example.com")), asked(name=PRINTER)),
    of("name_full", query(question(LONGEST)), query(question(LABEL63 * 3 + b"\0"))),
    of("labels_many", asked(name=encode("0." * 60 + "example")), asked(name=IP6)),
    # types and classes
    of("type_null", asked(NULL), asked(16)),
    of("type_private", asked(65399), asked(257)),
    of("type_key", asked(25), asked(48)),
    of("type_any", asked(255), asked(2)),
    of("type_obsolete", asked(7), asked(15)),
    of("type_obsolete", asked(38), asked(AAAA)),
    of("type_unassigned", asked(1000), asked(64)),
    of("type_unassigned", asked(200), asked(252)),
    of("type_reserved", asked(0), asked(1)),
    of("type_opt", asked(41), asked(43)),
    of("type_hop", asked(249), asked(251)),
    of("class_chaos", asked(16, 3, encode("Version.Bind")), asked(16, 1, encode("version.bind"))),
    of("chaos_name", asked(16, 3, encode("x.version.bind")), asked(16, 1, encode("x.version.bind"))),
    of("class_other", asked(A, 4), asked(12, 0x8001)),
    # sections and sizes
    of(
        "query_authority",
        query(question(), record(SOA, bytes(22)), authority=1),
        query(question(qtype=251), record(SOA, bytes(22)), authority=1),
    ),
    of("query_additional", query(question(), record(A, bytes(4))), query(question(), opt(), record(250, b"x", b"\0"))),
    of("record_runs_off", query(question(), opt()[:-2] + b"\0\5"), edns()),
    of("trailing_bytes", PLAIN + b"\0\0\0\1", PLAIN),
    of("trailing_bytes", edns() + bytes(9), edns()),
    of("trailing_zeros", PLAIN + b"\0\0", PLAIN),
    of("query_large", edns(*(option(65001 + i, bytes(100)) for i in range(5))), edns(option(12, bytes(600)))),
    # EDNS
    of("opt_twice", query(None, opt(), opt()), query(None, opt())),
    of("opt_misplaced", query(None, opt(), authority=1), query(None, opt())),
    of("opt_misplaced", query(None, opt(owner=b"\1a\0")), query(None, opt())),
    of("edns_version", edns(ttl=0x10000), edns(ttl=0x8000)),
    of("edns_size", edns(size=100), edns(size=512)),
    of("edns_flags", edns(ttl=0x0100), edns(ttl=0xC000)),
    of("option_runs_off", query(None, opt(b"\0\x0a\0\x20abc")), edns(option(10, bytes(8)))),
    of("option_runs_off", query(None, opt(b"\0\x0a")), edns()),
    of("option_unknown", edns(option(100, b"x")), edns(option(65074, b"router-1"))),
    of("option_unknown", edns(option(0, b"x")), edns(option(20292, b"umbrella-organisation-id"))),
    of("option_long", edns(option(65074, bytes(200))), edns(option(65074, bytes(64)))),
    of(
        "option_twice",
        edns(option(10, bytes(8)), option(10, bytes(8))),
        edns(option(10, bytes(8)), option(12, bytes(8))),
    ),
    of("option_of_answer", edns(option(15, b"\0\5")), edns(option(3))),
    of("option_of_answer", edns(option(3, b"ns1")), edns(option(3))),
    of("cookie_length", edns(option(10, bytes(9))), edns(option(10, bytes(24)))),
    of("cookie_length", edns(option(10, bytes(41))), edns(option(10, bytes(40)))),
    of("subnet_malformed", edns(option(8, b"\0\1\x18\0\xc0\0\2\1")), edns(option(8, b"\0\1\x18\0\xc0\0\2"))),
    of("subnet_malformed", edns(option(8, b"\0\1\x15\0\xc0\0\2\0")), edns(option(8, b"\0\2\x38\0" + bytes(7)))),
    of("subnet_malformed", edns(option(8, b"\0\1\x14\0\xc0\0\x0f")), edns(option(8, b"\0\1\x14\0\xc0\0\x10"))),
    of("subnet_malformed", edns(option(8, b"\0\3\x08\0\xc0")), edns(option(8, b"\0\1\0\0"))),
    of("keepalive_length", edns(option(11, b"x")), edns(option(11))),
    of("padding_not_zero", edns(option(12, b"secret")), edns(option(12, bytes(128)))),
]

SILENT = [
    # what Windows, Active Directory, Chrome, Apple, systemd, dnsmasq, mail servers and validators send
    asked(33, name=encode("_ldap._tcp.dc._msdcs.CORP.EXAMPLE.COM")),
    asked(33, name=encode("_kerberos._udp.Default-First-Site-Name._sites.corp.example")),
    asked(HTTPS),
    asked(HTTPS, name=encode("_8443._https.www.example.com")),
    asked(64, name=encode("_dns.resolver.arpa")),
    asked(12, name=encode("lb._dns-sd._udp.0.1.168.192.in-addr.arpa")),
    asked(12, 0x8001, encode("_services._dns-sd._udp.local")),
    asked(name=encode("wpad")),
    asked(name=encode("DESKTOP-4H2K9QX.lan")),
    asked(name=encode("qxkzvbnwtr")),
    asked(2, name=b"\0"),
    asked(48, name=b"\0"),
    asked(43, name=encode("com")),
    asked(52, name=encode("_25._tcp.mx.example.com")),
    asked(16, name=encode("selector._domainkey.example.com")),
    asked(99, name=encode("example.com")),
    asked(252),
    asked(251),
    asked(35, name=encode("4.3.2.1.e164.arpa")),
    asked(12, name=encode("1.0.0.127.in-addr.arpa")),
    asked(28, name=encode("*.example.com")),
    asked(name=IP6),
    asked(name=encode("r3---sn-4g5edn7s.googlevideo.com")),
    asked(name=encode("a" * 63 + ".example.com")),
    query(flags=0x0110),
    query(flags=0x0130),
    edns(size=4096, ttl=0x8000),
    edns(size=65494),
    edns(option(10, bytes(16)), option(8, b"\0\1\x18\0\xc0\0\2"), option(12, bytes(100))),
    edns(option(11), option(12, bytes(468))),
    edns(option(11, b"\0\x64")),
    edns(option(65001, b"\xaa" * 6), option(65074, b"lan")),
    edns(option(5, b"\x08\x0d"), option(6, b"\2"), option(7, b"\1"), option(14, b"\x4f\x66")),
    edns(option(13, encode("example.com")), option(9), option(19), option(16, b"\0\1")),
]
"""Ordinary queries: none fails any check."""
