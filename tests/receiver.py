"""A webhook receiver that verifies what it gets (standardwebhooks.com), and can be told to misbehave."""

import base64
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(b"a test's secret, 32 bytes of it!").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as it came in, accepted or not."""

    id: str
    verified: bool
    status: int  # what it was answered
    body: Any

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alert records in the body, under whatever envelope."""
        return _alerts(self.body)


def _alerts(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [alert for item in value for alert in _alerts(item)]
    if isinstance(value, dict):
        if "alertType" in value:
            return [value]
        return [alert for item in value.values() for alert in _alerts(item)]
    return []


class Receiver:
    """Listens on one loopback port, which it keeps across `close` and `open`.

    `status` is what it answers with; `hang` [seconds] is how long it lets a sender wait before that.
    """

    def __init__(self) -> None:
        self.status = 204
        self.hang = 0.0
        self.deliveries: list[Delivery] = []
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def accepted(self) -> list[Delivery]:
        """Deliveries that were answered with success."""
        return [delivery for delivery in self.deliveries if 200 <= delivery.status < 300]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """Alert records of accepted deliveries, in order of arrival, each message id once."""
        unique = {delivery.id: delivery for delivery in self.accepted}
        return [alert for delivery in unique.values() for alert in delivery.alerts]

    def open(self) -> None:
        """Listen (again)."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                # whoever is kept waiting is taken to have left: what it is answered then is no success
                status = 504 if receiver.hang else receiver.status
                time.sleep(receiver.hang)
                receiver.deliveries.append(
                    Delivery(
                        id=self.headers.get("webhook-id", ""),
                        verified=_verified(body, dict(self.headers.items())),
                        status=status,
                        body=json.loads(body),
                    )
                )
                try:
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # the sender did not wait

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # senders that leave early are part of the tests

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop listening: a sender finds the port closed."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _verified(body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(SECRET).verify(body, {key.lower(): value for key, value in headers.items()})
    except WebhookVerificationError:
        return False
    return True
