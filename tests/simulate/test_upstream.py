import asyncio

from dnslib import DNSRecord

from dnsguard.behaviours.behaviour import NXDOMAIN, Behaviour, query
from dnsguard.simulate.client import Client
from dnsguard.simulate.upstream import ANYONE, Upstream

ONE = Behaviour(
    slug="threat_intel",
    story="",
    packets=list,
    reply=lambda name, _qtype: NXDOMAIN if name == "gone.example" else None,
)


async def test_it_answers_as_each_behaviours_servers_would_and_no_ill_formed_message() -> None:
    transport, port = await Upstream.start([ONE])
    got: list[bytes] = []

    class Kept(Client):
        def datagram_received(self, data: bytes, addr: object) -> None:
            got.append(data)
            super().datagram_received(data, addr)

    ours, client = await Kept.connect("127.0.0.1", port)
    try:
        sent = await client.send(ours, [query("gone.example", number=1), b"\0", query("else.example", number=3)])
    finally:
        ours.close()
        transport.close()
        await asyncio.sleep(0)
    assert (sent, client.answers) == (3, 2)
    gone, other = map(DNSRecord.parse, got)
    assert (gone.header.id, gone.header.rcode) == (1, 3)
    assert (other.header.id, str(other.rr[0].rdata)) == (3, ANYONE)
