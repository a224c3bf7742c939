"""Stream upstreams against others' servers: NSD over TCP, Unbound over TLS, dnsdist over TLS and HTTPS."""

import asyncio

import dns.message
import dns.rcode
import pytest

from dnsguard.upstream.exchange import Exchange
from dnsguard.upstream.https import HttpsExchange
from dnsguard.upstream.servers import parse_server
from dnsguard.upstream.stream import TcpExchange, TlsExchange
from tests.lab import Lab, free_port
from tests.needs import need
from tests.upstream.scripted import Authority, query

pytestmark = pytest.mark.real
QUERIES = 500


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def ask_many(exchange: Exchange) -> None:
    """Every answer belongs to its query, is whole, and bears no padding."""
    packets = [query(f"n{number}.example.com", number=number, edns=0) for number in range(QUERIES)]
    try:
        found = await asyncio.gather(*(exchange.exchange(packet, 30) for packet in packets))
    finally:
        await exchange.close()
    for packet, answer in zip(packets, found, strict=True):
        asked, message = dns.message.from_wire(packet), dns.message.from_wire(answer)
        assert asked.is_response(message)
        assert message.rcode() == dns.rcode.NOERROR
        assert message.answer
        assert not any(option.otype == 12 for option in message.options)


async def test_nsd_over_tcp(nsd: int) -> None:
    await ask_many(TcpExchange(parse_server(f"127.0.0.1:{nsd}")))


async def test_unbound_over_tls(lab: Lab, nsd: int, authority: Authority) -> None:
    need("unbound")
    plain, port = free_port(), free_port()
    conf = lab.write(
        "unbound.conf",
        f"server:\n interface: 127.0.0.1@{plain}\n interface: 127.0.0.1@{port}\n tls-port: {port}\n"
        f' tls-service-key: "{authority.key}"\n tls-service-pem: "{authority.chain}"\n do-not-query-localhost: no\n'
        f' username: ""\n chroot: ""\n directory: "{lab.dir}"\n pidfile: ""\n use-syslog: no\n'
        f' module-config: "iterator"\nremote-control:\n control-enable: no\nforward-zone:\n name: "."\n'
        f" forward-addr: 127.0.0.1@{nsd}\n",
    )
    lab.serving(lab.start("unbound", "unbound", "-d", "-c", conf), plain)
    server = parse_server(f"tls://127.0.0.1:{port}#dns.example")
    await ask_many(TlsExchange(server, context=authority.client("dot")))


def dnsdist(lab: Lab, upstream: int, more: str) -> None:
    need("dnsdist")
    plain = free_port()
    conf = lab.write(
        "dnsdist.conf",
        f"setLocal('127.0.0.1:{plain}')\nsetSecurityPollSuffix('')\nnewServer('127.0.0.1:{upstream}')\n{more}\n",
    )
    lab.serving(lab.start("dnsdist", "dnsdist", "-C", conf, "--supervised", "--disable-syslog"), plain)


async def test_dnsdist_over_tls(lab: Lab, nsd: int, authority: Authority) -> None:
    port = free_port()
    dnsdist(lab, nsd, f"addTLSLocal('127.0.0.1:{port}', '{authority.chain}', '{authority.key}')")
    server = parse_server(f"tls://127.0.0.1:{port}#dns.example")
    await ask_many(TlsExchange(server, context=authority.client("dot")))


async def test_dnsdist_over_https(lab: Lab, nsd: int, authority: Authority) -> None:
    port = free_port()
    dnsdist(lab, nsd, f"addDOHLocal('127.0.0.1:{port}', '{authority.chain}', '{authority.key}', '/dns-query')")
    server = parse_server(f"https://127.0.0.1:{port}/dns-query#dns.example")
    await ask_many(HttpsExchange(server, context=authority.client("http/1.1")))
