"""Calls of a real hub's API, as a program or a browser makes them."""

import http.client
import json
from typing import Any

from dnsguard.hub.signin.guard import ASKED
from dnsguard.hub.signin.token import Token

Answer = tuple[int, dict[str, str], Any]


class Api:
    """One hub's, with its token as a bearer's unless said otherwise."""

    def __init__(self, port: int, state_dir: Any = None, host: str = "127.0.0.1") -> None:
        self.port, self.host = port, host
        self.token = Token(state_dir).read() if state_dir else ""

    def call(self, method: str, path: str, body: Any = None, headers: Any = None) -> Answer:
        """Status, headers (lower-case names), and the answer's JSON; text if it is none."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        sent = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, f"/api/v1{path}", data, sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        said = {name.lower(): value for name, value in answer.getheaders()}
        try:
            return answer.status, said, json.loads(text)
        except ValueError:
            return answer.status, said, text.decode()

    def get(self, path: str) -> Any:
        """What is answered; an assertion if it is not 200."""
        status, _, said = self.call("GET", path)
        assert status == 200, said
        return said

    def sign_in(self, token: str | None = None, headers: Any = None) -> Answer:
        """As a browser does."""
        sent = {ASKED: "1"} if headers is None else headers
        return self.call("POST", "/session", {"token": self.token if token is None else token}, sent)
