"""For each check of answers: a message that fails it, what else it fails, and its nearest honest neighbour."""

from dnsguard.wire.names import encode
from tests.anomaly.case import of
from tests.anomaly.made import (
    AAAA,
    CNAME,
    HTTPS,
    MX,
    NAME,
    NS,
    NULL,
    PTR,
    RRSIG,
    SOA,
    SRV,
    TXT,
    A,
    answer,
    header,
    opt,
    option,
    question,
    record,
    u16,
)

PUBLIC = b"\x5d\xb8\xd8\x22"
HOST = record(A, PUBLIC)
TARGET = encode("cdn.example.net")
ALIAS = record(CNAME, TARGET)
AT_TARGET = u16(0xC000 | 12 + len(question()) + 12)
BEHIND = record(A, PUBLIC, AT_TARGET)
SOA_DATA = encode("ns1.example.com") + encode("host.example.com") + bytes(20)
DENIAL = record(SOA, SOA_DATA, encode("example.com"))
MANY = 0xFFFF
SIGNATURE = record(250, b"x", b"\0", rclass=255)
LOOPBACK = record(A, b"\x7f\0\0\1")
PORT, ALPN = b"\0\3\0\2\1\xbb", b"\0\1\0\3\2h2"


def typed(rtype: int, rdata: bytes) -> bytes:
    return answer(record(rtype, rdata), asked=question(qtype=rtype))


