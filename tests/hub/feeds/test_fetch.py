"""Fetches from servers that behave, and from those that do not."""

import asyncio
import gzip
import hashlib
import ssl

import pytest
import trustme
from aiohttp import web

from dnsguard.errors import UpstreamError
from dnsguard.hub.feeds import fetch as module
from dnsguard.hub.feeds.errors import FetchError, RefusedError
from dnsguard.hub.feeds.fetch import Fetcher, Progress, Request
from tests.hub.feeds.served import forever, pieces, served

TEXT = "evil.example\nworse.example\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


async def local(name, timeout):  # noqa: ASYNC109 - as in exchange.Lookup
    if name == "away.example":
        raise UpstreamError("away.example: no server to ask for its address")
    return ("127.0.0.1",)


@pytest.fixture
def get(tmp_path):
    async def get(url, *, context=None, progress=None, **options):
        file = tmp_path / "body"
        fetcher = Fetcher(lookup=local, context=context)
        wanted = Request(**{"url": url, "max_size": 1 << 20} | options)
        fetched = await fetcher.fetch(wanted, file, progress or Progress())
        return fetched, file.read_bytes() if fetched else None

    return get


async def test_a_body_arrives_with_what_the_next_fetch_needs(get):
    def answer(request):
        assert request.headers["User-Agent"].startswith("dnsguard/")
        assert "Cookie" not in request.headers
        return web.Response(text=TEXT, headers={"ETag": '"a"', "Last-Modified": "Mon, 01 Jun 2026 00:00:00 GMT"})

    progress = Progress()
    async with served(answer) as server:
        fetched, body = await get(server.url, progress=progress)
    assert body == TEXT.encode()
    assert (fetched.size, fetched.digest) == (len(TEXT), DIGEST)
    assert (fetched.etag, fetched.modified) == ('"a"', "Mon, 01 Jun 2026 00:00:00 GMT")
    assert progress.received == progress.total == len(TEXT)


async def test_what_did_not_change_is_not_sent_again(get):
    async with served(TEXT) as server:
        assert await get(server.url, etag='"1"') == (None, None)
        assert (await get(server.url, etag='"0"'))[0] is not None

    def since(request):
        assert request.headers["If-Modified-Since"] == "yesterday"
        return web.Response(status=304)

    async with served(since) as server:
        assert await get(server.url, modified="yesterday") == (None, None)


async def test_a_304_nobody_asked_for_is_a_failure(get):
    async with served(lambda _: web.Response(status=304)) as server:
        with pytest.raises(FetchError, match="HTTP 304"):
            await get(server.url)


async def test_packed_by_the_server_or_by_its_author(get):
    def encoded(request):
        assert request.headers["Accept-Encoding"] == "gzip"
        return web.Response(body=gzip.compress(TEXT.encode()), headers={"Content-Encoding": "gzip"})

    async with served(encoded) as server:
        assert (await get(server.url))[1] == TEXT.encode()
    async with served(lambda _: web.Response(body=gzip.compress(TEXT.encode()))) as server:
        assert (await get(server.url + ".gz"))[1] == TEXT.encode()


async def test_other_encodings_are_not_guessed(get):
    async with served(lambda _: web.Response(body=b"x", headers={"Content-Encoding": "br"})) as server:
        with pytest.raises(FetchError, match="encoding 'br'"):
            await get(server.url)


async def test_a_bomb_and_an_endless_body_end_at_the_bound(get, tmp_path):
    bomb = gzip.compress(bytes(64 << 20), 9)
    async with served(lambda _: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})) as server:
        with pytest.raises(RefusedError, match="max_size"):
            await get(server.url)
    async with served(lambda request: pieces(request, forever(b"evil.example\n" * 5000))) as server:
        with pytest.raises(RefusedError, match="max_size"):
            await get(server.url)
    assert (tmp_path / "body").stat().st_size <= 1 << 20


async def test_a_drip_ends(get, monkeypatch):
    monkeypatch.setattr(module, "SLOW", (0.2, 1000.0))
    async with served(lambda request: pieces(request, forever(b"x", 0.02))) as server:
        with pytest.raises(FetchError, match="less than 1000 bytes a second"):
            await get(server.url)


async def test_silence_ends_before_and_within_a_body(get, monkeypatch):
    monkeypatch.setattr(module, "IDLE", 0.2)

    async def silence():
        yield b"evil.example\n"
        await server.closing.wait()

    async with served(lambda request: pieces(request, silence())) as server:
        with pytest.raises(FetchError, match="brought nothing for"):
            await get(server.url)
    async with served() as server:
        server.answer = server.hang
        with pytest.raises(FetchError, match="did not answer in time"):
            await get(server.url)


async def test_all_of_it_has_a_limit(get, monkeypatch):
    monkeypatch.setattr(module, "TOTAL", 0.3)
    async with served(lambda request: pieces(request, forever(b"x" * 100, 0.01))) as server:
        with pytest.raises(FetchError, match="did not end within"):
            await get(server.url)


async def test_a_body_that_is_cut_off_is_none(get):
    async def cut(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"evil.example\n")
        request.transport.close()
        return response

    async with served(cut) as server:
        with pytest.raises(FetchError, match="before all of it had come"):
            await get(server.url)


@pytest.mark.parametrize("status", [204, 206, 400, 403, 404, 410, 500, 503])
async def test_only_200_is_a_body(get, status):
    async with served(lambda _: web.Response(status=status, text="evil.example")) as server:
        with pytest.raises(FetchError, match=f"HTTP {status}"):
            await get(server.url)


async def test_a_server_may_ask_for_patience(get):
    async with served(lambda _: web.Response(status=429, headers={"Retry-After": "77"})) as server:
        with pytest.raises(FetchError) as caught:
            await get(server.url)
    assert caught.value.retry_after == 77


