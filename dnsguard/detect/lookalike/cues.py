"""Cues of the look-alikes: whether there is anything of a brand in a name."""

from typing import Any

from dnsguard.detect.context import Context
from dnsguard.detect.lookalike.look import Look
from dnsguard.detect.lookalike.looks import Looks
from dnsguard.detect.response_view import Response
from dnsguard.intel.cut import cut
from dnsguard.state.zones_seen import ZonesSeen
from dnsguard.wire.query import Query


def zone_start(name: str) -> int:
    """Offset of the name's zone."""
    return cut().start(name)


def look_of(name: str, now: float, ctx: Context[Any]) -> Look | None:
    """The strongest look of a name, lower case, without final dot; notes its zone in the network's history."""
    looks: Looks = ctx.memory.of(Looks)
    history: ZonesSeen = ctx.memory.of(ZonesSeen)
    return looks.of(name, cut().start(name), now, ctx.config.brands, history)


def listed_or_alike(query: Query, ctx: Context[Any]) -> bool:
    """The name, or one above it, is on a list, or it has something of a brand's."""
    return len(ctx.intel.matches(query.name)) > 0 or look_of(query.name, query.time, ctx) is not None


def leads_to_listed_or_alike(response: Response, ctx: Context[Any]) -> bool:
    """The answer leads to such a name."""
    for target in response.answer.cnames:
        if len(ctx.intel.matches(target)) > 0 or look_of(target, response.query.time, ctx) is not None:
            return True
    return False
