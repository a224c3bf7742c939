import pytest

from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.opening import open_exchange
from dnsguard.upstream.servers import parse_server
from tests.upstream.scripted import Script, answer, query, stream_server


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("192.0.2.1", "TcpExchange"),
        ("tls://dns.example", "TlsExchange"),
        ("https://dns.example/dns-query", "HttpsExchange"),
        ("quic://dns.example", "QuicExchange"),
    ],
)
async def test_each_kind_has_its_way(text, name) -> None:
    exchange = open_exchange(parse_server(text), Bootstrap())
    assert type(exchange).__name__ == name
    await exchange.close()


async def test_it_asks() -> None:
    async with stream_server(Script()) as script:
        exchange = open_exchange(parse_server(f"127.0.0.1:{script.port}"), Bootstrap())
        assert await exchange.exchange(query(), 10) == answer(query())
        await exchange.close()