async def test_a_page_and_nothing_are_refused(get):
    async with served(lambda _: web.Response(text="<html>moved</html>", content_type="text/html")) as server:
        with pytest.raises(RefusedError, match="web page"):
            await get(server.url)
    async with served(lambda _: web.Response(text="")) as server:
        with pytest.raises(RefusedError, match="empty"):
            await get(server.url)


# redirects


def moved(target, status=302):
    return lambda _: web.Response(status=status, headers={"Location": target} if target else {})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(get, status):
    async with served(TEXT) as there:

        def answer(request):
            if request.path == "/list.txt":
                return moved("/second", status)(request)
            return moved(there.url, status)(request)

        async with served(answer) as server:
            assert (await get(server.url))[1] == TEXT.encode()


async def test_a_loop_of_redirects_ends(get):
    async with served(moved("/list.txt")) as server:
        with pytest.raises(FetchError, match="redirected more than 5 times"):
            await get(server.url)
        assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["", "ftp://lists.example/x", "file:///etc/passwd", "https://"])
async def test_a_redirect_to_nowhere_is_a_failure(get, target):
    async with served(moved(target)) as server:
        with pytest.raises(FetchError):
            await get(server.url)


async def test_a_redirect_into_the_own_network_is_refused(get):
    async with served(TEXT) as inner, served(moved(inner.url)) as server:
        url = server.url.replace("127.0.0.1", "lists.example")
        with pytest.raises(FetchError, match="private"):
            await get(url)
        assert not server.requests
        with pytest.raises(FetchError, match="private"):
            await get(server.url.replace("127.0.0.1", "localhost"))
        assert len(server.requests) == 1
        assert not inner.requests
        assert (await get(url, allow_private=True))[1] == TEXT.encode()


async def test_a_password_stays_with_its_server(get):
    async with served(TEXT) as there, served(moved(there.url)) as server:
        await get(server.url.replace("//", "//user:secret@"))
    assert server.requests[0].headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in there.requests[0].headers


async def test_the_environments_proxy_is_not_asked(get, monkeypatch):
    async with served(TEXT) as server, served("proxied.example\n") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await get(server.url))[1] == TEXT.encode()
    assert not proxy.requests


# TLS


@pytest.fixture
def authority():
    return trustme.CA()


def tls(authority, *names):
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_over_tls_its_name_is_checked(get, authority):
    ours, trusting = tls(authority, "lists.example")
    async with served(TEXT, ours) as server:
        port = server.port
        good = await get(f"https://lists.example:{port}/list.txt", context=trusting, allow_private=True)
        assert good[1] == TEXT.encode()
        with pytest.raises(FetchError, match="certificate is not valid"):
            await get(f"https://other.example:{port}/list.txt", context=trusting, allow_private=True)
        with pytest.raises(FetchError, match="certificate is not valid"):
            await get(f"https://lists.example:{port}/list.txt", allow_private=True)


async def test_from_https_no_redirect_leads_to_http(get, authority):
    ours, trusting = tls(authority, "127.0.0.1")
    async with served(TEXT) as plain, served(moved(plain.url), ours) as server:
        with pytest.raises(FetchError, match="from https:// to http://"):
            await get(server.url, context=trusting)
        assert not plain.requests
    async with served(TEXT, ours) as safe, served(moved(safe.url)) as server:
        assert (await get(server.url, context=trusting))[1] == TEXT.encode()


# checksums


@pytest.mark.parametrize("packed", [False, True])
async def test_a_pin_holds_for_the_file_or_what_is_in_it(get, packed):
    body = gzip.compress(TEXT.encode()) if packed else TEXT.encode()
    async with served(lambda _: web.Response(body=body)) as server:
        for pin in {DIGEST, hashlib.sha256(body).hexdigest()}:
            assert (await get(server.url, sha256=pin))[1] == TEXT.encode()
        with pytest.raises(RefusedError, match=r"not 0{64} as its sha256 says"):
            await get(server.url, sha256="0" * 64)


async def test_a_checksum_beside_it_is_held_against_it(get):
    sums = {
        "/good": f"{DIGEST}  list.txt\n",
        "/bad": f"{'0' * 64}  list.txt\n",
        "/none": "<html>",
        "/big": "x" * (2 << 20),
    }

    def answer(request):
        return web.Response(text=sums.get(request.path, TEXT))

    async with served(answer) as server:
        base = server.url.removesuffix("/list.txt")
        assert (await get(server.url, checksum_url=f"{base}/good"))[1] == TEXT.encode()
        with pytest.raises(RefusedError, match="as its checksum_url says"):
            await get(server.url, checksum_url=f"{base}/bad")
        with pytest.raises(FetchError, match="no SHA-256"):
            await get(server.url, checksum_url=f"{base}/none")
        with pytest.raises(FetchError, match="too large"):
            await get(server.url, checksum_url=f"{base}/big")


# nobody there


async def test_no_address_no_listener_no_http_are_failures_that_show_no_url(get):
    for url in ("http://away.example/secret", "http://127.0.0.1:1/secret"):
        with pytest.raises(FetchError) as caught:
            await get(url)
        assert "secret" not in str(caught.value)

    async def garbage(reader, writer):
        await reader.readline()
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchError, match="no sound answer"):
            await get(f"http://127.0.0.1:{port}/secret")


async def test_a_full_disk_is_a_failure(tmp_path):
    async with served("x" * 5000) as server:
        with pytest.raises(FetchError, match="No space left"):
            await Fetcher(lookup=local).fetch(
                Request(url=server.url, max_size=1 << 20), tmp_path.joinpath("/dev/full"), Progress()
            )
