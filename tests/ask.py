"""A DNS client for tests: single questions (dnspython), and a steady load that notices every lost answer."""

import contextlib
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from tests.needs import PATH, need

Message = dns.message.Message


def ask(
    port: int,
    name: str,
    rtype: str = "A",
    *,
    tcp: bool = False,
    do: bool = False,
    edns: bool = True,
    size: int = 1232,
    timeout: float = 10.0,
    source: str | None = None,
    flags: int | None = None,
) -> Message:
    """One question to 127.0.0.1; dns.exception.Timeout when nobody answers."""
    query = dns.message.make_query(name, rtype)
    if edns or do:
        query.use_edns(0, dns.flags.DO if do else 0, size)
    if flags is not None:
        query.flags = dns.flags.Flag(flags)
    if tcp:
        return dns.query.tcp(query, "127.0.0.1", timeout, port, source=source)
    return dns.query.udp(query, "127.0.0.1", timeout, port, source=source)


def rcode(message: Message) -> str:
    return dns.rcode.to_text(message.rcode())


def addresses(message: Message) -> list[str]:
    """A and AAAA records of the answer section, in order."""
    wanted = (dns.rdatatype.A, dns.rdatatype.AAAA)
    return [item.to_text() for rrset in message.answer if rrset.rdtype in wanted for item in rrset]


def errors(message: Message) -> dict[int, str]:
    """Extended DNS errors (RFC 8914) and their text, by code."""
    return {int(option.code): option.text or "" for option in message.options if isinstance(option, dns.edns.EDEOption)}


def records(message: Message, *, ttl: bool = False) -> list[list[str]]:
    """Each section's records as sorted text, TTLs left out unless asked for, OPT left out."""
    return [
        sorted(
            f"{rrset.name.to_text()} {rrset.ttl if ttl else ''} {rrset.rdclass} {rrset.rdtype} {item.to_text()}"
            for rrset in section
            for item in rrset
        )
        for section in (message.answer, message.authority, message.additional)
    ]


def packet(number: int, name: str, rtype: int = 1) -> bytes:
    """A plain query with RD set."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return number.to_bytes(2) + b"\x01\x00\0\1\0\0\0\0\0\0" + labels + b"\0" + rtype.to_bytes(2) + b"\0\1"


@dataclass(slots=True)
class Client:
    """What one source address asked and got."""

    sock: socket.socket
    waiting: dict[int, tuple[str, float]] = field(default_factory=dict)
    answered: list[tuple[float, str, int]] = field(default_factory=list)  # when, name, rcode
    sent: int = 0


class Load:
    """Asks `names` one after the other, round the sources, until it is left; never asks twice.

    Every source is one client with one socket. `lost` are questions without an answer two seconds after the last.
    """

    def __init__(
        self, port: int, names: Iterable[str], *, sources: Iterable[str] = ("127.0.0.1",), rate: float = 400
    ) -> None:
        self.names = iter(names)
        self.pause = 1 / rate
        self.clients: dict[str, Client] = {}
        for source in sources:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.bind((source, 0))
            sock.connect(("127.0.0.1", port))
            sock.setblocking(False)
            self.clients[source] = Client(sock)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for client in self.clients.values():
            client.sock.close()

    @property
    def lost(self) -> list[str]:
        return [name for client in self.clients.values() for name, _ in client.waiting.values()]

    @property
    def answered(self) -> list[tuple[float, str, int]]:
        """When, name and rcode of every answer."""
        return [answer for client in self.clients.values() for answer in client.answered]

    def _run(self) -> None:
        number = 0
        due = time.monotonic()
        while not self._stop.is_set():
            for client in self.clients.values():
                self._receive(client)
                if (name := next(self.names, None)) is None:
                    self._stop.set()
                    break
                number = (number + 1) & 0xFFFF
                client.waiting[number] = (name, time.monotonic())
                client.sent += 1
                self._send(client, packet(number, name))
                due += self.pause
                time.sleep(max(0.0, due - time.monotonic()))
        end = time.monotonic() + 2
        while time.monotonic() < end and self.lost:
            for client in self.clients.values():
                self._receive(client)
            time.sleep(0.01)

    @staticmethod
    def _send(client: Client, query: bytes) -> None:
        for _ in range(2):  # the first may only report an ICMP error of an earlier query
            with contextlib.suppress(OSError):
                client.sock.send(query)
                return

    @staticmethod
    def _receive(client: Client) -> None:
        while True:
            try:
                answer = client.sock.recv(65535)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of an earlier query
            if found := client.waiting.pop(int.from_bytes(answer[:2]), None):
                client.answered.append((time.monotonic(), found[0], answer[3] & 15))


def kdig(port: int, *arguments: str) -> str:
    """What kdig prints for a question, less what differs from run to run: id, times, and who said it."""
    need("kdig")
    command = ["kdig", "@127.0.0.1", "-p", str(port), "+timeout=5", "+retry=0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": PATH})
    lines = (re.sub(r"id: \d+|Flags: [a-z ]+;|UDP size: \d+ B;", "", line) for line in done.stdout.splitlines())
    return "\n".join(line for line in lines if not line.startswith((";; Received", ";; Time", ";; From")))