GOOD = answer(HOST)
CASES = [
    of("header_short", GOOD[:11], GOOD),
    of("not_a_response", answer(HOST, flags=0x0180), GOOD),
    of("opcode_answer", answer(HOST, flags=0xA180), GOOD),
    of("z_flag", answer(HOST, flags=0x81C0), answer(HOST, flags=0x85B0)),
    of("question_count", header(0x8180, 2) + question() * 2, answer()),
    of("rcode_unassigned", answer(flags=0x818E), answer(flags=0x818A)),
    of("rcode_unassigned", answer(additional=(opt(ttl=0x02000000),)), answer(additional=(opt(ttl=0x01000000),))),
    of(
        "counts_impossible",
        header(0x8180, 1, MANY) + question() + HOST,
        header(0x8180, 1, 1) + question() + HOST,
        "record_runs_off",
    ),
    of("record_runs_off", answer(HOST[:-1]), answer(HOST[:-1], flags=0x8380)),
    of("name_runs_off", header(0x8180, 1) + NAME[:-3], answer()),
    of("name_too_long", answer(record(A, PUBLIC, (b"\x3f" + b"a" * 63) * 4 + b"\0")), GOOD, "answer_foreign"),
    of("label_type", answer(record(A, PUBLIC, b"\x41a\0")), GOOD),
    of("pointer_loop", answer(record(A, PUBLIC, b"\xc0\xff")), GOOD, "answer_foreign"),
    of("trailing_bytes", GOOD + b"extra", GOOD),
    of("trailing_zeros", GOOD + b"\0", GOOD),
    of("opt_twice", answer(HOST, additional=(opt(), opt())), answer(HOST, additional=(opt(),))),
    of("opt_misplaced", answer(HOST, authority=(opt(),)), answer(HOST, additional=(opt(),))),
    of("edns_version", answer(HOST, additional=(opt(ttl=0x10000),)), answer(HOST, additional=(opt(ttl=0x8000),))),
    of("edns_flags", answer(HOST, additional=(opt(ttl=0x2000),)), answer(HOST, additional=(opt(),))),
    of(
        "option_runs_off",
        answer(HOST, additional=(opt(b"\0\x0f\0\x09ab"),)),
        answer(HOST, additional=(opt(option(15, b"\0\x16no reachable authority")),)),
    ),
    of(
        "option_unknown",
        answer(HOST, additional=(opt(option(300, b"x")),)),
        answer(HOST, additional=(opt(option(3, b"ns1.example")),)),
    ),
    of(
        "option_long",
        answer(HOST, additional=(opt(option(65001, bytes(600))),)),
        answer(HOST, additional=(opt(option(12, bytes(600))),)),
    ),
    of(
        "option_twice",
        answer(HOST, additional=(opt(option(10, bytes(16)) * 2),)),
        answer(HOST, additional=(opt(option(15, b"\0\1") * 2),)),
    ),
    of(
        "cookie_length",
        answer(HOST, additional=(opt(option(10, bytes(8))),)),
        answer(HOST, additional=(opt(option(10, bytes(24))),)),
    ),
    of(
        "padding_not_zero",
        answer(HOST, additional=(opt(option(12, b"\0\0data")),)),
        answer(HOST, additional=(opt(option(12, bytes(300))),)),
    ),
    of("answer_foreign", answer(HOST, record(A, PUBLIC, TARGET)), answer(ALIAS, BEHIND)),
    of("answer_type", answer(HOST, record(TXT, b"\1x")), answer(HOST, record(RRSIG, bytes(40)))),
    of("record_null", typed(NULL, b"payload"), typed(TXT, b"\7payload")),
    of("record_private", typed(65399, b"payload"), typed(257, b"\0\5issueca.example")),
    of("record_class", answer(record(A, PUBLIC, rclass=4)), answer(record(A, PUBLIC, rclass=0x8001))),
    of(
        "record_meta",
        answer(HOST, additional=(record(252, b"x"),)),
        answer(HOST, additional=(record(250, b"x", b"\0"),)),
    ),
    of("rdata_size", answer(record(A, bytes(5))), GOOD),
    of("rdata_size", typed(AAAA, PUBLIC), typed(AAAA, b"\x20\1" + bytes(14))),
    of("rdata_size", typed(43, b"\1\2\3"), typed(43, bytes(36))),
    of(
        "rdata_size",
        typed(HTTPS, b"\0\1\0\0\3\0\2\1\xbb\0\1\0\3\2h2"),
        typed(HTTPS, b"\0\1\0\0\1\0\3\2h2\0\3\0\2\1\xbb"),
    ),
    of("rdata_name", answer(record(CNAME, TARGET + b"tail"), asked=question(qtype=CNAME)), typed(CNAME, TARGET)),
    of("rdata_name", typed(MX, b"\0\x0a"), typed(MX, b"\0\x0a" + TARGET)),
    of("rdata_name", typed(SRV, bytes(6) + b"\4ab"), typed(SRV, bytes(6) + TARGET)),
    of("rdata_name", typed(SOA, SOA_DATA[:-1]), typed(SOA, SOA_DATA)),
    of("rdata_name", typed(NS, b"\xc0\xff"), typed(NS, b"\xc0\x10")),
    of("rdata_name", typed(PTR, b""), typed(PTR, TARGET)),
    of("rdata_strings", typed(TXT, b"\x09short"), typed(TXT, b"\5short\3two")),
    of("rdata_strings", typed(TXT, b""), typed(TXT, b"\0")),
    of("txt_oversize", typed(TXT, (b"\xff" + b"x" * 255) * 9), typed(TXT, (b"\xff" + b"x" * 255) * 3)),
    of("ttl_negative", answer(record(A, PUBLIC, ttl=1 << 31)), answer(record(A, PUBLIC, ttl=604800))),
    of("ttl_long", answer(record(A, PUBLIC, ttl=604801)), answer(record(A, PUBLIC, ttl=604800))),
    of("ttl_zero", answer(record(A, PUBLIC, ttl=0)), answer(record(A, PUBLIC, ttl=1))),
    of("ttl_uneven", answer(HOST, record(A, b"\1\1\1\1", ttl=9)), answer(HOST, record(A, b"\1\1\1\1"))),
    of("cname_and_other", answer(ALIAS, HOST, BEHIND), answer(ALIAS, BEHIND)),
    of(
        "cname_and_other",
        answer(HOST, ALIAS, record(A, PUBLIC, TARGET)),
        answer(ALIAS, record(RRSIG, bytes(40)), BEHIND),
    ),
    of("cname_flat", answer(ALIAS, HOST), answer(ALIAS, BEHIND)),
    of("cname_flat", answer(ALIAS, record(CNAME, encode("b.example")), HOST), answer(HOST, record(A, b"\1\1\1\1"))),
    of("cname_twice", answer(ALIAS, record(CNAME, encode("b.example")), BEHIND), answer(ALIAS, BEHIND)),
    of("cname_loop", answer(record(CNAME, b"\xc0\x0c")), answer(ALIAS, authority=(DENIAL,))),
    of("cname_loop", answer(record(CNAME, NAME)), answer(ALIAS, authority=(DENIAL,))),
    of("cname_loop", answer(ALIAS, record(CNAME, NAME, AT_TARGET)), answer(ALIAS, BEHIND)),
    of("soa_twice", answer(authority=(DENIAL, DENIAL)), answer(authority=(DENIAL,))),
    of("nxdomain_answers", answer(HOST, flags=0x8183), answer(ALIAS, authority=(DENIAL,), flags=0x8183)),
    of("private_address", answer(record(A, b"\xc0\xa8\1\1")), answer(record(A, b"\xc0\xa9\1\1"))),
    of("private_address", answer(record(A, b"\xac\x10\1\1")), answer(record(A, b"\xac\x20\1\1"))),
    of("private_address", answer(record(A, b"\xa9\xfe\1\1")), answer(record(A, b"\x64\x40\1\1"))),
    of("private_address", answer(record(A, b"\x0a\0\0\1")), answer(record(A, bytes(4)))),
    of("private_address", typed(AAAA, b"\xfd" + bytes(15)), typed(AAAA, bytes(16))),
    of(
        "loopback_address",
        answer(record(A, b"\x7f\0\0\1")),
        answer(record(A, b"\x7f\0\0\1"), asked=question(b"\4test\0")),
    ),
    of("loopback_address", typed(AAAA, bytes(15) + b"\1"), typed(AAAA, bytes(16))),
    of(
        "mixed_addresses",
        answer(HOST, record(A, b"\x0a\0\0\1")),
        answer(HOST, record(A, b"\1\1\1\1")),
        "private_address",
    ),
]

