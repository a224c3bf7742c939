"""The port of a client, out of the opaque peer that came with its packet."""

from typing import Any


def port_of(peer: Any) -> int:
    """The port of a peer that `datagram.Datagrams.receive` gave; 0 for any other, such as a TCP connection."""
    address = peer[0] if isinstance(peer, tuple) else peer
    if isinstance(address, bytes):
        return address[2] << 8 | address[3]  # struct sockaddr_in and sockaddr_in6
    if isinstance(address, tuple):
        port: int = address[1]
        return port
    return 0
