"""A domain whose name says nothing, but which leads to a sinkhole's address."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query

DOMAIN: Final = "seized-botnet.example"
SINKHOLE: Final = "5.79.71.205"
"""Shadowserver's, in the starter list."""

BEHAVIOUR: Final = Behaviour(
    slug="sinkholed_domain",
    story="calls a botnet's server that researchers took over",
    packets=lambda: [query(f"gate.{DOMAIN}")],
    reply=lambda name, _qtype: address(SINKHOLE) if below(name, DOMAIN) else None,
)
