"""What clients are let through to for a while."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.session import Signing
from dnsguard.policy.temporary import TemporaryAllow


class Allows(msgspec.Struct, kw_only=True):
    """Those that hold."""

    allows: list[TemporaryAllow]


class AllowAsked(Asked):
    """Who may reach what."""

    client: Annotated[str, Meta(min_length=1, max_length=64)]
    """Address or CIDR."""
    zone: Annotated[str, Meta(min_length=1, max_length=255)]
    """This domain, and all below it."""
    seconds: Annotated[float, Meta(ge=1, le=30 * 86400)] = 600.0
    """How long. [seconds]"""
    reason: Annotated[str, Meta(max_length=300)] = ""


class AllowPath(Asked):
    """Which one."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]


async def list_(parts: Parts) -> Allows:
    """List what clients are let through to for now."""
    return Allows(allows=list(parts.allows.held))


async def add(parts: Parts, *, body: AllowAsked, signing: Signing) -> Allows:
    """Let a client reach a domain for a while, whatever the detectors say; it ends by itself."""
    await parts.allows.add(body.client, body.zone, body.seconds, by=signing.name, reason=body.reason)
    await parts.allows.taken()
    return await list_(parts)


async def remove(parts: Parts, *, asked: AllowPath, signing: Signing) -> Allows:
    """End one before its time."""
    await parts.allows.remove(asked.id, by=signing.name)
    await parts.allows.taken()
    return await list_(parts)
