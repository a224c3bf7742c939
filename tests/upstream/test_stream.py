import asyncio
import random
import socket

import dns.edns
import dns.message
import pytest

from dnsguard.errors import UpstreamError
from dnsguard.upstream import kept_open, stream
from dnsguard.upstream.exchange import question
from dnsguard.upstream.servers import parse_server
from dnsguard.upstream.stream import TcpExchange, TlsExchange
from dnsguard.wire.framing import framed
from tests.loops import until
from tests.upstream.scripted import Script, answer, query, stream_server


def tcp(script, **options):
    return TcpExchange(parse_server(f"127.0.0.1:{script.port}"), **options)


async def closed(exchange, *waiting):
    await exchange.close()
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_query_is_answered_with_its_own_id() -> None:
    async with stream_server(Script()) as script:
        exchange = tcp(script)
        assert await exchange.exchange(query(number=7), 5) == answer(query(number=7))
        assert await exchange.exchange(query("b.example", number=9), 5) == answer(query("b.example", number=9))
        assert script.connections == 1
        await exchange.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_both_families(host) -> None:
    async with stream_server(Script(), host=host) as script:
        exchange = TcpExchange(parse_server(f"[{host}]:{script.port}"))
        assert await exchange.exchange(query(), 5) == answer(query())
        await exchange.close()


async def test_many_under_way_in_any_order_on_one_connection() -> None:
    async def shuffle(reader, writer):
        packets = [await script.read(reader) for _ in range(300)]
        random.Random(1).shuffle(packets)
        stream = b"".join(framed(answer(packet)) for packet in packets)
        for at in range(0, len(stream), 1000):  # cut where it falls
            writer.write(stream[at : at + 1000])
            await writer.drain()
        await script.silent(reader, writer)

    script = Script(shuffle)
    async with stream_server(script):
        exchange = tcp(script)
        # every client chose the same id
        names = [f"n{number}.example" for number in range(300)]
        found = await asyncio.gather(*(exchange.exchange(query(name), 30) for name in names))
        assert found == [answer(query(name)) for name in names]
        assert script.connections == 1
        assert len({packet[:2] for packet in script.queries}) == 300
        await exchange.close()


async def test_only_the_right_id_and_question_are_believed() -> None:
    rejected = []

    async def forge(reader, writer):
        packet = await script.read(reader)
        right = answer(packet)
        other = (int.from_bytes(packet[:2], "big") ^ 1).to_bytes(2, "big")
        forged = [
            other + right[2:],  # another id
            answer(packet[:2] + query("b.example")[2:]),  # another name
            answer(packet[:2] + query(rdtype="AAAA")[2:], "1 IN AAAA 2001:db8::1"),  # another type
            packet,  # no response
            right[:4] + b"\0\0" + right[6:],  # no question
            right[:4] + b"\0\2" + right[6:],  # two
            right[:20],  # cut in its question
        ]
        writer.write(b"".join(map(framed, forged)))
        await writer.drain()
        await go.wait()
        writer.write(framed(right))
        await script.silent(reader, writer)

    go = asyncio.Event()
    script = Script(forge)
    async with stream_server(script):
        exchange = tcp(script, on_rejected=lambda: rejected.append(1))
        waiting = asyncio.ensure_future(exchange.exchange(query(), 30))
        await until(lambda: len(rejected) == 7)
        assert not waiting.done()
        go.set()
        assert await waiting == answer(query())
        await exchange.close()


async def test_the_case_of_the_name_does_not_matter() -> None:
    async def upper(reader, writer):
        packet = await script.read(reader)
        writer.write(framed(answer(packet).replace(b"example", b"EXAMPLE")))
        await script.silent(reader, writer)

    script = Script(upper)
    async with stream_server(script):
        exchange = tcp(script)
        assert question(await exchange.exchange(query(), 5)) == question(query())
        await exchange.close()


