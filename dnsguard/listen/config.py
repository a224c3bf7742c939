"""What `[listen]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Where clients, and people, reach dnsguard."""

    dns: tuple[str, ...] = ("127.0.0.1:5335",)
    """UDP and TCP on each. [address:port, IPv6 in brackets]"""
    web: str = "127.0.0.1:8053"
    """Dashboard, API, /metrics, /healthz and /readyz; empty: none. [address:port]"""
    allow_from: tuple[str, ...] = ("private",)
    """Who is answered; everyone else is refused. ["private", "any" or CIDRs]"""
    tcp_connections: int = 1000
    """Most TCP connections of a worker; the longest idle one makes room. [connections]"""
    tcp_per_client: int = 50
    """Most TCP connections of one client address to a worker. [connections]"""
    tcp_idle: Duration = Duration(10)
    """A TCP connection without a query is closed after this (RFC 7766 section 6.2.3). [duration]"""
    tcp_write: Duration = Duration(5)
    """A TCP client that takes no answer for this long is cut off. [duration]"""
    tcp_pipeline: int = 128
    """Most unanswered queries on one TCP connection; reading pauses there (RFC 7766 section 6.2.1.1). [queries]"""
