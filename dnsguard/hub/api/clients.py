"""Who raised alerts."""

import asyncio
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from dnsguard.alerts.operational import is_operational
from dnsguard.alerts.reader import Stored, Wanted
from dnsguard.hub.api.alerts import Level
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.model import Severity
from dnsguard.tasks import clock

LOOKED_AT: Final = 50_000
"""Most alerts that are summed up: a second or two of one core."""


class ClientsAsked(Asked):
    """Which clients."""

    hours: Annotated[int, Meta(ge=1, le=8760)] = 24
    """Of so many hours back."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    """Most of them."""
    untold: bool = False
    """Also what was only counted: found in shadow mode, or suppressed."""


class Client(msgspec.Struct, kw_only=True):
    """One client."""

    client: str
    group: str
    alerts: int
    queries: int
    """Those with a finding."""
    blocked: int
    """Of these, so many."""
    severity: Level
    """The highest."""
    types: dict[str, int]
    """Queries by detector, most first."""
    first: float
    """[unix seconds]"""
    last: float
    """[unix seconds]"""


class Clients(msgspec.Struct, kw_only=True):
    """Clients, the gravest first."""

    clients: list[Client]
    total: int
    """All that there are, also beyond `limit`."""
    complete: bool
    """False: there were more alerts than are summed up, and the oldest were left out."""


async def list_(parts: Parts, *, asked: ClientsAsked) -> Clients:
    """List the clients that raised alerts, the gravest first."""
    wanted = Wanted(since=clock() - asked.hours * 3600, untold=asked.untold)
    return await asyncio.to_thread(_list, parts, wanted, asked.limit)


def _list(parts: Parts, wanted: Wanted, limit: int) -> Clients:
    found = parts.alerts.latest(wanted, LOOKED_AT + 1)
    clients = summed(found[:LOOKED_AT])
    return Clients(clients=clients[:limit], total=len(clients), complete=len(found) <= LOOKED_AT)


def summed(found: Iterable[Stored]) -> list[Client]:
    """Sum alerts up by client, the gravest and busiest first."""
    clients: dict[str, Client] = {}
    for stored in found:
        alert, worst = stored.alert, stored.alert.worst
        if is_operational(worst):
            continue
        client = clients.get(worst.client)
        if client is None:
            client = clients[worst.client] = Client(
                client=worst.client,
                group=worst.group,
                alerts=0,
                queries=0,
                blocked=0,
                severity="Informational",
                types={},
                first=alert.first,
                last=alert.last,
            )
        client.alerts += 1
        client.queries += alert.count
        client.blocked += alert.count if worst.action == "block" else 0
        client.severity = max(Severity.parse(client.severity), alert.severity).text  # type: ignore[assignment]
        client.types[worst.slug] = client.types.get(worst.slug, 0) + alert.count
        client.first = min(client.first, alert.first)
        client.last = max(client.last, alert.last)
    for client in clients.values():
        client.types = dict(sorted(client.types.items(), key=lambda pair: -pair[1]))
    return sorted(clients.values(), key=lambda one: (-Severity.parse(one.severity), -one.queries, one.client))