async def test_a_kept_open_connection_that_was_closed_is_opened_anew() -> None:
    async def once(reader, writer):
        writer.write(framed(answer(await script.read(reader))))

    script = Script(once)
    async with stream_server(script):
        exchange = tcp(script)
        for turn in range(5):
            assert await exchange.exchange(query(number=turn), 5) == answer(query(number=turn))
            if turn % 2:
                await asyncio.sleep(0.02)  # the end has been seen, or not
        assert script.connections == 5
        await exchange.close()


async def test_a_query_lost_with_a_kept_open_connection_is_asked_again() -> None:
    async def close_on_the_second(reader, writer):
        writer.write(framed(answer(await script.read(reader))))
        await script.read(reader)

    script = Script(close_on_the_second)
    async with stream_server(script):
        exchange = tcp(script)
        assert await exchange.exchange(query(), 5)
        assert await exchange.exchange(query("b.example"), 5) == answer(query("b.example"))
        assert script.connections == 2
        await exchange.close()


async def test_a_server_of_one_query_each_connection_answers_all() -> None:
    async def once(reader, writer):
        writer.write(framed(answer(await script.read(reader))))

    script = Script(once)
    async with stream_server(script):
        exchange = tcp(script)
        found = await asyncio.gather(*(exchange.exchange(query(f"n{number}.example"), 30) for number in range(20)))
        assert found == [answer(query(f"n{number}.example")) for number in range(20)]
        await exchange.close()


async def test_a_server_that_only_closes_is_not_asked_for_ever() -> None:
    async def close(reader, _writer):
        await script.read(reader)

    script = Script(close)
    async with stream_server(script):
        exchange = tcp(script)
        for _ in range(2):
            with pytest.raises(UpstreamError, match=rf"127\.0\.0\.1:{script.port}: (closed|.*reset)"):
                await exchange.exchange(query(), 30)
        assert script.connections == 2
        await exchange.close()


async def test_nobody_listens() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        exchange = TcpExchange(parse_server(f"127.0.0.1:{sock.getsockname()[1]}"))
        with pytest.raises(UpstreamError, match="Connection refused"):
            await exchange.exchange(query(), 60)
        await exchange.close()


async def test_a_length_that_can_be_no_message_ends_the_connection() -> None:
    async def short(reader, writer):
        await script.read(reader)
        writer.write(b"\0\5hello")
        await script.silent(reader, writer)

    script = Script(short)
    async with stream_server(script):
        exchange = tcp(script)
        with pytest.raises(UpstreamError, match="shorter than a header"):
            await exchange.exchange(query(), 30)
        await exchange.close()


async def test_an_error_without_its_question_ends_the_wait() -> None:
    async def formerr(reader, writer):
        while True:
            writer.write(framed((await script.read(reader))[:2] + b"\x80\x01" + bytes(8)))

    script = Script(formerr)
    async with stream_server(script):
        exchange = tcp(script)
        for _ in range(2):
            with pytest.raises(UpstreamError, match="error 1, without the question"):
                await exchange.exchange(query(), 30)
        assert script.connections == 1
        await exchange.close()


async def test_a_silent_server_is_given_up_and_its_connection_too(monkeypatch) -> None:
    monkeypatch.setattr(stream, "SILENCE", 0.05)
    script = Script()
    script.serve = script.silent
    async with stream_server(script):
        exchange = tcp(script)
        with pytest.raises(UpstreamError, match=r"no answer within 0\.1 s"):
            await exchange.exchange(query(), 0.1)
        script.serve = script.answer_all
        assert await exchange.exchange(query(), 30) == answer(query())
        assert script.connections == 2
        await exchange.close()


async def test_a_late_answer_is_neither_taken_nor_counted() -> None:
    rejected = []

    async def late(reader, writer):
        first = await script.read(reader)
        second = await script.read(reader)
        writer.write(framed(answer(first)) + framed(answer(second)))
        await script.silent(reader, writer)

    script = Script(late)
    async with stream_server(script):
        exchange = tcp(script, on_rejected=lambda: rejected.append(1))
        with pytest.raises(UpstreamError):
            await exchange.exchange(query(), 0.1)
        assert await exchange.exchange(query("b.example"), 30) == answer(query("b.example"))
        assert script.connections == 1
        assert not rejected
        await exchange.close()


