import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.signatures.parse import looks_like_rules, parse, parse_rule
from dnsguard.signatures.rule import Block, BufferSize, Content, IsDataAt, Number, Pcre, Threshold
from tests.rules import rule


def test_a_rule_as_emerging_threats_writes_it() -> None:
    found = parse_rule(
        'alert dns $HOME_NET any -> any any (msg:"ET DNS Query to a *.top domain - Likely Hostile"; '
        "threshold:type limit, track by_src, count 1, seconds 30; dns.query; dotprefix; "
        'content:".top"; nocase; endswith; fast_pattern; reference:url,www.example.com/a?b=1; '
        "reference:cve,2024-1; classtype:bad-unknown; sid:2023883; rev:4; "
        "metadata:affected_product Any, created_at 2017_02_07, signature_severity Major;)",
        7,
    )
    assert (found.sid, found.gid, found.rev, found.line) == (2023883, 1, 4, 7)
    assert found.msg == "ET DNS Query to a *.top domain - Likely Hostile"
    assert found.references == ("url,www.example.com/a?b=1", "cve,2024-1")
    assert found.classtype == "bad-unknown"
    assert (found.to_server, found.to_client) == (True, False)
    assert found.threshold == Threshold("limit", "by_src", 1, 30)
    assert found.blocks == (Block("dns.query", (Content(b".top", nocase=True, endswith=True),), ("dotprefix",)),)


def test_an_old_rule() -> None:
    found = parse_rule(
        rule(
            'content:"|01 00|"; offset:2; depth:2; dns_query; content:"Evil"; nocase; content:!"good"; distance:0; '
            'isdataat:!1,relative; pcre:"/^e/Ri"; bsize:>4; pkt_data; content:"x"; within:9; rawbytes; priority:1;'
        )
    )
    assert found.blocks == (
        Block(
            "dns.query",
            (
                Content(b"evil", nocase=True),
                # not Suricata's newer word for it, but what it makes of it
                Content(b"good", negated=True, distance=0, endswith=True),
                Pcre("^e", "Ri"),
                BufferSize(Number(">", 4)),
            ),
        ),
        # the contents of the whole message belong together, wherever they stand
        Block("payload", (Content(b"\1\0", offset=2, depth=2), Content(b"x", within=9))),
    )


def test_every_buffer_keyword_begins_anew() -> None:
    found = parse_rule(rule('dns.query; content:"a"; dns.query; content:"b"; isdataat:3;'))
    assert found.blocks == (
        Block("dns.query", (Content(b"a"),)),
        Block("dns.query", (Content(b"b"), IsDataAt(3))),
    )


def test_header_fields() -> None:
    found = parse_rule(
        rule("dns.opcode:!0; dns.rcode:NXDOMAIN; dns.rrtype:TXT; dns.rrtype:!A; dsize:>512; flow:to_client;")
    )
    assert found.opcode == (Number("!=", 0),)
    assert found.rcode == (Number("=", 3),)
    assert found.rrtype == (Number("=", 16), Number("!=", 1))
    assert found.dsize == (Number(">", 512),)
    assert (found.to_server, found.to_client) == (False, True)


@pytest.mark.parametrize(
    ("options", "to_server", "to_client"),
    [
        ('content:"a";', True, True),
        ('flow:to_server; content:"a";', True, False),
        ('flow:from_client,stateless; content:"a";', True, False),
        ('flow:established,from_server; content:"a";', False, True),
        # the buffer is there only in requests
        ('dns.query; content:"a";', True, False),
        ('dns.queries.rrname; content:"a";', True, True),
        ('dns.query.name; content:"a";', True, True),
        # and this one in responses
        ('dns.answers.rrname; content:"a";', False, True),
        ("dns.answers.rrname; absent;", True, True),
    ],
)
def test_directions(options: str, to_server: bool, to_client: bool) -> None:
    found = parse_rule(rule(options))
    assert (found.to_server, found.to_client) == (to_server, to_client)


def test_text_and_escapes() -> None:
    found = parse_rule(rule(r'msg:"a\; \"b\" \: \\ caf' + "\xc3\xa9" + '";'))
    assert found.msg == 'a; "b" : \\ café'


