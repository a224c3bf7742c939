"""What `[upstream]`, `[[forward]]` and `[local]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Who is asked."""

    servers: tuple[str, ...] = ("system",)
    """"system" = resolv.conf; "192.0.2.1:5300", "tls://…", "https://…", "quic://…". [servers]"""
    bootstrap: tuple[str, ...] = ()
    """Plain servers that look up the names in `servers` and in lists' urls; empty: the system's own, and for lists'
    urls the plain ones of `servers`. [addresses]"""
    timeout: Duration = Duration(4)
    """A query unanswered for this long ends as SERVFAIL, or as a stale answer. [duration]"""
    sockets: int = 8
    """UDP sockets to each server at a time, on random ports, replaced often (RFC 5452 section 9.2). [sockets]"""
    max_waiting: int = 10000
    """Most queries one worker has under way; more end as SERVFAIL. [queries]"""
    randomize_case: bool = False
    """Ask in rAnDoM case and take only answers that repeat it (draft-vixie-dnsext-dns0x20)."""
    rebinding_protection: bool = False
    """Answers that point a public name into the private network are withheld."""
    rebinding_allow: tuple[str, ...] = ()
    """Names, and all below them, that may point there. [domains]"""
    probe: Duration = Duration(5)
    """A server that failed is asked for the root's NS this often until it answers. [duration]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardConfig:
    """Names that are asked of other servers (conditional forwarding)."""

    names: tuple[str, ...]
    """These, and all below them. [domains]"""
    servers: tuple[str, ...]
    """As in [upstream]. [servers]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalConfig:
    """Names answered here."""

    records: tuple[str, ...] = ()
    """Zone-file lines, for example "nas.home.arpa 300 IN A 192.168.1.5". [records]"""
    hosts_file: str = ""
    """A file like /etc/hosts; its names are answered, and its addresses in reverse. [path]"""
    special_use: bool = True
    """Special-use names (localhost, onion, local, test, home.arpa, private reverse zones) are answered here."""
