import io
import ipaddress

import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Action, Entry, Scope, Trigger
from dnsguard.intel.readers.reading import Network
from tests.intel.readers.hold import NAME, NETWORK, mutated, read

SAMPLE = b"""\
$TTL 2h
$ORIGIN rpz.example.net.
@ IN SOA localhost. root.localhost. ( 1 ; serial (
    6h 1h
    1w 2h )
  IN NS localhost.
; actions
nx.example            CNAME .
nodata.example     60 CNAME *.
Pass.Example       IN CNAME rpz-passthru.
drop.example    60 IN CNAME rpz-drop.
tcp.example     IN 60 CNAME rpz-tcp-only.
old.example           CNAME old.example.
walled.example        CNAME garden.example.org.
local.example         A     198.51.100.1
                      A     198.51.100.2
                      AAAA  2001:db8::1
text.example          TXT   "a ; b" "c (d"
absolute.example.rpz.example.net. CNAME .
; triggers
*.wild.example        CNAME .
both.example          CNAME .
*.both.example        CNAME *.
24.0.100.51.198.rpz-ip              CNAME .
32.7.100.51.198.rpz-ip              CNAME rpz-passthru.
48.zz.1.db8.2001.rpz-ip             CNAME .
128.1.zz.db8.2001.rpz-nsip          CNAME .
ns.evil.example.rpz-nsdname         CNAME .
*.evil.example.rpz-nsdname          CNAME .
32.1.100.51.198.rpz-client-ip       CNAME rpz-drop.
; no entries
outside.example.      CNAME .
com                   CNAME .
*.duckdns.org         CNAME .
99.0.100.51.198.rpz-ip CNAME .
$INCLUDE other.zone
lonely
signed.example        RRSIG CNAME 8 3 60 20300101000000 20200101000000 1 x. AAAA
"""


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("rpz", SAMPLE)
    exact = {"scope": Scope.EXACT}
    assert reading.found == [
        Entry("nx.example", 8, **exact, action=Action.NXDOMAIN),
        Entry("nodata.example", 9, **exact, action=Action.NODATA),
        Entry("pass.example", 10, **exact, action=Action.PASS),
        Entry("drop.example", 11, **exact, action=Action.DROP),
        Entry("tcp.example", 12, **exact, action=Action.TCP_ONLY),
        Entry("old.example", 13, **exact, action=Action.PASS),
        Entry("walled.example", 14, **exact, action=Action.LOCAL),
        Entry("local.example", 15, **exact, action=Action.LOCAL),
        Entry("text.example", 18, **exact, action=Action.LOCAL),
        Entry("absolute.example", 19, **exact, action=Action.NXDOMAIN),
        Entry("wild.example", 21, Scope.BELOW, action=Action.NXDOMAIN),
        Entry("both.example", 22, **exact, action=Action.NXDOMAIN),
        Entry("both.example", 23, Scope.BELOW, action=Action.NODATA),
        Entry("198.51.100.0/24", 24, trigger=Trigger.ADDRESS, action=Action.NXDOMAIN),
        Entry("198.51.100.7/32", 25, trigger=Trigger.ADDRESS, action=Action.PASS),
        Entry("2001:db8:1::/48", 26, trigger=Trigger.ADDRESS, action=Action.NXDOMAIN),
        Entry("2001:db8::1/128", 27, trigger=Trigger.SERVER_ADDRESS, action=Action.NXDOMAIN),
        Entry("ns.evil.example", 28, **exact, trigger=Trigger.SERVER_NAME, action=Action.NXDOMAIN),
        Entry("evil.example", 29, Scope.BELOW, trigger=Trigger.SERVER_NAME, action=Action.NXDOMAIN),
        Entry("198.51.100.1/32", 30, trigger=Trigger.CLIENT, action=Action.DROP),
    ]
    assert reading.refused == {
        "is not in the zone": 1,
        "is no network": 1,
        "is a directive that is not followed": 1,
        "is no record": 1,
    }
    assert reading.quarantined == {"is a public suffix": 1, "is a suffix below which strangers get names": 1}
    assert reading.ignored == {"records that are no policy": 3}


def test_a_zone_named_by_its_soa_alone() -> None:
    zone = b"rpz.example.net. 60 IN SOA a. b. 1 2 3 4 5\nevil.example.rpz.example.net. 60 IN CNAME .\n"
    assert [entry.text for entry in read("rpz", zone).found] == ["evil.example"]
    assert [entry.text for entry in read("rpz", b"@ SOA a. b. 1 2 3 4 5\nevil.example CNAME .\n").found] == [
        "evil.example"
    ]


def rpz_address(net: Network) -> str:
    if net.version == 4:
        return ".".join([str(net.prefixlen), *str(net.network_address).split(".")[::-1]])
    words = str(net.network_address).replace("::", ":zz:").strip(":").split(":")
    return ".".join([str(net.prefixlen), *words[::-1]])


TARGETS = {
    ".": Action.NXDOMAIN,
    "*.": Action.NODATA,
    "rpz-passthru.": Action.PASS,
    "rpz-drop.": Action.DROP,
    "rpz-tcp-only.": Action.TCP_ONLY,
    "garden.example.": Action.LOCAL,
}


@given(st.lists(st.tuples(NAME, st.booleans(), st.sampled_from(sorted(TARGETS))), unique_by=lambda item: item[:2]))
def test_what_is_written_is_read_and_a_name_server_reads_the_same(rules: list[tuple[str, bool, str]]) -> None:
    text = "$TTL 60\n$ORIGIN rpz.test.\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n" + "".join(
        f"{'*.' * wild}{name} CNAME {target}\n" for name, wild, target in rules
    )
    found = read("rpz", text.encode()).found
    assert found == [
        Entry(name, line, Scope.BELOW if wild else Scope.EXACT, action=TARGETS[target])
        for line, (name, wild, target) in enumerate(rules, 5)
    ]
    zone = dns.zone.from_text(io.StringIO(text), origin="rpz.test.", relativize=True)
    theirs = {
        (name.to_text(), rdata.target.derelativize(zone.origin).to_text())
        for name, _, rdata in zone.iterate_rdatas(dns.rdatatype.CNAME)
    }
    assert {
        ("*." * (entry.scope == Scope.BELOW) + entry.text, next(t for t in TARGETS if TARGETS[t] == entry.action))
        for entry in found
    } == theirs


@given(st.lists(NETWORK, unique=True))
def test_networks_in_their_odd_spelling(nets: list[Network]) -> None:
    text = "@ SOA a. b. 1 2 3 4 5\n" + "".join(f"{rpz_address(net)}.rpz-ip CNAME .\n" for net in nets)
    assert [ipaddress.ip_network(entry.text) for entry in read("rpz", text.encode()).found] == nets


@given(st.text(alphabet='@$ORIGINTLCME.*()";\\ \nax0', max_size=80) | st.text())
def test_any_text_has_a_reading(text: str) -> None:
    read("rpz", text.encode())


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("rpz", mutated(SAMPLE, seed))


@pytest.mark.parametrize("end", ["", "(", '"', "\\", "x (", 'x "y'])
def test_a_file_that_breaks_off(end: str) -> None:
    found = read("rpz", f"@ SOA a. b. 1 2 3 4 5\nevil.example CNAME .\n{end}".encode()).found
    assert [entry.text for entry in found] == ["evil.example"]
