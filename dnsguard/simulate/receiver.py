"""The webhook's receiver: takes what is signed, and notes when each alert came."""

import base64
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dnsguard.alerts.signing import PREFIX

LOOPBACK: Final = "127.0.0.1"
PATH: Final = "/alerts"

_log = logging.getLogger("dnsguard.simulate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One alert that was delivered, and proved to be from the server."""

    alert_type: str
    severity: str
    client: str
    id: str
    description: str
    time: float
    """By the receiver's clock. [seconds]"""


class Receiver:
    """Listens on a free loopback port; `arrivals` fills as alerts come."""

    def __init__(self, clock: Callable[[], float], on_arrival: Callable[[Arrival], None]) -> None:
        self.secret: Final = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
        self.port = 0
        self.refused = 0
        """Messages whose signature, or content, was wrong."""
        self._clock: Final = clock
        self._on_arrival: Final = on_arrival
        self._webhook: Final = Webhook(self.secret)
        self._seen: Final[set[str]] = set()
        app = web.Application()
        app.router.add_post(PATH, self._take)
        self._runner: Final = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    @property
    def url(self) -> str:
        """Where alerts are to be sent."""
        return f"http://{LOOPBACK}:{self.port}{PATH}"

    async def __aenter__(self) -> Self:
        """Listen. OSError if that can't be."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        now = self._clock()
        body = await request.read()
        try:
            self._webhook.verify(body, {name.lower(): value for name, value in request.headers.items()})
            arrival = _read(body, now)
        except (WebhookVerificationError, msgspec.MsgspecError, KeyError) as error:
            self.refused += 1
            _log.warning("a message was refused", extra={"error": repr(error)})
            return web.Response(status=400, text=f"{error}\n")
        # at least once is what a webhook promises; its id tells repeats
        if (message := request.headers["webhook-id"]) not in self._seen:
            self._seen.add(message)
            self._on_arrival(arrival)
        return web.Response(status=204)


def _read(body: bytes, now: float) -> Arrival:
    data: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])["data"]
    return Arrival(
        alert_type=data["alertType"],
        severity=data["severity"],
        client=data["compromisedEntity"],
        id=data["systemAlertId"],
        description=data["description"],
        time=now,
    )
