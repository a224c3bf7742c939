"""What the lab's upstream knows: a root zone with a wildcard, one record of every common type, and a signed zone."""

import functools
import io
from datetime import UTC, datetime

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

SIGNED = "signed.example.net"

# one name per type; `types.example.net` has no wildcard, so every other name there is NXDOMAIN
TYPES = {
    "A": "192.0.2.10",
    "AAAA": "2001:db8::10",
    "AFSDB": "1 afs.example.net.",
    "CAA": '0 issue "ca.example.net"',
    "CERT": "PGP 0 0 AAECAwQ=",
    "DS": "12345 13 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE3E7B5C2E4C5A3A0E5F1A2B3C",
    "HINFO": '"RFC8482" ""',
    "HTTPS": "1 . alpn=h2,h3 ipv4hint=192.0.2.11",
    "LOC": "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
    "MX": "10 mail.types.example.net.",
    "NAPTR": '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .',
    "OPENPGPKEY": "AQIDBA==",
    "PTR": "host.types.example.net.",
    "RP": "admin.example.net. info.example.net.",
    "SPF": '"v=spf1 -all"',
    "SRV": "0 5 5060 sip.types.example.net.",
    "SSHFP": "4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789",
    "SVCB": "1 svc.example.net. alpn=dot port=853",
    "TLSA": "3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
    "TXT": r'"plain" "with \"quotes\"" "\000\001\255"',
    "URI": '10 1 "https://example.net/"',
    "TYPE65280": r"\# 4 0A0B0C0D",
}
TTLS = (0, 1, 2, 30, 3600, 86400, 604800)


def root() -> str:
    """The root zone: any name not below `example.net` exists, with A, AAAA, MX and TXT."""
    lines = [
        "$ORIGIN .",
        "$TTL 3600",
        "@ SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 300",
        "@ NS ns.example.net.",
        "* A 192.0.2.1",
        "* AAAA 2001:db8::1",
        "* MX 10 mail.example.net.",
        '* TXT "v=spf1 -all"',
        "8.8.8.8.in-addr.arpa. PTR eight.example.net.",
        "$ORIGIN example.net.",
        "ns A 127.0.0.1",
        'empty TXT "no address here"',
        "a.b.c.deep A 192.0.2.2",
        "*.wild A 192.0.2.3",
        "UPPER.Case A 192.0.2.4",
        "listed A 192.0.2.66",
        "*.listed A 192.0.2.66",
        "alias CNAME deep.listed",
        "alias2 CNAME alias",
        "moved DNAME listed",
        "friend CNAME friendly",
        "friendly A 192.0.2.5",
        "loop1 CNAME loop2",
        "loop2 CNAME loop1",
        "dangling CNAME nothing",
        *(f"chain{i} CNAME chain{i + 1}" for i in range(7)),
        "chain7 A 192.0.2.7",
        *(f"ttl{ttl} {ttl} A 192.0.2.8" for ttl in TTLS),
        # 5,000 bytes: over any UDP answer a resolver asks for
        *(f'big TXT "{i:02d}{"x" * 248}"' for i in range(20)),
        # 62 records: over 512 bytes, below 1232
        *(f"many A 198.51.100.{i}" for i in range(1, 63)),
        *(f"{rtype.lower()}.types {rtype} {value}" for rtype, value in TYPES.items()),
    ]
    return "\n".join(lines) + "\n"


@functools.cache
def signed() -> str:
    """`signed.example.net`, signed with ECDSA P-256 and NSEC for a day from now, wildcard included."""
    text = """\
$ORIGIN signed.example.net.
$TTL 300
@ SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 60
@ NS ns.example.net.
www A 192.0.2.20
www AAAA 2001:db8::20
txt TXT "signed"
alias CNAME www
*.wild A 192.0.2.21
"""
    zone = dns.zone.from_text(text, origin=f"{SIGNED}.", relativize=False)
    key = ec.generate_private_key(ec.SECP256R1())
    dnskey = dns.dnssec.make_dnskey(key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256)
    dns.dnssec.sign_zone(zone, keys=[(key, dnskey)], inception=datetime.now(UTC), lifetime=86400)
    out = io.StringIO()
    zone.to_file(out, relativize=False, want_origin=True)
    return out.getvalue()
