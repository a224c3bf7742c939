"""A name that the starter list has as phishing."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, address, below, query

DOMAIN: Final = "account-support-paypal.com"

BEHAVIOUR: Final = Behaviour(
    slug="phishing_domain",
    story="opens a page that asks for PayPal's passwords",
    packets=lambda: [query(f"www.{DOMAIN}")],
    reply=lambda name, _qtype: address("192.0.2.11") if below(name, DOMAIN) else None,
)
