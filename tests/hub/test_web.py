"""The real aiohttp application on a free port."""

import contextlib
from types import SimpleNamespace

import aiohttp
import msgspec
import pytest

from dnsguard.config import Settings
from dnsguard.errors import DnsguardError
from dnsguard.hub import web
from dnsguard.hub.signin.token import Token
from dnsguard.state import counters as count
from tests.hub.test_metrics import make_report


def parts(**more):
    """What these pages ask of the hub; the API has its own tests."""
    return SimpleNamespace(
        report=lambda: make_report(**more),
        cells=lambda: [count.Counters().cells.tolist()],
        configuring=SimpleNamespace(settings=Settings()),
    )


@contextlib.asynccontextmanager
async def served(hub, tmp_path):
    sock = web.bind("127.0.0.1:0")
    runner = await web.start(sock, hub, Token(tmp_path))
    try:
        async with aiohttp.ClientSession(f"http://{web.address_of(sock)}") as session:
            yield session
    finally:
        await runner.cleanup()


async def test_ready_says_how_everything_does(tmp_path):
    async with served(parts(), tmp_path) as session, session.get("/readyz") as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        report = msgspec.json.decode(await answer.read())
        assert report["state"] == "serving"
        assert report["config"]["state"] == "good"
        assert report["upstreams"][0]["server"] == "192.0.2.53"


@pytest.mark.parametrize("more", [{"state": "draining"}, {"state": "starting"}, {"workers": []}])
async def test_ready_is_503_only_when_nobody_is_served(more, tmp_path):
    async with served(parts(**more), tmp_path) as session:
        async with session.get("/readyz") as answer:
            assert answer.status == 503
            assert "config" in msgspec.json.decode(await answer.read())
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "alive\n")


async def test_metrics_are_prometheus_text(tmp_path):
    async with served(parts(), tmp_path) as session, session.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "dnsguard_queries_total{" in await answer.text()


async def test_a_site_that_points_its_name_at_us_reads_nothing(tmp_path):
    async with served(parts(), tmp_path) as session:
        for host, status in (
            ("evil.example", 421),
            ("evil.example:8053", 421),
            ("localhost:8053", 200),
            ("[::1]", 200),
        ):
            async with session.get("/readyz", headers={"Host": host}) as answer:
                assert answer.status == status


async def test_it_only_reads(tmp_path):
    async with served(parts(), tmp_path) as session, session.post("/readyz", data=b"x") as answer:
        assert answer.status == 405


def test_a_taken_port_is_explained():
    with web.bind("127.0.0.1:0") as sock:
        sock.listen()
        with pytest.raises(DnsguardError, match=r"another program.*listen\.web"):
            web.bind(web.address_of(sock))
    with pytest.raises(DnsguardError, match=r"listen\.web: 'localhost:80' is no address"):
        web.bind("localhost:80")
