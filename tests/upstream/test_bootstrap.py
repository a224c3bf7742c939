import asyncio

import dns.flags
import dns.message
import dns.rcode
import pytest

from dnsguard.errors import UpstreamError
from dnsguard.upstream import bootstrap as under_test
from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.servers import parse_server
from tests.upstream.scripted import Script, answer, datagram_server, stream_server


def qtype(packet):
    return dns.message.from_wire(packet).question[0].rdtype.name


def both(packet):
    return [answer(packet, "60 IN A 192.0.2.1" if qtype(packet) == "A" else "300 IN AAAA 2001:db8::1")]


def plain(*servers):
    return tuple(parse_server(f"127.0.0.1:{server.port}") for server in servers)


async def test_both_families_are_asked_and_given_in_turn() -> None:
    def reply(packet):
        if qtype(packet) == "A":
            return [answer(packet, "60 IN A 192.0.2.1", "60 IN A 192.0.2.2")]
        return [answer(packet, "300 IN AAAA 2001:db8::1")]

    async with datagram_server(reply) as server:
        found = await Bootstrap(plain(server)).lookup("dns.example", 10)
        assert found == ("192.0.2.1", "2001:db8::1", "192.0.2.2")
        assert sorted(map(qtype, server.queries)) == ["A", "AAAA"]


async def test_aliases_are_followed_and_strangers_ignored() -> None:
    def reply(packet):
        if qtype(packet) == "AAAA":
            response = dns.message.make_response(dns.message.from_wire(packet))
            return [response.to_wire()]
        return [
            answer(
                packet,
                "60 IN CNAME real.example.",
                "real.example. 60 IN A 192.0.2.1",
                "stranger.example. 60 IN A 192.0.2.66",
            )
        ]

    async with datagram_server(reply) as server:
        assert await Bootstrap(plain(server)).lookup("dns.example", 10) == ("192.0.2.1",)


async def test_it_is_kept_for_its_ttl_and_asked_once_at_a_time() -> None:
    now = [0.0]
    async with datagram_server(both) as server:
        bootstrap = Bootstrap(plain(server), now=lambda: now[0])
        await asyncio.gather(*(bootstrap.lookup("dns.example", 10) for _ in range(20)))
        assert len(server.queries) == 2
        now[0] = 59.0
        await bootstrap.lookup("dns.example", 10)
        assert len(server.queries) == 2
        now[0] = 61.0
        await bootstrap.lookup("dns.example", 10)
        assert len(server.queries) == 4


async def test_what_has_expired_is_better_than_nothing(monkeypatch) -> None:
    monkeypatch.setattr(under_test, "TRY", 0.1)
    now = [0.0]
    async with datagram_server(both) as server:
        bootstrap = Bootstrap(plain(server), now=lambda: now[0])
        found = await bootstrap.lookup("dns.example", 10)
    now[0] = 1e6
    assert await bootstrap.lookup("dns.example", 10) == found


async def test_forged_answers_are_not_taken() -> None:
    def reply(packet):
        forged = answer(packet, "60 IN A 192.0.2.66") if qtype(packet) == "A" else both(packet)[0]
        other = packet[:2] + packet[2:].replace(b"example", b"exomple")
        return [bytes([forged[0] ^ 1]) + forged[1:], answer(other, "60 IN A 192.0.2.66"), packet, b"", *both(packet)]

    async with datagram_server(reply) as server:
        found = await Bootstrap(plain(server)).lookup("dns.example", 10)
        assert found == ("192.0.2.1", "2001:db8::1")


async def test_a_cut_answer_is_asked_for_over_tcp() -> None:
    def cut(packet):
        response = dns.message.make_response(dns.message.from_wire(packet))
        response.flags |= dns.flags.TC
        return [response.to_wire()]

    async def serve(reader, writer):
        writer.write(b"".join(len(one).to_bytes(2, "big") + one for one in both(await script.read(reader))))

    script = Script(serve)
    async with stream_server(script), datagram_server(cut, script.port) as server:
        assert await Bootstrap(plain(server)).lookup("dns.example", 10) == ("192.0.2.1", "2001:db8::1")
        assert script.connections == 2


async def test_servers_are_asked_in_turn(monkeypatch) -> None:
    monkeypatch.setattr(under_test, "TRY", 0.2)

    def refuse(packet):
        response = dns.message.make_response(dns.message.from_wire(packet))
        response.set_rcode(dns.rcode.REFUSED)
        return [response.to_wire()]

    async with datagram_server(both) as gone:
        pass
    async with (
        datagram_server(lambda _packet: []) as silent,
        datagram_server(refuse) as refusing,
        datagram_server(both) as server,
    ):
        found = await Bootstrap(plain(gone, silent, refusing, server)).lookup("dns.example", 10)
        assert found == ("192.0.2.1", "2001:db8::1")
        with pytest.raises(UpstreamError, match=r"dns\.example: .*answered with error 5"):
            await Bootstrap(plain(refusing)).lookup("dns.example", 10)
        with pytest.raises(UpstreamError, match=r"dns\.example: no address found: .*no answer"):
            await Bootstrap(plain(silent)).lookup("dns.example", 10)
        with pytest.raises(UpstreamError, match=r"dns\.example: no address found: .*Connection refused"):
            await Bootstrap(plain(gone)).lookup("dns.example", 10)
        with pytest.raises(UpstreamError, match=r"within 0\.05 s"):
            await Bootstrap(plain(silent)).lookup("dns.example", 0.05)


async def test_a_name_without_addresses_is_said_so() -> None:
    def nothing(packet):
        response = dns.message.make_response(dns.message.from_wire(packet))
        response.set_rcode(dns.rcode.NXDOMAIN)
        return [response.to_wire()]

    async with datagram_server(nothing) as server:
        with pytest.raises(UpstreamError, match="has no address"):
            await Bootstrap(plain(server)).lookup("dns.example", 10)


async def test_without_servers_the_system_s_are_asked_but_never_itself(tmp_path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("nameserver 127.0.0.1\n")
    with pytest.raises(UpstreamError, match="names only dnsguard itself"):
        await Bootstrap(own=["127.0.0.1:53"], resolv_conf=path).lookup("dns.example", 10)