CASES += [
    of("rdata_size", typed(HTTPS, b"\0\1\0\0\1\0\3\3h2"), typed(HTTPS, b"\0\1\0" + ALPN)),
    of("rdata_size", typed(HTTPS, b"\0\1\0\0\4\0\3abc"), typed(HTTPS, b"\0\1\0\0\4\0\4abcd")),
]

SILENT = [
    answer(),
    answer(authority=(DENIAL,)),
    answer(authority=(DENIAL,), flags=0x8183),
    answer(ALIAS, BEHIND, authority=(record(NS, b"\xc0\x10", b"\xc0\x10"),), additional=(opt(),)),
    answer(ALIAS, record(RRSIG, bytes(60)), BEHIND, record(RRSIG, bytes(60), AT_TARGET), additional=(opt(ttl=0x8000),)),
    answer(record(13, b"\7RFC8482\0"), asked=question(qtype=255)),
    answer(record(A, b"\x0a\0\0\5"), asked=question(encode("nas.home.arpa"))),
    answer(record(A, b"\xc0\xa8\1\x14"), asked=question(encode("192-168-1-20.abc123.plex.direct"))),
    answer(record(A, b"\x7f\0\0\1"), asked=question(encode("localhost"))),
    answer(record(39, TARGET, encode("example.com")), record(CNAME, encode("www")[:-1] + TARGET), asked=question()),
    header(0x8181, 0),
    header(0x8385, 1) + question(),
    typed(TXT, b"\x0bv=spf1 -all"),
    typed(257, b"\0\5issueca.example"),
    typed(33, b"\0\0\0\5\x14\x66" + TARGET),
    typed(64, b"\0\0" + TARGET),
    typed(61, bytes(900)),
]
"""Ordinary answers: none fails any check."""
