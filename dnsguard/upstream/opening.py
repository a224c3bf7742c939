"""From a server to the way it is asked."""

from collections.abc import Callable

from dnsguard.upstream.bootstrap import Bootstrap
from dnsguard.upstream.exchange import Exchange, ignored
from dnsguard.upstream.https import HttpsExchange
from dnsguard.upstream.quic import QuicExchange
from dnsguard.upstream.servers import Server
from dnsguard.upstream.stream import TcpExchange, TlsExchange


def open_exchange(server: Server, bootstrap: Bootstrap, on_rejected: Callable[[], None] = ignored) -> Exchange:
    """Give the exchange of an encrypted server, or of a plain one over TCP; nothing is sent yet.

    Raises UpstreamError if it needs an extra that is not installed.
    """
    match server.kind:
        case "udp":
            return TcpExchange(server, on_rejected=on_rejected)
        case "tls":
            return TlsExchange(server, lookup=bootstrap.lookup, on_rejected=on_rejected)
        case "https":
            return HttpsExchange(server, lookup=bootstrap.lookup, on_rejected=on_rejected)
        case "quic":
            return QuicExchange(server, lookup=bootstrap.lookup, on_rejected=on_rejected)
