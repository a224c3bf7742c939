"""An onion service through a gateway that no list has: the address in the name gives it away."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query
from dnsguard.behaviours.dark_web import ONION

GATEWAY: Final = "unlisted-gateway.example"

BEHAVIOUR: Final = Behaviour(
    slug="dark_web_proxy",
    story="reaches an onion service through a web gateway",
    packets=lambda: [query(f"{ONION}.{GATEWAY}")],
    reply=lambda name, _qtype: address("192.0.2.12") if below(name, GATEWAY) else None,
)
