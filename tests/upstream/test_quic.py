import asyncio
import socket
import sys
from contextlib import asynccontextmanager

import dns.edns
import dns.message
import pytest
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration

from dnsguard.errors import UpstreamError
from dnsguard.upstream import quic_connection
from dnsguard.upstream.quic import QuicExchange
from dnsguard.upstream.servers import parse_server
from dnsguard.wire.framing import framed
from tests.loops import until
from tests.upstream.scripted import answer, query


class Site:
    """A DNS-over-QUIC server; `respond` gives what is sent on a stream, None: nothing."""

    def __init__(self, respond=None):
        self.queries, self.connections, self.alpn = [], [], []
        self.respond = respond or (lambda _connection, _stream, packet: framed(answer(packet)))

    def protocol(self, *args, **kwargs):
        return _Protocol(self, *args, **kwargs)


class _Protocol(QuicConnectionProtocol):
    def __init__(self, site, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.site, self.taken = site, {}
        site.connections.append(self)

    def quic_event_received(self, event):
        if isinstance(event, events.HandshakeCompleted):
            self.site.alpn.append(event.alpn_protocol)
        if isinstance(event, events.StreamDataReceived):
            self.taken[event.stream_id] = self.taken.get(event.stream_id, b"") + event.data
            if event.end_stream:
                stream = self.taken.pop(event.stream_id)
                assert int.from_bytes(stream[:2], "big") == len(stream) - 2
                self.site.queries.append(stream[2:])
                self.reply(event.stream_id, stream[2:])

    def reply(self, stream, packet):
        response = self.site.respond(self, stream, packet)
        if response is not None:
            self._quic.send_stream_data(stream, response, end_stream=True)
            self.transmit()


@asynccontextmanager
async def serving(authority, site, host="127.0.0.1"):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["doq"])
    configuration.load_cert_chain(authority.chain, authority.key)
    server = await serve(host, 0, configuration=configuration, create_protocol=site.protocol)
    try:
        async with asyncio.timeout(60):
            yield server._transport.get_extra_info("sockname")[1]
    finally:
        server.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def asking(authority, site, text="quic://127.0.0.1:{}#dns.example", host="127.0.0.1", **options):
    async with serving(authority, site, host) as port:
        exchange = QuicExchange(parse_server(text.format(port)), authorities=authority.file, **options)
        try:
            yield exchange
        finally:
            await exchange.close()


async def test_each_query_has_a_stream_of_one_connection(authority) -> None:
    site = Site()
    async with asking(authority, site) as exchange:
        names = [f"n{number}.example" for number in range(100)]
        found = await asyncio.gather(*(exchange.exchange(query(name), 30) for name in names))
        assert found == [answer(query(name)) for name in names]
    assert len(site.connections) == 1
    assert site.alpn == ["doq"]
    assert {packet[:2] for packet in site.queries} == {b"\0\0"}


async def test_ipv6(authority) -> None:
    async with asking(authority, Site(), "quic://[::1]:{}#dns.example", host="::1") as exchange:
        assert await exchange.exchange(query(), 10) == answer(query())


async def test_addresses_of_a_name_are_tried_in_turn(authority) -> None:
    async def look_up(name, _seconds):
        return {"dns.example": ("127.0.0.2", "127.0.0.1")}[name]

    async with asking(authority, Site(), "quic://dns.example:{}", lookup=look_up) as exchange:
        assert await exchange.exchange(query(), 10) == answer(query())


@pytest.mark.parametrize("shown", ["other.example", "a.dns.example"])
async def test_another_name_is_refused(authority, shown) -> None:
    site = Site()
    async with asking(authority, site, "quic://127.0.0.1:{}#" + shown) as exchange:
        with pytest.raises(UpstreamError, match="doesn't match"):
            await exchange.exchange(query(), 10)
    assert not site.queries


async def test_an_unknown_authority_is_refused(authority) -> None:
    async with serving(authority, Site()) as port:
        exchange = QuicExchange(parse_server(f"quic://127.0.0.1:{port}"))
        with pytest.raises(UpstreamError, match="unable to get local issuer certificate"):
            await exchange.exchange(query(), 10)
        await exchange.close()


