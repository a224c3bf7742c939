"""What `[cache]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Answers kept."""

    size: Size = Size(64 << 20)
    """Memory of one worker's answers; the least used make room. 0 turns the cache off. [size]"""
    max_ttl: Duration = Duration(86400)
    """No answer is kept longer. [duration]"""
    max_negative_ttl: Duration = Duration(3600)
    """No NXDOMAIN or NODATA is kept longer (RFC 2308 section 5). [duration]"""
    failure_ttl: Duration = Duration(5)
    """SERVFAIL and timeouts are remembered this long, 1 s to 5 min (RFC 9520 section 3.2). [duration]"""
    stale: Duration = Duration(86400)
    """How long after expiry an answer may serve when no upstream answers; 0: never (RFC 8767). [duration]"""
    stale_ttl: Duration = Duration(30)
    """The TTL such an answer carries (RFC 8767 section 5). [duration]"""
    stale_after: Duration = Duration(1.8)
    """How long a client waits before it gets one (RFC 8767 section 5). [duration]"""
    prefetch: bool = True
    """Popular answers are asked for again in the last tenth of their life."""
