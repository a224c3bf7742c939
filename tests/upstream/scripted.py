"""Upstream servers that do as a test says, and the certificates they show."""

import asyncio
import ssl
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rrset
import trustme

from dnsguard.wire.framing import framed


def query(name="a.example", number=7, edns=None, rdtype="A"):
    message = dns.message.make_query(name, rdtype, use_edns=edns)
    message.id = number
    return message.to_wire()


def answer(packet, *records):
    """The answer to `packet` with records in zone-file form."""
    response = dns.message.make_response(dns.message.from_wire(packet))
    response.flags |= dns.flags.RA
    for record in records or ("60 IN A 192.0.2.1",):
        owner, ttl, *rest = (
            record.split() if record.split()[1].isdigit() else [response.question[0].name, *record.split()]
        )
        response.answer.append(dns.rrset.from_text(owner, int(ttl), *rest))
    return response.to_wire()


async def read_message(reader):
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


class Script:
    """What a stream server has seen, and how it answers: `serve` takes over each connection."""

    def __init__(self, serve=None):
        self.serve = serve or self.answer_all
        self.connections = 0
        self.queries = []
        self.writers = []
        self.port = 0

    async def __call__(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        try:
            await self.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def read(self, reader):
        packet = await read_message(reader)
        self.queries.append(packet)
        return packet

    async def answer_all(self, reader, writer):
        while True:
            writer.write(framed(answer(await self.read(reader))))

    async def silent(self, reader, _writer):
        while True:
            await self.read(reader)


@asynccontextmanager
async def stream_server(script, *, host="127.0.0.1", context=None):
    server = await asyncio.start_server(script, host, 0, ssl=context)
    script.port = server.sockets[0].getsockname()[1]
    try:
        async with asyncio.timeout(60):
            yield script
    finally:
        server.close()
        for writer in script.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
        await server.wait_closed()


class Datagrams(asyncio.DatagramProtocol):
    """A UDP server: `reply` gives the packets to send back."""

    def __init__(self, reply):
        self.reply = reply
        self.queries = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.queries.append(data)
        for packet in self.reply(data):
            self.transport.sendto(packet, addr)


@asynccontextmanager
async def datagram_server(reply, port=0):
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Datagrams(reply), local_addr=("127.0.0.1", port)
    )
    protocol.port = transport.get_extra_info("sockname")[1]
    try:
        yield protocol
    finally:
        transport.close()
        await asyncio.sleep(0)


class Authority:
    def __init__(self, folder):
        self.ca = trustme.CA()
        self.file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.file)
        certificate = self.ca.issue_cert("dns.example", "127.0.0.1")
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(self.chain, append=True)
        certificate.private_key_pem.write_to_path(self.key)

    def server(self, *alpn):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    def client(self, *alpn):
        context = ssl.create_default_context(cafile=str(self.file))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context
