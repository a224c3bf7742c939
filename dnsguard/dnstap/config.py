"""What `[dnstap]` of config.toml can say."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["client", "forwarder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every query and answer, as dnstap (dnstap.info), for whoever collects that already."""

    address: str = ""
    """Where the collector listens: "unix:/run/dnstap.sock" or "tcp://192.0.2.5:6000"; empty: nothing is sent. Needs
    dnsguard[dnstap]."""
    messages: tuple[Kind, ...] = ("client", "forwarder")
    """"client": what clients ask and are answered; "forwarder": what upstream servers are asked and answer."""
    identity: str = ""
    """Names this server in every message; empty: the machine's name."""
    mask_clients: bool = False
    """Clients' addresses are cut to their /24 or /48, and their ports left out."""
