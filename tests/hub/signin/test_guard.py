"""The real web listener with a hub's parts in it; `/clients` stands for all that needs a sign-in."""

import contextlib
import ssl
from dataclasses import replace
from types import SimpleNamespace

import aiohttp
import pytest
import trustme

from dnsguard.alerts.reader import Reader
from dnsguard.config import parse
from dnsguard.errors import DnsguardError
from dnsguard.hub import web
from dnsguard.hub.signin.guard import ASKED
from dnsguard.hub.signin.token import Token
from tests.hub.test_metrics import make_report

API = "/api/v1"


@contextlib.asynccontextmanager
async def served(tmp_path, text="", address="127.0.0.1:0", trust=None):
    settings = parse(text, tmp_path)
    token = Token(tmp_path)
    configuring = SimpleNamespace(settings=settings, path=None)
    parts = SimpleNamespace(
        configuring=configuring, alerts=Reader(tmp_path / "none.sqlite"), report=make_report, cells=list
    )
    sock = web.bind(address)
    tls = web.context(settings.console)
    runner = await web.start(sock, parts, token, tls)
    scheme = "https" if settings.console.cert else "http"
    port = sock.getsockname()[1]
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address
    connector = aiohttp.TCPConnector(ssl=trust) if trust else None
    try:
        async with aiohttp.ClientSession(
            f"{scheme}://127.0.0.1:{port}", cookie_jar=jar, connector=connector
        ) as session:
            yield SimpleNamespace(session=session, token=token, configuring=configuring, tls=tls)
    finally:
        await runner.cleanup()


async def ask(hub, path="/clients", method="GET", body=None, **headers):
    async with hub.session.request(method, API + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers


async def sign_in(hub, **headers):
    return await ask(hub, "/session", "POST", {"token": hub.token.read()}, **{ASKED: "1", **headers})


async def test_nobody_gets_in_without_a_proof(tmp_path):
    async with served(tmp_path) as hub:
        status, problem, headers = await ask(hub)
        assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="dnsguard"')
        assert "dnsguard console token" in problem["detail"]
        for wrong in ("Bearer x", "Bearer ", "Basic eDp4", hub.token.read(), f"Bearer {hub.token.read()[:-1]}"):
            assert (await ask(hub, Authorization=wrong))[0] == 401
        assert (await ask(hub, "/session"))[1]["signed_in"] is False
        async with hub.session.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_program_shows_the_token(tmp_path):
    async with served(tmp_path) as hub:
        bearer = f"Bearer {hub.token.read()}"
        assert (await ask(hub, Authorization=bearer))[0] == 200
        assert (await ask(hub, "/session", Authorization=bearer))[1]["how"] == "token"
        # it needs no further header: no browser adds this one by itself
        assert (await ask(hub, "/config/check", "POST", {"text": ""}, Authorization=bearer))[1]["ok"] is True
        hub.token.renew()
        assert (await ask(hub, Authorization=bearer))[0] == 401


async def test_a_browser_signs_in_and_out(tmp_path):
    async with served(tmp_path) as hub:
        status, said, headers = await sign_in(hub)
        assert (status, said["how"]) == (200, "session")
        cookie = headers["Set-Cookie"]
        assert cookie.startswith("dnsguard=")
        assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        assert hub.token.read() not in cookie
        assert (await ask(hub))[0] == 200
        assert (await ask(hub, "/session", "DELETE", **{ASKED: "1"}))[1]["signed_in"] is False
        hub.session.cookie_jar.update_cookies({"dnsguard": cookie.split("=")[1].split(";")[0]})
        assert (await ask(hub))[0] == 401  # a copy of the cookie is worth nothing now


async def test_a_wrong_token_is_said_and_logged_without_it(tmp_path, caplog):
    async with served(tmp_path) as hub:
        for _ in range(3):
            status, problem, headers = await ask(hub, "/session", "POST", {"token": "guess"}, **{ASKED: "1"})
            assert (status, "Set-Cookie" in headers) == (403, False)
        assert "is not the token" in problem["detail"]
    assert caplog.text.count("a wrong token was shown") == 1
    assert "guess" not in caplog.text


async def test_no_other_site_can_make_a_browser_write(tmp_path):
    async with served(tmp_path) as hub:
        await sign_in(hub)
        check = ("/config/check", "POST", {"text": ""})
        assert (await ask(hub, *check, **{ASKED: "1"}))[0] == 200
        assert (await ask(hub, *check, **{ASKED: "1", "Sec-Fetch-Site": "same-origin"}))[0] == 200
        for headers in (
            {},
            {ASKED: "1", "Sec-Fetch-Site": "cross-site"},
            {ASKED: "1", "Sec-Fetch-Site": "same-site"},
            {ASKED: "1", "Origin": "https://evil.example"},
            {ASKED: "1", "Origin": "null"},
        ):
            assert (await ask(hub, *check, **headers))[0] == 403
        # signing somebody else in is a write, too
        assert (await ask(hub, "/session", "POST", {"token": hub.token.read()}))[0] == 403


async def test_a_proxy_says_who_it_is(tmp_path):
    text = '[console]\nproxies = ["127.0.0.1"]\nuser_header = "X-Forwarded-User"\n'
    async with served(tmp_path, text) as hub:
        said = (await ask(hub, "/session", **{"X-Forwarded-User": "ada@example.com"}))[1]
        assert (said["how"], said["name"]) == ("proxy", "ada@example.com")
        assert (await ask(hub))[0] == 401
        assert (await ask(hub, **{"X-Forwarded-User": " "}))[0] == 401
        # a browser's, so its writes need the header as well
        check = ("/config/check", "POST", {"text": ""})
        assert (await ask(hub, *check, **{"X-Forwarded-User": "ada"}))[0] == 403
        assert (await ask(hub, *check, **{"X-Forwarded-User": "ada", ASKED: "1"}))[0] == 200


async def test_nobody_else_can_say_so(tmp_path):
    text = '[console]\nproxies = ["192.0.2.1"]\nuser_header = "X-Forwarded-User"\n'
    async with served(tmp_path, text) as hub:
        assert (await ask(hub, **{"X-Forwarded-User": "mallory"}))[0] == 401


async def test_off_the_loopback_without_tls_only_the_proxy_is_answered(tmp_path):
    for proxies, status in (('["192.0.2.1"]', 403), ('["127.0.0.0/8"]', 401)):
        async with served(tmp_path, f"[console]\nproxies = {proxies}\n", "0.0.0.0:0") as hub:
            assert (await ask(hub))[0] == status
            assert (await ask(hub, "/session"))[0] == (200 if status == 401 else 403)
            assert (await ask(hub, "/openapi.json"))[0] == (200 if status == 401 else 403)
            async with hub.session.get("/readyz") as answer:
                assert answer.status == 200


def issue(folder):
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return authority


def trusting(authority):
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return client


async def test_a_renewed_certificate_is_shown_from_the_next_connection_on(tmp_path):
    text = '[console]\ncert = "cert.pem"\nkey = "key.pem"\n'
    before = trusting(issue(tmp_path))
    async with served(tmp_path, text, "0.0.0.0:0", before) as hub:
        console, port = hub.configuring.settings.console, hub.session._base_url.port

        async def works(client):
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client)) as session:
                try:
                    async with session.get(f"https://127.0.0.1:{port}/healthz") as answer:
                        return answer.status == 200
                except aiohttp.ClientConnectorCertificateError:
                    return False

        (tmp_path / "key.pem").write_bytes(trustme.CA().issue_cert("127.0.0.1").private_key_pem.bytes())
        web.renew(hub.tls, console)  # half of a renewal: another certificate's key
        assert await works(before)
        after = trusting(issue(tmp_path))
        assert not await works(after)
        web.renew(hub.tls, console)
        assert await works(after)
        assert not await works(before)

        (tmp_path / "moved").mkdir()
        moved = trusting(issue(tmp_path / "moved"))
        files = {name: str(tmp_path / "moved" / f"{name}.pem") for name in ("cert", "key")}
        web.renew(hub.tls, replace(console, **files))
        assert await works(moved)
        assert not await works(after)


