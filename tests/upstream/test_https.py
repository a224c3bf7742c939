import asyncio
from contextlib import asynccontextmanager

import dns.message
import pytest
from aiohttp import web

from dnsguard.errors import UpstreamError
from dnsguard.upstream.https import HttpsExchange
from dnsguard.upstream.servers import parse_server
from tests.upstream.scripted import answer, query

DNS = "application/dns-message"


class Site:
    """A DNS-over-HTTPS server; `respond` may be replaced."""

    def __init__(self):
        self.requests, self.bodies, self.peers = [], [], set()

    async def __call__(self, request):
        self.requests.append(request)
        self.peers.add(request.transport.get_extra_info("peername"))
        self.bodies.append(await request.read())
        return await self.respond(request, self.bodies[-1])

    async def respond(self, _request, body):
        return web.Response(body=answer(body), content_type=DNS, headers={"Set-Cookie": "id=1"})


@asynccontextmanager
async def serving(authority, site, **options):
    server = web.Server(site, **options)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server("h2", "http/1.1")).start()
    try:
        async with asyncio.timeout(60):
            yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asking(authority, site, text="https://127.0.0.1:{}/dns-query#dns.example", *, exchange=None, **options):
    async with serving(authority, site, **options.pop("server", {})) as port:
        exchange = HttpsExchange(parse_server(text.format(port)), context=authority.client("http/1.1"), **options)
        try:
            yield exchange
        finally:
            await exchange.close()


async def test_a_query_is_posted_and_answered(authority) -> None:
    site = Site()
    async with asking(authority, site) as exchange:
        for number in range(3):
            assert await exchange.exchange(query(number=number + 5), 10) == answer(query(number=number + 5))
    (request, *_) = site.requests
    assert (request.method, request.path_qs) == ("POST", "/dns-query")
    assert request.headers["Content-Type"] == request.headers["Accept"] == DNS
    # nothing tells one client from another
    assert set(request.headers) == {"Host", "Accept", "Content-Type", "Accept-Encoding", "Content-Length"}
    assert request.headers["Host"].startswith("dns.example:")
    assert "Cookie" not in site.requests[-1].headers
    assert site.bodies == [query(number=0)] * 3
    assert len(site.peers) == 1  # kept open


async def test_the_name_is_looked_up_and_shown(authority) -> None:
    async def look_up(name, _seconds):
        return {"dns.example": ("127.0.0.2", "127.0.0.1")}[name]

    site = Site()
    async with asking(authority, site, "https://dns.example:{}/q?a=b", lookup=look_up) as exchange:
        assert await exchange.exchange(query(), 10) == answer(query())
    assert site.requests[0].path_qs == "/q?a=b"


async def test_a_name_that_is_not_found(authority) -> None:
    async def look_up(name, _seconds):
        raise UpstreamError(f"{name}: has no address")

    async with asking(authority, Site(), "https://dns.example:{}/q", lookup=look_up) as exchange:
        with pytest.raises(UpstreamError, match=r"dns\.example: has no address"):
            await exchange.exchange(query(), 10)


@pytest.mark.parametrize("shown", ["other.example", "a.dns.example"])
async def test_another_name_is_refused(authority, shown) -> None:
    site = Site()
    async with asking(authority, site, "https://127.0.0.1:{}/q#" + shown) as exchange:
        with pytest.raises(UpstreamError, match="certificate is not valid"):
            await exchange.exchange(query(), 10)
    assert not site.requests


async def test_an_unknown_authority_is_refused(authority) -> None:
    async with serving(authority, Site()) as port:
        exchange = HttpsExchange(parse_server(f"https://127.0.0.1:{port}/q"))
        with pytest.raises(UpstreamError, match="certificate is not valid"):
            await exchange.exchange(query(), 10)
        await exchange.close()


async def test_nobody_listens(authority) -> None:
    async with serving(authority, Site()) as port:
        pass
    exchange = HttpsExchange(parse_server(f"https://127.0.0.1:{port}/q"))
    with pytest.raises(UpstreamError, match="Connection refused"):
        await exchange.exchange(query(), 10)
    await exchange.close()


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"status": 500, "text": "no"}, "HTTP status 500"),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example/"}}, "HTTP status 302"),
        ({"body": answer(query(number=0)), "content_type": "text/html"}, "not of type application/dns-message"),
        ({"body": bytes(65536), "content_type": DNS}, "longer than a DNS message"),
        ({"body": answer(query("b.example", number=0)), "content_type": DNS}, "another question"),
        ({"body": answer(query(number=1)), "content_type": DNS}, "another question"),
        ({"body": b"", "content_type": DNS}, "another question"),
    ],
)
async def test_what_is_no_answer_is_not_taken(authority, response, says) -> None:
    async def respond(_request, _body):
        return web.Response(**response)

    site = Site()
    site.respond = respond
    rejected = []
    async with asking(authority, site, on_rejected=lambda: rejected.append(1)) as exchange:
        with pytest.raises(UpstreamError, match=says):
            await exchange.exchange(query(), 10)
    assert len(site.requests) == 1
    assert len(rejected) == (says == "another question")


async def test_an_endless_answer_is_cut(authority) -> None:
    async def respond(request, _body):
        response = web.StreamResponse(headers={"Content-Type": DNS})
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(10000))
        except ConnectionError:
            return response

    site = Site()
    site.respond = respond
    async with asking(authority, site) as exchange:
        with pytest.raises(UpstreamError, match="longer than a DNS message"):
            await exchange.exchange(query(), 10)


async def test_a_silent_server_is_given_up(authority) -> None:
    async def respond(_request, _body):
        await asyncio.sleep(60)

    site = Site()
    site.respond = respond
    async with asking(authority, site) as exchange:
        with pytest.raises(UpstreamError, match=r"no answer within 0\.2 s"):
            await exchange.exchange(query(), 0.2)


async def test_a_kept_open_connection_that_was_closed_is_opened_anew(authority) -> None:
    async def respond(request, body):
        if len(site.requests) == 2:
            request.transport.abort()
        return web.Response(body=answer(body), content_type=DNS)

    site = Site()
    site.respond = respond
    async with asking(authority, site) as exchange:
        for _ in range(2):
            assert await exchange.exchange(query(), 10) == answer(query())
    assert len(site.requests) == 3


async def test_queries_are_padded_and_answers_not(authority) -> None:
    async def respond(_request, body):
        response = dns.message.from_wire(answer(body))
        response.use_edns(0, options=[dns.edns.GenericOption(12, bytes(300))])
        return web.Response(body=response.to_wire(), content_type=DNS)

    site = Site()
    site.respond = respond
    async with asking(authority, site) as exchange:
        found = await exchange.exchange(query(edns=0), 10)
    assert [len(body) for body in site.bodies] == [128]
    assert dns.message.from_wire(found).options == ()


async def test_closed_is_closed(authority) -> None:
    async with asking(authority, Site()) as exchange:
        await exchange.exchange(query(), 10)
        await exchange.close()
        with pytest.raises(UpstreamError, match="closed here"):
            await exchange.exchange(query(), 10)
