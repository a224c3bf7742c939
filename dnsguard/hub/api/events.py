"""What is told, as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts


class EventsAsked(Asked):
    """From where on."""

    last_event_id: Annotated[str, Meta(max_length=64)] = ""
    """The last event that was seen, as the header Last-Event-ID, which wins; empty: from now on."""
    recent: Annotated[int, Meta(ge=0, le=500)] = 0
    """Where no event was seen before: begin with so many that were told already."""


async def watch(parts: Parts, *, asked: EventsAsked) -> AsyncIterator[bytes]:
    """Stream findings as they are told: server-sent events `alert`, `dropped` (how many were missed), `restarted`."""
    return parts.events.read(asked.last_event_id, asked.recent)
