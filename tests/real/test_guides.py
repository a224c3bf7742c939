"""What the guides promise of dnsguard beside the real dnsmasq and Unbound."""

import re

import pytest

from dnsguard.docs.texts import text
from tests import ask
from tests.docs.test_site import FENCE
from tests.lab import Dnsguard, Lab, eventually, free_port
from tests.needs import need

ZONES = {
    "never.example.org": "always_nxdomain",
    "fixed.example.org": "static",
    "let.never.example.org": "transparent",
}
RECORDS = [
    "nas.home.arpa. 300 IN A 192.168.1.5",
    'nas.home.arpa. 300 IN TXT "a b"',
    "cname.home.arpa 300 IN CNAME nas.home.arpa.",
    "5.1.168.192.in-addr.arpa 300 IN PTR nas.home.arpa.",
    "nas.example.net 300 AAAA 2001:db8::5",
]
POLICY = """\
$ORIGIN policy.invalid.
$TTL 300
@ SOA localhost. root.localhost. 1 3600 600 86400 300
@ NS localhost.
denied.example.org CNAME .
*.denied.example.org CNAME .
spared.denied.example.org CNAME rpz-passthru.
32.66.2.0.192.rpz-ip CNAME .
"""
BEHIND = ["printer.home.arpa 300 IN A 192.168.1.9", "9.1.168.192.in-addr.arpa 300 IN PTR printer.home.arpa."]
SAME = [
    ("nas.home.arpa", "A"),
    ("nas.home.arpa", "TXT"),
    ("5.1.168.192.in-addr.arpa", "PTR"),
    ("nas.example.net", "AAAA"),
    ("other.home.arpa", "A"),
    ("never.example.org", "A"),
    ("deep.never.example.org", "MX"),
    ("let.never.example.org", "A"),
    ("x.fixed.example.org", "A"),
    ("denied.example.org", "A"),
    ("x.denied.example.org", "A"),
    ("spared.denied.example.org", "A"),
    ("redirected.example.org", "A"),
    ("all.below.redirected.example.org", "A"),
    ("listed.example.net", "A"),  # by its address
    ("anything.example.org", "A"),
]


@pytest.fixture(scope="module")
def unbound(module_lab: Lab, nsd: int) -> int:
    """An Unbound to move from: local zones and data, and a policy zone."""
    need("unbound")
    port = free_port()
    module_lab.write("policy.zone", POLICY)
    module_lab.write("zones.conf", "".join(f' local-zone: "{name}" {kind}\n' for name, kind in ZONES.items()))
    data = [*RECORDS, *BEHIND, "redirected.example.org 300 IN A 192.0.2.77"]
    conf = module_lab.write(
        "unbound.conf",
        f"server:\n interface: 127.0.0.1@{port}\n do-not-query-localhost: no\n"
        f' username: ""\n chroot: ""\n directory: "{module_lab.dir}"\n pidfile: ""\n use-syslog: no\n'
        f' module-config: "respip iterator"\n include: zones.conf\n local-zone: "redirected.example.org" redirect\n'
        + "".join(f" local-data: '{record}'\n" for record in data)
        + f'remote-control:\n control-enable: no\nforward-zone:\n name: "."\n forward-addr: 127.0.0.1@{nsd}\n'
        f'rpz:\n name: "policy.invalid."\n zonefile: "policy.zone"\n',
    )
    module_lab.serving(module_lab.start("unbound", "unbound", "-d", "-c", conf), port)
    return port


@pytest.fixture(scope="module")
def guard(module_lab: Lab, nsd: int, unbound: int) -> Dnsguard:
    """What became of it, by the guide's table; what is not in RECORDS it still asks of Unbound."""
    (forward,) = (
        body for kind, body in FENCE.findall(text("moving.md")) if "# what dnsguard would answer itself" in body
    )
    names = re.findall(r'"([\w.-]+\.arpa)"', forward)
    redirected = [f"{star}redirected.example.org 300 IN A 192.0.2.77" for star in ("", "*.")]
    return module_lab.dnsguard(
        nsd,
        mode="alert",
        local={"records": [*RECORDS, *redirected]},
        forward=[{"names": names, "servers": [f"127.0.0.1:{unbound}"]}],
        lists=[
            {"name": name, "category": "threat_intel", "path": str(module_lab.dir / name)}
            for name in ("zones.conf", "policy.zone")
        ],
        detect={"threat_intel": {"mode": "block"}},
    )


def said(message: ask.Message) -> tuple[str, list[str]]:
    return ask.rcode(message), ask.records(message)[0]


@pytest.mark.parametrize(("name", "rtype"), SAME)
def test_what_moved_from_unbound_answers_the_same(guard: Dnsguard, unbound: int, name: str, rtype: str) -> None:
    assert said(guard.ask(name, rtype)) == said(ask.ask(unbound, name, rtype))


def test_an_alias_of_our_own_is_followed(guard: Dnsguard, unbound: int) -> None:
    """Unbound leaves it to the client."""
    name, alias = "cname.home.arpa", said(ask.ask(unbound, "cname.home.arpa"))[1]
    assert said(guard.ask(name))[1] == sorted(alias + said(guard.ask("nas.home.arpa"))[1])


def test_own_names_are_asked_of_the_resolver_that_stays_behind(guard: Dnsguard, unbound: int) -> None:
    """Special-use names and private addresses in reverse are its business as soon as [[forward]] says so."""
    for name, rtype in (("printer.home.arpa", "A"), ("9.1.168.192.in-addr.arpa", "PTR")):
        assert said(guard.ask(name, rtype)) == said(ask.ask(unbound, name, rtype))
        assert said(guard.ask(name, rtype))[1], name


def test_a_dnsmasq_in_front(module_lab: Lab, guard: Dnsguard) -> None:
    """It may send what it knows of its clients: that is nothing odd; and it hears of a block."""
    need("dnsmasq")
    (body,) = (body for kind, body in FENCE.findall(text("network.md")) if kind == "dnsmasq")
    port = free_port()
    conf = module_lab.write(
        "front.conf",
        body.replace("server=192.168.1.2", f"server=127.0.0.1#{guard.port}")
        + f"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-hosts\nuser=\nadd-mac\nadd-subnet=32,128\n"
        "add-cpe-id=house\n",
    )
    before = guard.metric("dnsguard_findings_total")
    module_lab.serving(module_lab.start("front", "dnsmasq", "--keep-in-foreground", "-C", conf), port)
    for number in range(5):
        assert ask.addresses(ask.ask(port, f"www{number}.example.org")) == ["192.0.2.1"]
    assert ask.rcode(ask.ask(port, "front.never.example.org")) == "NXDOMAIN"
    after = eventually(lambda: guard.metric("dnsguard_findings_total") - before, "the block is a finding")
    assert after == 1