async def test_one_that_gave_up_does_not_take_the_connection_from_others() -> None:
    async def slow(reader, writer):
        packets = [await script.read(reader) for _ in range(2)]
        await go.wait()
        for packet in packets:
            writer.write(framed(answer(packet)))
        await script.silent(reader, writer)

    go = asyncio.Event()
    script = Script(slow)
    async with stream_server(script):
        exchange = tcp(script)
        other = asyncio.ensure_future(exchange.exchange(query(), 30))
        with pytest.raises(UpstreamError):
            await exchange.exchange(query("b.example"), 0.1)
        go.set()
        assert await other == answer(query())
        assert script.connections == 1
        await exchange.close()


async def test_an_idle_connection_is_closed() -> None:
    async with stream_server(Script()) as script:
        exchange = tcp(script, idle=0.1)
        await exchange.exchange(query(), 5)
        await until(script.writers[0].is_closing)
        assert await exchange.exchange(query(), 5) == answer(query())
        assert script.connections == 2
        await exchange.close()


async def test_queries_under_way_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(stream, "MAX_WAITING", 3)
    script = Script()
    script.serve = script.silent
    async with stream_server(script):
        exchange = tcp(script)
        waiting = [asyncio.ensure_future(exchange.exchange(query(f"n{turn}.example"), 30)) for turn in range(3)]
        await until(lambda: len(script.queries) == 3)
        with pytest.raises(UpstreamError, match="3 queries already wait"):
            await exchange.exchange(query(), 30)
        found = await closed(exchange, *waiting)
        assert all(isinstance(error, UpstreamError) for error in found)


async def test_a_server_that_takes_nothing_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(stream, "MAX_UNSENT", 100_000)

    async def deaf(_reader, writer):
        writer.transport.pause_reading()
        await asyncio.sleep(60)

    async with stream_server(Script(deaf)) as script:
        exchange = tcp(script)
        long = query() + bytes(60000)
        waiting = [asyncio.ensure_future(exchange.exchange(long, 30)) for _ in range(400)]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert {str(error).partition(": ")[2] for error in found} == {"takes no queries"}
        for writer in script.writers:
            writer.transport.abort()
        await exchange.close()


async def test_close_ends_all_waits() -> None:
    script = Script()
    script.serve = script.silent
    async with stream_server(script):
        exchange = tcp(script)
        waiting = asyncio.ensure_future(exchange.exchange(query(), 30))
        await until(lambda: script.queries)
        (error,) = await closed(exchange, waiting)
        assert isinstance(error, UpstreamError)
        with pytest.raises(UpstreamError, match="closed here"):
            await exchange.exchange(query(), 5)


async def test_close_while_connecting() -> None:
    async def look_up(_name, _seconds):
        await asyncio.sleep(60)

    exchange = TlsExchange(parse_server("tls://dns.example"), lookup=look_up)
    waiting = asyncio.ensure_future(exchange.exchange(query(), 30))
    await asyncio.sleep(0.01)
    (error,) = await closed(exchange, waiting)
    assert isinstance(error, UpstreamError)


# TLS


def tls(script, authority, host="127.0.0.1", **options):
    server = parse_server(f"tls://{host}:{script.port}#dns.example" if host else f"tls://dns.example:{script.port}")
    return TlsExchange(server, context=authority.client("dot"), **options)


async def test_tls_shows_the_name_and_speaks_dot(authority) -> None:
    async def note(reader, writer):
        secure = writer.get_extra_info("ssl_object")
        seen.append(secure.selected_alpn_protocol())
        await script.answer_all(reader, writer)

    seen = []
    script = Script(note)
    context = authority.server("dot")
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    async with stream_server(script, context=context):
        exchange = tls(script, authority)
        assert await exchange.exchange(query(), 5) == answer(query())
        assert seen == ["dns.example", "dot"]
        await exchange.close()


