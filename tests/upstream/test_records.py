import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.upstream.records import DEFAULT_TTL, MAX_TTL, Record, parse_record
from dnsguard.wire import rrtypes


def second_opinion(mnemonic: str, text: str) -> bytes:
    """The data as dnspython packs it, names absolute."""
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(mnemonic), text, relativize=False).to_wire()


@pytest.mark.parametrize(
    ("mnemonic", "text"),
    [
        ("A", "192.168.1.5"),
        ("AAAA", "fd00::5"),
        ("CNAME", "Nas.home.arpa."),
        ("PTR", "nas.home.arpa."),
        ("NS", "ns.home.arpa."),
        ("MX", "10 mail.home.arpa."),
        ("SRV", "1 2 631 printer.home.arpa."),
        ("TXT", '"some text" "and \\"more\\" \\097; of it"'),
        ("TXT", "bare"),
        ("CAA", '0 issue "ca.example"'),
        ("SSHFP", "4 2 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("TLSA", "3 1 1 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("SOA", "ns.home.arpa. admin.home.arpa. 1 3600 600 86400 60"),
        ("RP", "a.home.arpa. b.home.arpa."),
        ("NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'),
        ("HTTPS", "1 . alpn=h2,h3 port=8443"),
        ("SVCB", "1 svc.home.arpa. alpn=dot ipv4hint=192.168.1.5"),
        ("HINFO", r"\# 6 03 616263 01 7a"),
        ("TYPE65280", r"\# 3 010203"),
    ],
)
def test_data_is_packed_as_dnspython_packs_it(mnemonic, text) -> None:
    record = parse_record(f"x.home.arpa 300 IN {mnemonic} {text}")
    assert record == Record(
        name="x.home.arpa",
        rtype=rrtypes.type_number(mnemonic),
        ttl=300,
        rdata=second_opinion(mnemonic, text),
    )


@pytest.mark.parametrize(
    ("line", "ttl"),
    [
        ("x.home.arpa A 192.0.2.1", DEFAULT_TTL),
        ("X.Home.Arpa. IN A 192.0.2.1", DEFAULT_TTL),
        ("x.home.arpa 60 A 192.0.2.1", 60),
        ("x.home.arpa in 60 a 192.0.2.1", 60),
        ("x.home.arpa\t1h30m\tIN\tA\t192.0.2.1 ; the comment", 5400),
        ("x.home.arpa 1W2D IN A ( 192.0.2.1 )", 777600),
        ("x.home.arpa 0 IN A 192.0.2.1", 0),
        (f"x.home.arpa {MAX_TTL} IN A 192.0.2.1", MAX_TTL),
    ],
)
def test_what_may_be_left_out(line, ttl) -> None:
    assert parse_record(line) == Record(name="x.home.arpa", rtype=1, ttl=ttl, rdata=b"\xc0\0\2\1")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("*.lab.example", "*.lab.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        (r"a\.b.example", r"a\.b.example"),
        (r"\097.example", "a.example"),
        (".", ""),
        ("0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"),
    ],
)
def test_owners(text, name) -> None:
    assert parse_record(f"{text} IN A 192.0.2.1").name == name


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        ("", "is no name", "nas.home.arpa 300 IN A 192.168.1.5"),
        ("; only a comment", "is no name", "IN A"),
        ("$TTL 300", "directives are not known", "IN A"),
        ("@ IN A 192.0.2.1", "'@' is no name", "IN A"),
        ("x.home.arpa", "ends before its type", "IN A"),
        ("x.home.arpa 300 IN", "ends before its type", "IN A"),
        ("x.home.arpa 300 IN B 1", "'B' is no RR type", "IN A"),
        ("x.home.arpa 4294967296 IN A 192.0.2.1", "more than 2147483647 seconds", "IN A"),
        ("x.home.arpa CH TXT x", "class CH is not served", "IN A"),
        ("x..arpa A 192.0.2.1", "empty label", "IN A"),
        ("x.home.arpa A 192.0.2", "'192.0.2' is no address", "IN A 192.168.1.5"),
        ("x.home.arpa A 192.0.2.1 192.0.2.2", "is no address", "IN A 192.168.1.5"),
        ("x.home.arpa A fd00::1", "belongs into AAAA", "IN A 192.168.1.5"),
        ("x.home.arpa AAAA 192.0.2.1", "belongs into A", "IN AAAA fd00::5"),
        ("x.home.arpa CNAME", "takes 1 field, not 0", "IN CNAME nas.home.arpa"),
        ("x.home.arpa CNAME a b", "takes 1 field, not 2", "IN CNAME nas.home.arpa"),
        ("x.home.arpa CNAME @", "'@' is no name", "IN CNAME"),
        ("x.home.arpa MX mail.home.arpa", "takes 2 fields, not 1", "IN MX 10 mail"),
        ("x.home.arpa MX -1 mail.home.arpa", "'-1' must be a number from 0 to 65535", "IN MX 10 mail"),
        ("x.home.arpa SRV 0 0 65536 a.b", "'65536' must be a number", "IN SRV 0 0 631"),
        ("x.home.arpa TXT", "TXT needs a text", 'IN TXT "some text"'),
        (f'x.home.arpa TXT "{"x" * 256}"', "longer than 255 octets", 'IN TXT "some text"'),
        (r'x.home.arpa TXT "\256"', "is no octet", "IN TXT"),
        ('x.home.arpa TXT "open', "without its end", "IN A"),
        ("x.home.arpa CAA what", "its data is no CAA", "IN CAA 0 issue"),
        ("x.home.arpa HTTPS x", "its data is no HTTPS", "IN HTTPS 1 ."),
        ("x.home.arpa SOA x", "its data is no SOA", "IN A"),
        ("x.home.arpa HINFO a b", r"only known in the form \# LENGTH HEX", "IN A"),
        (r"x.home.arpa HINFO \# 2 00", "says 2 octets where 1 stand", "IN A"),
        (r"x.home.arpa HINFO \# x", "takes a length and hex digits", "IN A"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_would_be_right(line, wrong, right) -> None:
    with pytest.raises(ValueError, match="good one") as caught:
        parse_record(line)
    assert wrong in str(caught.value)
    assert right in str(caught.value)


@given(
    st.text(max_size=80) | st.text(' .*"\\#@()ANSTX0123456789abc:', max_size=60).map(lambda text: "x.test IN " + text)
)
def test_any_text_is_a_record_or_a_value_error(line) -> None:
    try:
        record = parse_record(line)
    except ValueError:
        return
    assert 0 <= record.ttl <= MAX_TTL
    assert len(record.rdata) <= 65535


@pytest.mark.parametrize(
    "mnemonic", ["CAA", "DNSKEY", "DS", "HTTPS", "LOC", "NAPTR", "NSEC", "RP", "RRSIG", "SOA", "SSHFP", "TLSA"]
)
@given(fields=st.lists(st.text("0123456789abcdef./=-", min_size=1, max_size=6), max_size=10))
def test_data_read_by_dnslib_raises_nothing_else(mnemonic, fields) -> None:
    try:
        parse_record(f"x.test IN {mnemonic} {' '.join(fields)}")
    except ValueError:
        return
