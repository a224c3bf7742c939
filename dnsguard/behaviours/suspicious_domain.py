"""The login of dns2tcp, which starter signatures know by the word in its names (its client/auth.c)."""

import base64
from typing import Final

from dnsguard.behaviours.behaviour import Behaviour, below, noise, query, text

ZONE: Final = "dns2tcp.example"


def _login() -> bytes:
    # session, sequence and checksum in clear base64, then the word
    return query(f"{base64.b64encode(noise('dns2tcp', 6)).decode()}.=auth.{ZONE}", "TXT")


BEHAVIOUR: Final = Behaviour(
    slug="suspicious_domain",
    story="logs in to a server of the tunnel dns2tcp",
    packets=lambda: [_login()],
    reply=lambda name, _qtype: text("AAAAAA") if below(name, ZONE) else None,
)