async def test_tls_to_an_address_shows_that_address(authority) -> None:
    async with stream_server(Script(), context=authority.server()) as script:
        exchange = TlsExchange(parse_server(f"tls://127.0.0.1:{script.port}"), context=authority.client())
        assert await exchange.exchange(query(), 5) == answer(query())
        await exchange.close()


@pytest.mark.parametrize("name", ["127.0.0.2", "127.0.0.2#other.example", "127.0.0.2#a.dns.example"])
async def test_another_name_is_refused(authority, name) -> None:
    async with stream_server(Script(), host="127.0.0.2", context=authority.server()) as script:
        address, mark, shown = name.partition("#")
        server = parse_server(f"tls://{address}:{script.port}{mark}{shown}")
        exchange = TlsExchange(server, context=authority.client())
        with pytest.raises(UpstreamError, match="certificate is not valid"):
            await exchange.exchange(query(), 30)
        assert not script.queries
        await exchange.close()


async def test_an_unknown_authority_is_refused(authority) -> None:
    async with stream_server(Script(), context=authority.server()) as script:
        exchange = TlsExchange(parse_server(f"tls://127.0.0.1:{script.port}"))  # this machine's own authorities
        with pytest.raises(UpstreamError, match="certificate is not valid"):
            await exchange.exchange(query(), 30)
        assert not script.queries
        await exchange.close()


async def test_a_server_without_tls_is_refused(authority) -> None:
    async def plain(_reader, writer):
        writer.write(b"hello, this is no TLS\n")
        await asyncio.sleep(0.2)

    async with stream_server(Script(plain)) as script:
        exchange = tls(script, authority)
        with pytest.raises(UpstreamError, match="TLS failed"):
            await exchange.exchange(query(), 30)
        await exchange.close()


async def test_tls_pads_and_takes_padding_out(authority) -> None:
    async def pad(reader, writer):
        while True:
            packet = await script.read(reader)
            response = dns.message.from_wire(answer(packet))
            response.use_edns(0, options=[dns.edns.GenericOption(12, bytes(400))])
            writer.write(framed(response.to_wire()))

    script = Script(pad)
    async with stream_server(script, context=authority.server("dot")):
        exchange = tls(script, authority)
        found = await exchange.exchange(query(edns=0), 5)
        assert [len(packet) for packet in script.queries] == [128]
        assert dns.message.from_wire(found).options == ()
        assert dns.message.from_wire(found).edns == 0
        await exchange.close()


async def test_addresses_of_a_name_are_tried_in_turn(authority) -> None:
    asked = []

    async def look_up(name, _seconds):
        asked.append(name)
        return ("127.0.0.2", "127.0.0.1")

    async with stream_server(Script(), context=authority.server("dot")) as script:
        exchange = tls(script, authority, host="", lookup=look_up)
        assert await exchange.exchange(query(), 5) == answer(query())
        assert asked == ["dns.example"]
        await exchange.close()


async def test_an_address_that_stays_silent_does_not_hide_the_next(authority, monkeypatch) -> None:
    monkeypatch.setattr(kept_open, "CONNECT", 1.0)

    async def look_up(_name, _seconds):
        return ("127.0.0.2", "127.0.0.1")

    async with stream_server(Script(), context=authority.server("dot")) as script:
        with socket.create_server(("127.0.0.2", script.port)):  # takes connections, never says a word
            exchange = tls(script, authority, host="", lookup=look_up)
            assert await exchange.exchange(query(), 30) == answer(query())
            # the one that answered is the first to be tried from now on
            assert exchange._kept._first == 1
            await exchange.close()


async def test_a_name_that_is_not_found(authority) -> None:
    async def look_up(name, _seconds):
        raise UpstreamError(f"{name}: has no address")

    exchange = TlsExchange(parse_server("tls://dns.example"), lookup=look_up)
    with pytest.raises(UpstreamError, match=r"dns\.example: has no address"):
        await exchange.exchange(query(), 5)
    await exchange.close()
