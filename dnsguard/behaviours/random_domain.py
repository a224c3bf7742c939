"""Water torture: random labels below a victim's zone, none of which exists, so that all reach its name servers."""

from typing import Final

from dnsguard.behaviours.behaviour import NXDOMAIN, Behaviour, below, queries, word

ZONE: Final = "victim-shop.example"
LABELS: Final = 300

BEHAVIOUR: Final = Behaviour(
    slug="random_domain",
    story="floods a zone with random names (water torture)",
    packets=lambda: queries(f"{word(f'label {number}', 12 + number % 4)}.{ZONE}" for number in range(LABELS)),
    reply=lambda name, _qtype: NXDOMAIN if below(name, ZONE) else None,
)
