"""The real aiohttp application on a free port."""

import contextlib

import aiohttp
import msgspec
import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import web
from dnsguard.state import counters as count
from tests.found import detection
from tests.hub.test_metrics import make_report


class Source:
    def __init__(self, **more):
        self.more = more

    async def report(self):
        return make_report(**self.more)

    def cells(self):
        return [count.Counters().cells.tolist()]

    def recent(self):
        return [detection("<script>alert(1)</script>.example")]


@contextlib.asynccontextmanager
async def served(source):
    sock = web.bind("127.0.0.1:0")
    runner = await web.start(sock, source)
    try:
        async with aiohttp.ClientSession(f"http://{web.address_of(sock)}") as session:
            yield session
    finally:
        await runner.cleanup()


async def test_ready_says_how_everything_does():
    async with served(Source()) as session, session.get("/readyz") as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        report = msgspec.json.decode(await answer.read())
        assert report["state"] == "serving"
        assert report["config"]["state"] == "good"
        assert report["upstreams"][0]["server"] == "192.0.2.53"


@pytest.mark.parametrize("more", [{"state": "draining"}, {"state": "starting"}, {"workers": []}])
async def test_ready_is_503_only_when_nobody_is_served(more):
    async with served(Source(**more)) as session:
        async with session.get("/readyz") as answer:
            assert answer.status == 503
            assert "config" in msgspec.json.decode(await answer.read())
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "alive\n")


async def test_metrics_are_prometheus_text():
    async with served(Source()) as session, session.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "dnsguard_queries_total{" in await answer.text()


async def test_the_page_shows_names_as_text_and_loads_nothing():
    async with served(Source()) as session:
        async with session.get("/", headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
            assert "&lt;script&gt;" in text
            assert "<script" not in text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with session.get("/") as answer:
            assert msgspec.json.decode(await answer.read())["recent"][0]["slug"] == "threat_intel"


async def test_a_site_that_points_its_name_at_us_reads_nothing():
    async with served(Source()) as session:
        for host, status in (
            ("evil.example", 421),
            ("evil.example:8053", 421),
            ("localhost:8053", 200),
            ("[::1]", 200),
        ):
            async with session.get("/readyz", headers={"Host": host}) as answer:
                assert answer.status == status


async def test_it_only_reads():
    async with served(Source()) as session, session.post("/readyz", data=b"x") as answer:
        assert answer.status == 405


def test_a_taken_port_is_explained():
    with web.bind("127.0.0.1:0") as sock:
        sock.listen()
        with pytest.raises(DnsguardError, match=r"another program.*listen\.web"):
            web.bind(web.address_of(sock))
    with pytest.raises(DnsguardError, match=r"listen\.web: 'localhost:80' is no address"):
        web.bind("localhost:80")