async def test_nobody_listens(authority) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    exchange = QuicExchange(parse_server(f"quic://127.0.0.1:{port}"), authorities=authority.file)
    with pytest.raises(UpstreamError, match="Connection refused"):
        await exchange.exchange(query(), 30)
    await exchange.close()


def reset(connection, stream, _packet):
    connection._quic.reset_stream(stream, 2)
    connection.transmit()


@pytest.mark.parametrize(
    ("respond", "says"),
    [
        (reset, "refused the query"),
        (lambda *_: b"\0\xff" + bytes(20), "cut or is not one message"),
        (lambda *_: b"\0", "cut or is not one message"),
        (lambda _c, _s, packet: framed(answer(packet)) * 2, "cut or is not one message"),
        (lambda *_: bytes(70000), "more than a DNS message"),
        (lambda _c, _s, packet: framed(answer(b"\0\1" + packet[2:])), "another question"),
        (lambda *_: framed(answer(query("b.example", number=0))), "another question"),
    ],
)
async def test_what_is_no_answer_is_not_taken(authority, respond, says) -> None:
    rejected = []
    site = Site(respond)
    async with asking(authority, site, on_rejected=lambda: rejected.append(1)) as exchange:
        with pytest.raises(UpstreamError, match=says):
            await exchange.exchange(query(), 30)
        assert len(rejected) == (says == "another question")
        # the connection is none the worse
        site.respond = Site().respond
        assert await exchange.exchange(query(), 30) == answer(query())
    assert len(site.connections) == 1


async def test_a_connection_that_was_closed_is_opened_anew(authority) -> None:
    def close_on_the_second(connection, _stream, packet):
        if len(site.queries) == 2:
            connection.close()
            return None
        return framed(answer(packet))

    site = Site(close_on_the_second)
    async with asking(authority, site) as exchange:
        for _ in range(3):
            assert await exchange.exchange(query(), 30) == answer(query())
    assert len(site.connections) == 2


async def test_a_silent_server_is_given_up_and_its_connection_too(authority, monkeypatch) -> None:
    site = Site(lambda *_: None)
    async with asking(authority, site) as exchange:
        with pytest.raises(UpstreamError, match=r"no answer within 0\.3 s"):
            await exchange.exchange(query(), 0.3)
        # it still acknowledges packets, so it is there
        site.respond = Site().respond
        assert await exchange.exchange(query(), 30) == answer(query())
        assert len(site.connections) == 1
        monkeypatch.setattr(quic_connection, "SILENCE", 0.1)
        for way in ("datagram_received", "transmit"):
            monkeypatch.setattr(_Protocol, way, lambda *_: None)
        # twice: the last packet of the answer before may come once the first is sent, and is a sign of life
        for _ in range(2):
            with pytest.raises(UpstreamError):
                await exchange.exchange(query(), 0.5)
        monkeypatch.undo()
        assert await exchange.exchange(query(), 30) == answer(query())
        assert len(site.connections) > 1


async def test_queries_are_padded_and_answers_not(authority) -> None:
    def respond(_connection, _stream, packet):
        response = dns.message.from_wire(answer(packet))
        response.use_edns(0, options=[dns.edns.GenericOption(12, bytes(300))])
        return framed(response.to_wire())

    site = Site(respond)
    async with asking(authority, site) as exchange:
        found = await exchange.exchange(query(edns=0), 10)
    assert [len(packet) for packet in site.queries] == [128]
    assert dns.message.from_wire(found).options == ()


async def test_close_ends_all_waits(authority) -> None:
    site = Site(lambda *_: None)
    async with asking(authority, site) as exchange:
        waiting = asyncio.ensure_future(exchange.exchange(query(), 30))
        await until(lambda: site.queries)
        await exchange.close()
        with pytest.raises(UpstreamError):
            await waiting
        with pytest.raises(UpstreamError, match="closed here"):
            await exchange.exchange(query(), 30)


def test_without_aioquic_the_error_names_the_extra(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "dnsguard.upstream.quic_connection")
    monkeypatch.delattr("dnsguard.upstream.quic_connection")
    monkeypatch.setitem(sys.modules, "aioquic.asyncio.protocol", None)
    with pytest.raises(UpstreamError, match=r"pip install dnsguard\[quic\]"):
        QuicExchange(parse_server("quic://dns.example"))
