import sys

import pytest
from aiohttp import web

from dnsguard.alerts.apprised import AppriseSender, words
from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.targets import AppriseConfig
from dnsguard.errors import DnsguardError
from tests.alerts.formats.samples import SAMPLES


def delivery(name: str = "listed") -> Delivery:
    return Delivery(id="msg_1", alert=SAMPLES[name], attempts=0, began=None)


@pytest.mark.parametrize(("status", "error"), [(200, ""), (500, "apprise could not deliver it")])
async def test_it_reaches_a_service(status: int, error: str) -> None:
    got = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with AppriseSender(AppriseConfig(service=f"json://127.0.0.1:{port}/")) as sender:
        assert (await sender.send(delivery())).error == error
    await runner.cleanup()
    assert got[0]["title"].startswith("🟠 Medium: Communication with suspicious domain")
    assert got[0]["message"].startswith("192.0.2.7 asked for www.listed.example (A)")
    assert got[0]["type"] == "warning"


@pytest.mark.parametrize("name", SAMPLES)
def test_words_are_few(name: str) -> None:
    title, text = words(delivery(name))
    assert len(title) < 150
    assert 20 < len(text) < 4000


def test_what_is_missing_or_unknown_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no service that apprise knows"):
        AppriseSender(AppriseConfig(service="nosuch://x"))
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DnsguardError, match="pip install"):
        AppriseSender(AppriseConfig(service="json://x"))
