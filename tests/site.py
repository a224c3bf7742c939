"""A web site with one list, in a thread: for tests whose dnsguard is a process of its own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Site:
    """Answers every path with `status` and `body`; while `open` is not set, whoever asks waits."""

    def __init__(self, body: bytes = b"evil.example\n") -> None:
        self.status = 200
        self.body = body
        self.asked = 0
        self.open = threading.Event()
        self.open.set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked += 1
                site.open.wait(60)
                try:
                    self.send_response(site.status)
                    self.send_header("Content-Length", str(len(site.body)))
                    self.end_headers()
                    self.wfile.write(site.body)
                except OSError:
                    self.close_connection = True  # who asked did not wait

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # those who leave early are part of the tests

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/list.txt"

    def listing(self, **more: Any) -> dict[str, Any]:
        """A [[lists]] entry for it."""
        return {"name": "feed", "category": "threat_intel", "url": self.url, **more}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
