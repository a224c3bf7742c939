"""Cues of the look-alikes: whether there is anything of a brand in a name."""

from typing import Any, Final

from dnsguard.detect.context import Context
from dnsguard.detect.cue import ResponseCue
from dnsguard.detect.cues import Listed
from dnsguard.detect.lookalike.look import Look
from dnsguard.detect.lookalike.looks import Looks
from dnsguard.detect.response_view import Response
from dnsguard.intel.cut import Cut, cut
from dnsguard.state.zones_seen import ZonesSeen
from dnsguard.wire.query import Query


def look_of(name: str, now: float, ctx: Context[Any]) -> Look | None:
    """The strongest look of a name, lower case, without final dot; notes its zone in the network's history."""
    looks: Looks = ctx.memory.of(Looks)
    history: ZonesSeen = ctx.memory.of(ZonesSeen)
    return looks.of(name, cut().zone(name), now, ctx.config.brands, history)


class ListedOrAlike(Listed):
    """The name, or one above it, is on a list, or it has something of a brand's."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.looks: Final[Looks] = ctx.memory.of(Looks)
        self.history: Final[ZonesSeen] = ctx.memory.of(ZonesSeen)
        self.brands: Final[tuple[str, ...]] = ctx.config.brands
        self.cuts: Final[Cut] = cut()

    def wakes(self, query: Query) -> bool:
        if len(self.intel.of(query)) > 0:
            return True
        return self.looks.of(query.name, self.cuts.of(query), query.time, self.brands, self.history) is not None


class LeadsToListedOrAlike(ResponseCue):
    """The answer leads to such a name."""

    def wakes(self, response: Response) -> bool:
        ctx = self.ctx
        if response.leads_to_listed(ctx.intel):
            return True
        return any(look_of(target, response.query.time, ctx) is not None for target in response.answer.cnames)
