"""A pool that the starter list has."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query

DOMAIN: Final = "supportxmr.com"

BEHAVIOUR: Final = Behaviour(
    slug="currency_mining",
    story="joins a mining pool for Monero",
    packets=lambda: [query(f"pool.{DOMAIN}")],
    reply=lambda name, _qtype: address("192.0.2.13") if below(name, DOMAIN) else None,
)
