"""The table of operations, and the application that serves them."""

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from dnsguard.hub.api import (
    alerts,
    allows,
    clients,
    config,
    detectors,
    events,
    explain,
    hour,
    incidents,
    lists,
    log,
    marks,
    openapi,
    problem,
    session,
    status,
    suppressions,
)
from dnsguard.hub.api.operation import Operation
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.hub.api.requests import failure, responder
from dnsguard.hub.signin.guard import Guard

OPERATIONS: Final[Sequence[Operation]] = (
    Operation("GET", "/session", session.show, is_open=True),
    Operation("POST", "/session", session.sign_in, is_open=True),
    Operation("DELETE", "/session", session.sign_out),
    Operation("GET", "/status", status.show),
    Operation("GET", "/hour", hour.show),
    Operation("GET", "/hour.svg", hour.draw, media="image/svg+xml"),
    Operation("GET", "/events", events.watch, media="text/event-stream"),
    Operation("GET", "/alerts", alerts.list_),
    Operation("GET", "/alerts/{id}", alerts.show),
    Operation("GET", "/alerts/{id}/curve.svg", alerts.draw, media="image/svg+xml"),
    Operation("POST", "/alerts/{id}/mark", marks.mark),
    Operation("DELETE", "/alerts/{id}/mark", marks.unmark),
    Operation("GET", "/incidents", incidents.list_),
    Operation("GET", "/incidents/{id}", incidents.show),
    Operation("GET", "/clients", clients.list_),
    Operation("GET", "/lists", lists.list_),
    Operation("POST", "/lists/update", lists.update),
    Operation("GET", "/detectors", detectors.list_),
    Operation("PATCH", "/detectors/{slug}", detectors.set_mode),
    Operation("GET", "/suppressions", suppressions.list_),
    Operation("POST", "/suppressions", suppressions.add),
    Operation("DELETE", "/suppressions/{id}", suppressions.remove),
    Operation("GET", "/allows", allows.list_),
    Operation("POST", "/allows", allows.add),
    Operation("DELETE", "/allows/{id}", allows.remove),
    Operation("GET", "/log", log.search),
    Operation("GET", "/explain", explain.show),
    Operation("GET", "/config", config.show),
    Operation("POST", "/config/check", config.check),
)


def mount(app: web.Application, parts: Parts, guard: Guard) -> None:
    """Add the operations, and their description, to an application."""
    for one in OPERATIONS:
        app.router.add_route(one.method, openapi.BASE + one.path, responder(one, parts, guard))
    described = msgspec.json.encode(openapi.document(OPERATIONS))

    async def describe(request: web.Request) -> web.Response:
        try:
            guard.check(request, signed_in=False)
        except ProblemError as error:
            return failure(problem.of(error))
        return web.Response(body=described, content_type="application/json")

    app.router.add_get(f"{openapi.BASE}/openapi.json", describe)
