"""The query log: who asked for what, and what came of it."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dnsguard.hub.api.alerts import Time
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.querylog.reader import Logged, Reader, Wanted
from dnsguard.querylog.record import folder
from dnsguard.signatures.numbers import rcode_text
from dnsguard.wire.rrtypes import type_text


class LogAsked(Asked):
    """Which queries; all that is given must hold."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    """Most of them."""
    client: Annotated[str, Meta(max_length=64)] = ""
    """An address or a network."""
    name: Annotated[str, Meta(max_length=255)] = ""
    """This name and all below it; with `*` or `?`, a pattern of the whole name."""
    verdict: Literal["", "block", "alert", "shadow", "suppressed", "clean"] = ""
    """`clean`: nothing was found."""
    detector: Annotated[str, Meta(max_length=64)] = ""
    since: Time = 0.0
    """[unix seconds]"""
    until: Time = 1e11
    """[unix seconds]"""


class Query(msgspec.Struct, kw_only=True):
    """One query, or several equal ones."""

    time: float
    """[unix seconds]"""
    client: str
    name: str | None
    """Null: it could not be read."""
    qtype: str
    rcode: str
    took: float
    """From the query to its answer; 0: nobody else was asked. [seconds]"""
    count: int
    verdict: str
    """`block`, `alert`, `shadow`, `suppressed` or `clean`."""
    detector: str
    reason: str
    alert: str
    """Its id, if one was told."""


class Log(msgspec.Struct, kw_only=True):
    """Queries, the newest first."""

    mode: Literal["off", "masked", "full"]
    """`[query_log] mode`; nothing is added while it is off."""
    queries: list[Query]


async def search(parts: Parts, *, asked: LogAsked) -> Log:
    """Search the query log, the newest first."""
    settings = parts.configuring.settings
    try:
        wanted = Wanted(
            since=asked.since or None,
            until=asked.until,
            client=asked.client,
            name=asked.name,
            verdict=asked.verdict,
            detector=asked.detector,
        )
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from None
    found = await asyncio.to_thread(Reader(folder(settings.state_dir)).latest, wanted, asked.limit)
    return Log(mode=settings.query_log.mode, queries=[_shown(one) for one in found])


def _shown(one: Logged) -> Query:
    return Query(
        time=one.time,
        client=one.client,
        name=one.name,
        qtype="" if one.qtype is None else type_text(one.qtype),
        rcode=rcode_text(one.rcode),
        took=one.took / 1e6,
        count=one.count,
        verdict=one.action or "clean",
        detector=one.detector or "",
        reason=one.reason or "",
        alert=one.alert or "",
    )
