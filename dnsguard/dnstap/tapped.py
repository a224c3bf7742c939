"""What a worker sends the hub for dnstap: raw messages; the hub's thread makes protobuf of them."""

from typing import Final, NamedTuple

import msgspec

from dnsguard.querylog.record import Verdict

SOCKET: Final = "dnstap.sock"
"""In state_dir."""

CLIENT_QUERY: Final = 5
CLIENT_RESPONSE: Final = 6
FORWARDER_QUERY: Final = 7
FORWARDER_RESPONSE: Final = 8
"""Message.Type of dnstap.proto."""
PROTOCOLS: Final = {"udp": 1, "tcp": 2, "tls": 3, "https": 4, "quic": 7}
"""SocketProtocol of dnstap.proto."""


class Tapped(NamedTuple):
    """One message; a plain tuple, for a worker makes two for each query."""

    type: int
    """Of the constants above."""
    protocol: int
    """Of PROTOCOLS."""
    client: bytes
    """Packed address; empty: it is we who ask."""
    port: int
    """The client's, or the server's; 0: not known."""
    server: str
    """Who was asked: an address or a name; empty: we were."""
    asked: float
    """[Unix seconds]"""
    answered: float
    """[Unix seconds]; 0: the message is the query."""
    message: bytes
    verdict: Verdict | None = None
    """Why the answer is what it is, if something was found."""


class Batch(msgspec.Struct, array_like=True):
    """One datagram."""

    drift: float
    """To be added to all times. [seconds]"""
    messages: list[Tapped]


encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Batch).decode