async def test_with_tls_it_may_be_anywhere_and_the_cookie_says_so(tmp_path):
    client = trusting(issue(tmp_path))
    text = '[console]\ncert = "cert.pem"\nkey = "key.pem"\n'
    async with served(tmp_path, text, "0.0.0.0:0", client) as hub:
        _, _, headers = await sign_in(hub)
        assert headers["Set-Cookie"].startswith("__Host-dnsguard=")
        assert "; Secure" in headers["Set-Cookie"]
        assert (await ask(hub))[0] == 200


def test_a_certificate_that_is_none_ends_the_start(tmp_path):
    (tmp_path / "cert.pem").write_text("nothing")
    (tmp_path / "key.pem").write_text("nothing")
    console = parse('[console]\ncert = "cert.pem"\nkey = "key.pem"\n', tmp_path).console
    with pytest.raises(DnsguardError, match=r"console\.cert: .*cert\.pem"):
        web.context(console)


async def test_it_can_be_switched_off(tmp_path):
    async with served(tmp_path) as hub:
        bearer = f"Bearer {hub.token.read()}"
        hub.configuring.settings = parse("[console]\nenabled = false\n", tmp_path)
        assert (await ask(hub, Authorization=bearer))[0] == 404
        assert (await ask(hub, "/session"))[0] == 404
        async with hub.session.get("/metrics") as answer:
            assert answer.status == 200


async def test_a_name_of_ones_own_is_answered_on_the_loopback(tmp_path):
    async with served(tmp_path, '[console]\nnames = ["dns.example"]\n') as hub:
        assert (await ask(hub, "/session", Host="dns.example"))[0] == 200
        assert (await ask(hub, "/session", Host="evil.example"))[0] == 421


async def test_no_token_can_be_made_and_queries_go_on(tmp_path, caplog):
    (tmp_path / "console.token").mkdir()
    (tmp_path / "console.token" / "in the way").touch()
    async with served(tmp_path) as hub:
        assert (await ask(hub, Authorization="Bearer x"))[0] == 401
        async with hub.session.get("/healthz") as answer:
            assert answer.status == 200
    assert "nobody can sign in" in caplog.text