@pytest.mark.parametrize(
    ("options", "why"),
    [
        # what remembers, or does, more than a signature here
        ("flowbits:set,x;", "flowbits is not supported"),
        ("flowbits:noalert;", "flowbits is not supported"),
        ("xbits:set,x,track ip_src;", "xbits is not supported"),
        ("noalert;", "noalert is not supported"),
        ("dataset:isset,x;", "dataset is not supported"),
        ("lua:x.lua;", "lua is not supported"),
        ("app-layer-event:dns.z_flag_set;", "protocol_anomaly"),
        ("app-layer-protocol:!dns;", "app-layer-protocol:!dns"),
        ("ttl:5;", "ttl is not supported"),
        ("foo;", "foo is not supported"),
        # of other protocols
        ('http.uri; content:"a";', "http.uri is not supported: it is not about DNS"),
        ('tls.sni; content:"a";', "not about DNS"),
        ('content:"a"; http_uri;', "http_uri is not supported"),
        # numbers from the message in other places
        ("byte_jump:2,0;", "byte_jump is not supported; byte_test is"),
        ("byte_extract:2,0,x;", "byte_extract is not supported"),
        ('dns.query; to_md5; content:"a";', "to_md5 is not supported; of the transformations"),
        ('content:"a"; depth:x;', "depth:x: write a number"),
        ('content:"a"; byte_test:1,=,x,0;', "variables are not supported"),
        # what makes no rule
        ('content:"";', "content: it is empty"),
        ("content:abc;", 'write content:"…"'),
        ("nocase;", "nocase: it stands behind no content"),
        ('dns.query; pcre:"/a/"; nocase;', "nocase: it stands behind no content"),
        ("requires:keyword foo;", "requires: keyword foo is not supported"),
        ("requires:version < 8;", "requires: version < 8: the rules read here are those of version 8.0.0"),
        ('content:"a"; nocase:1;', "nocase takes no value"),
        ('content:"a"; startswith:1;', "startswith takes no value"),
        ('content:"ab"; depth:1;', "depth:1 is shorter than its content"),
        ('content:"a"; content:"ab"; within:1;', "within:1 is shorter"),
        ('content:"a"; offset:1; distance:1;', "absolute .* and relative"),
        ('content:"a"; startswith; depth:5;', "startswith: not together"),
        ('content:"a"; within:5; startswith;', "startswith: not together"),
        ("dns.query;", "dns.query: nothing is asked of it"),
        ('dns.query:1; content:"a";', "dns.query takes no value"),
        ('dns.query; content:"a"; dotprefix;', "dotprefix: it stands right behind a buffer"),
        ('dotprefix; content:"a";', "dotprefix: it stands right behind a buffer"),
        ("bsize:5;", "bsize: it stands behind no buffer"),
        ('dns.query; content:"a"; absent;', "absent: it stands alone"),
        ('dns.answers.rrname; absent; content:"a";', "absent: it stands alone"),
        ("absent;", "absent: it stands behind no buffer"),
        ('dns.query; content:"a"; flow:to_client;', "never true of a message"),
        ('dns.query; content:"a"; dns.answers.rrname; content:"b";', "never true of a message"),
        ("dns.rrtype:FOO;", "dns.rrtype:FOO"),
        ("dns.opcode:300;", "dns.opcode: 255 is the most"),
        ('pcre:"/a/U";', "pcre: flag U is about HTTP"),
        ("flow:to_server,to_client;", "direction stands there twice"),
        ("flow:foo;", "flow:foo is not supported"),
        ("threshold:type limit, track by_flow, count 1, seconds 1;", "track by_flow is not supported"),
        ("classtype:foo;", "none of Suricata's"),
        ("reference:foo;", "reference: write"),
        ("priority:0;", "priority:0"),
        ('msg:!"a";', "msg: it can't be negated"),
        ('msg:"a"; msg:"b";', "msg stands there twice"),
        ("sid:5;", "sid stands there twice"),
    ],
)
def test_what_is_refused_says_why(options: str, why: str) -> None:
    reading = parse(b"\n" + rule(options, sid=77).encode())
    assert reading.rules == []
    (refused,) = reading.refused
    assert refused.line == 2
    assert refused.sid in {77, 5}
    with pytest.raises(ValueError, match=why):
        raise ValueError(refused.reason)


def test_lines_that_are_no_rules() -> None:
    reading = parse(b'alert dns any any -> any any (msg:"no sid";)\nfoo bar\n\n# alert\nevil.example\n')
    assert [(refused.line, refused.sid) for refused in reading.refused] == [(1, 0), (2, 0), (5, 0)]
    assert reading.refused[0].reason == "sid: it has none"


def test_rules_about_other_protocols_are_counted() -> None:
    data = "\n".join(
        rule("flowbits:set,x;", header=header)
        for header in ("alert http any any -> any any", "alert tcp any any -> any 25", "alert http any any -> any 80")
    )
    reading = parse(data.encode())
    assert reading.refused == []
    assert reading.foreign == {"http": 2, "tcp to other ports": 1}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"# x\n\nalert dns any any -> any any (sid:1;)\n", True),
        (b'drop tcp $A any -> any 53 \\\n (msg:"x"; sid:1;)', True),
        (b"alert dns any any -> any any (msg:", False),
        (b"evil.example\n", False),
        (b"0.0.0.0 evil.example # (x)\n", False),
        (b"", False),
        (b"# only\n", False),
        (b"\x80\0\n", False),
    ],
)
def test_told_from_lists_of_names(data: bytes, expected: bool) -> None:
    assert looks_like_rules(data) is expected


KEYWORDS = st.sampled_from(
    "msg sid rev gid priority classtype reference flow threshold detection_filter content nocase startswith endswith "
    "offset depth distance within pcre isdataat entropy byte_test bsize absent dsize dns.opcode dns.rcode dns.rrtype "
    "dns.query dns_query dns.answers.rrname pkt_data dotprefix to_lowercase flowbits metadata fast_pattern".split()
)
VALUES = st.one_of(
    st.none(),
    st.text(alphabet='0123456789!<>=-&,"/|\\ abcdefx', max_size=20),
    st.integers(-5, 70000).map(str),
    st.binary(max_size=12).map(lambda data: '"' + data.decode("latin-1") + '"'),
)


@given(st.lists(st.tuples(KEYWORDS, VALUES), max_size=8))
def test_any_options(options: list[tuple[str, str | None]]) -> None:
    text = " ".join(keyword + (";" if value is None else f":{value};") for keyword, value in options)
    reading = parse(rule(text).encode("latin-1", "replace"))
    assert len(reading.rules) + len(reading.refused) >= 1


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    reading = parse(data)
    assert all(refused.line >= 1 and refused.reason for refused in reading.refused)
    looks_like_rules(data)
