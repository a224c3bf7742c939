"""An upstream that does what no real server would: answers late, or not, or wrongly."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Self


def address(query: bytes) -> bytes:
    """Answer any question with an A record for 192.0.2.1, TTL 60, whatever was asked."""
    end = query.index(b"\0", 12) + 5
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
    return query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end] + record


class FakeUpstream:
    """UDP on a loopback port; `reply` makes a query's packets, `delay` [seconds] is how long that takes."""

    def __init__(
        self, reply: Callable[[bytes], list[bytes]] = lambda query: [address(query)], delay: float = 0, port: int = 0
    ) -> None:
        self.reply = reply
        self.delay = delay
        self.queries: list[bytes] = []
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", port))
        self._sock.settimeout(0.05)
        self.port = int(self._sock.getsockname()[1])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._sock.close()

    @property
    def questions(self) -> set[bytes]:
        """What was asked, however often: a worker that was slow to take a first answer asks again."""
        return {query[12:] for query in self.queries}

    def _run(self) -> None:
        due: list[tuple[float, bytes, tuple[str, int]]] = []
        while not self._stop.is_set():
            try:
                query, peer = self._sock.recvfrom(65535)
                self.queries.append(query)
                due += [(time.monotonic() + self.delay, packet, peer) for packet in self.reply(query)]
            except TimeoutError:
                pass
            while due and due[0][0] <= time.monotonic():
                _, packet, peer = due.pop(0)
                self._sock.sendto(packet, peer)
