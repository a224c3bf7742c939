"""A service of the Tor network: a browser without Tor hands such a name to DNS, which is how it shows."""

from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, query

ONION: Final = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad"
"""DuckDuckGo's; 56 characters with a checksum (Tor's rend-spec-v3, section 6)."""

BEHAVIOUR: Final = Behaviour(
    slug="dark_web",
    story="asks for an onion service of the Tor network",
    packets=lambda: [query(f"{ONION}.onion")],
)
