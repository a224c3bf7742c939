"""A name that the starter list has under the family it belongs to."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query

DOMAIN: Final = "agentfox.io"

BEHAVIOUR: Final = Behaviour(
    slug="threat_intel",
    story="asks for a server of the Emotet botnet",
    packets=lambda: [query(f"cdn.{DOMAIN}")],
    reply=lambda name, _qtype: address("192.0.2.10") if below(name, DOMAIN) else None,
)
