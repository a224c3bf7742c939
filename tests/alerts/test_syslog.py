"""Against real sockets; what arrives is read by a library that knows RFC 5424."""

import asyncio
import json
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.formats import rfc5424
from dnsguard.alerts.record import iso
from dnsguard.alerts.syslog import DATAGRAM, SyslogSender
from dnsguard.alerts.targets import SyslogConfig
from dnsguard.model import Duration
from tests.alerts.formats.samples import SAMPLES
from tests.alerts.hooks import until
from tests.alerts.syslog import SyslogFacility, SyslogMessage, SyslogSeverity


def delivery(name: str = "listed") -> Delivery:
    return Delivery(id="msg_1", alert=SAMPLES[name], attempts=0, began=None)


class Lines:
    """A syslog server on TCP or TLS, which reads octet-counted messages."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                length = int(await reader.readuntil(b" "))
                self.messages.append(await reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[Lines]:
    lines = Lines()
    server = await asyncio.start_server(lines.take, "127.0.0.1", 0, ssl=context)
    lines.port = server.sockets[0].getsockname()[1]
    try:
        yield lines
    finally:
        server.close()
        for writer in lines.writers:
            writer.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_message_is_rfc_5424(name: str) -> None:
    stored = SAMPLES[name]
    text = rfc5424.render(stored, "local3")
    assert text.isprintable()
    read = SyslogMessage.parse(text)
    assert read.facility is SyslogFacility.local3
    assert read.appname == "dnsguard"
    assert read.msgid == stored.worst.slug
    # the library writes microseconds as it likes
    assert iso(stored.told)[:19] in str(read.timestamp)
    params = read.sd["dnsguard@32473"]
    assert params["systemAlertId"] == stored.id
    assert params["client"] == stored.worst.client
    assert params["count"] == str(stored.count)
    assert read.msg


def test_severities_are_syslogs() -> None:
    found = {
        stored.severity.text: SyslogMessage.parse(rfc5424.render(stored, "user")).severity
        for stored in SAMPLES.values()
    }
    assert found["High"] is SyslogSeverity.crit
    assert found["Medium"] is SyslogSeverity.warning
    assert found["Low"] is SyslogSeverity.notice


def test_attackers_words_make_no_line_and_no_parameter() -> None:
    text = rfc5424.render(SAMPLES["hostile"], "user")
    assert "\n" not in text
    assert SyslogMessage.parse(text).sd["dnsguard@32473"]["action"] == "blocked"


@pytest.mark.parametrize("form", ["rfc5424", "cef", "ecs", "ocsf", "defender"])
async def test_udp_carries_each_format(form: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        config = SyslogConfig(server=f"udp://127.0.0.1:{server.getsockname()[1]}", format=form)  # type: ignore[arg-type]
        async with SyslogSender(config) as sender:
            assert (await sender.send(delivery())).error == ""
        got = await asyncio.get_running_loop().sock_recv(server, 65535)
    read = SyslogMessage.parse(got.decode())
    if form == "cef":
        assert read.msg.startswith("CEF:0|dnsguard|dnsguard|")
    elif form != "rfc5424":
        assert isinstance(json.loads(read.msg), dict)


async def test_evidence_gives_way_to_what_a_datagram_should_have() -> None:
    sender = SyslogSender(SyslogConfig(server="udp://127.0.0.1:9"))
    assert len(sender.message(delivery("hostile"), DATAGRAM)) < DATAGRAM


async def test_nobody_listening_on_udp_is_a_failure_of_the_next_message() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with SyslogSender(SyslogConfig(server=f"udp://127.0.0.1:{port}")) as sender:
        errors = [(await sender.send(delivery())).error for _ in range(5)]
    assert any("refused" in error for error in errors)


async def test_tcp_keeps_its_connection_and_makes_another_when_the_server_closed_it() -> None:
    async with listening() as lines, SyslogSender(SyslogConfig(server=f"tcp://127.0.0.1:{lines.port}")) as sender:
        for _ in range(3):
            assert (await sender.send(delivery())).error == ""
        await until(lambda: len(lines.messages) == 3)
        assert lines.connections == 1
        lines.writers[0].close()
        await until(lambda: sender._reader is not None and sender._reader.at_eof())
        assert (await sender.send(delivery("told twice"))).error == ""
        await until(lambda: len(lines.messages) == 4)
        assert lines.connections == 2
    assert all(SyslogMessage.parse(message.decode()).appname == "dnsguard" for message in lines.messages)


async def test_a_server_that_is_away_is_tried_again_later() -> None:
    async with SyslogSender(SyslogConfig(server="tcp://127.0.0.1:9", timeout=Duration(2))) as sender:
        assert (await sender.send(delivery())).error


async def test_a_server_that_takes_nothing_is_given_up_in_time() -> None:
    idle: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: idle.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with SyslogSender(SyslogConfig(server=f"tcp://127.0.0.1:{port}", timeout=Duration(0.3))) as sender:
        errors = ""
        # until every buffer in between is full
        for _ in range(20000):
            if errors := (await sender.send(delivery("hostile"))).error:
                break
        assert errors == "nothing was taken within 0.3 s"
    server.close()
    for writer in idle:
        writer.transport.abort()
    await asyncio.sleep(0)


async def test_newlines_frame_where_that_is_wanted() -> None:
    got = asyncio.Queue[bytes]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.put_nowait(await reader.readline())
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = SyslogConfig(server=f"tcp://127.0.0.1:{port}", framing="newline", format="cef")
    async with SyslogSender(config) as sender:
        assert (await sender.send(delivery("hostile"))).error == ""
        line = await got.get()
    server.close()
    assert re.match(rb"<\d+>1 ", line)
    assert line.endswith(b"\n")


async def test_tls_is_for_whom_the_certificate_is(tmp_path: Path) -> None:
    ca, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "stranger.pem")
    async with listening(context) as lines:
        url = f"tls://127.0.0.1:{lines.port}"
        async with SyslogSender(SyslogConfig(server=url, ca_file=str(tmp_path / "ca.pem"))) as sender:
            assert (await sender.send(delivery())).error == ""
            await until(lambda: lines.messages)
        async with SyslogSender(SyslogConfig(server=url, ca_file=str(tmp_path / "stranger.pem"))) as sender:
            assert "certificate verify failed" in (await sender.send(delivery())).error
