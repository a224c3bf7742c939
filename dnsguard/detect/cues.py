"""Cues of the detectors that know names, addresses and signatures, and of the one that reads the protocol."""

from typing import Any, Final

from dnsguard.anomaly.quick import CASE, answer_mask, query_mask
from dnsguard.detect.context import Context
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.mining_words import may_mine
from dnsguard.detect.onion import NETWORKS, V3
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import Snapshot
from dnsguard.signatures.match import Signatures
from dnsguard.state.anomalies import Anomalies
from dnsguard.state.oddities import REBIND_TTL
from dnsguard.state.sinkholes import Sinkholes
from dnsguard.wire.query import Query


class Listed(QueryCue):
    """The name, or one above it, is on a list."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.intel: Final[Snapshot] = ctx.intel

    def wakes(self, query: Query) -> bool:
        return len(self.intel.of(query)) > 0


class ListedOrInside(Listed):
    """It is on a list, or ends as the names of an anonymity network do."""

    def wakes(self, query: Query) -> bool:
        return len(self.intel.of(query)) > 0 or query.top in NETWORKS


class ListedOrLong(Listed):
    """It is on a list, or has room for a version 3 onion address."""

    def wakes(self, query: Query) -> bool:
        return len(query.name) > V3 or len(self.intel.of(query)) > 0


class ListedOrMining(Listed):
    """It is on a list, or has a word that pools' names have."""

    def wakes(self, query: Query) -> bool:
        return len(self.intel.of(query)) > 0 or may_mine(query.name)


class Signed(QueryCue):
    """It has what some signature looks for."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.signatures: Final[Signatures] = ctx.intel.signatures

    def wakes(self, query: Query) -> bool:
        return len(self.signatures.query_suspects(query)) > 0


class Odd(QueryCue):
    """Something about it is not as usual; counts it, and those that are plain beside others of mixed case.

    Resolvers that mix the case of all names (0x20) are let by as soon as they have shown it.
    """

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.anomalies: Final[Anomalies] = ctx.memory.of(Anomalies)

    def wakes(self, query: Query) -> bool:
        anomalies = self.anomalies
        anomalies.queries += 1
        mask = query_mask(query)
        if not mask & CASE and len(anomalies.oddities.cases) > 0:
            anomalies.oddities.plain(query.client, query.name)
        elif mask == CASE and anomalies.oddities.mixes_all(query.client, query.time):
            return False
        return mask != 0


class LeadsToListed(ResponseCue):
    """The answer leads to a listed name."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.intel: Final[Snapshot] = ctx.intel

    def wakes(self, response: Response) -> bool:
        return response.leads_to_listed(self.intel)


class LeadsToInside(LeadsToListed):
    """The answer leads to a name or an address that is listed, or to a name that ends as an anonymity network's do."""

    def wakes(self, response: Response) -> bool:
        if response.leads_to_listed(self.intel) or len(response.listed(self.intel)) > 0:
            return True
        return any(target[target.rfind(".") + 1 :] in NETWORKS for target in response.answer.cnames)


class LeadsToLong(LeadsToListed):
    """The answer leads to a name that is listed, or has room for a version 3 onion address."""

    def wakes(self, response: Response) -> bool:
        return response.leads_to_listed(self.intel) or any(len(target) > V3 for target in response.answer.cnames)


class LeadsToMining(LeadsToListed):
    """The answer leads to a name that is listed, or has a word that pools' names have."""

    def wakes(self, response: Response) -> bool:
        return response.leads_to_listed(self.intel) or any(may_mine(target) for target in response.answer.cnames)


class LeadsToServer(LeadsToListed):
    """The answer leads to a name or an address that is listed, or comes from a listed server."""

    def wakes(self, response: Response) -> bool:
        intel = self.intel
        return (
            response.leads_to_listed(intel)
            or len(response.listed(intel)) > 0
            or len(response.listed_servers(intel)) > 0
        )


class LeadsToSinkhole(LeadsToServer):
    """The answer leads to something listed, was asked for by a listed name, or has an address that is watched."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.sinkholes: Final[Sinkholes] = ctx.memory.of(Sinkholes)

    def wakes(self, response: Response) -> bool:
        if super().wakes(response) or len(self.intel.of(response.query)) > 0:
            return True
        return len(self.sinkholes) > 0 and self.sinkholes.watch(response.addresses)


class SignedResponse(ResponseCue):
    """It has what some signature looks for."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.signatures: Final[Signatures] = ctx.intel.signatures

    def wakes(self, response: Response) -> bool:
        return len(self.signatures.response_suspects(response.query, response.answer)) > 0


class OddResponse(ResponseCue):
    """Something about the answer is not as usual; remembers public addresses that may be private a moment later."""

    def __init__(self, ctx: Context[Any]) -> None:
        super().__init__(ctx)
        self.anomalies: Final[Anomalies] = ctx.memory.of(Anomalies)

    def wakes(self, response: Response) -> bool:
        answer = response.answer
        query = response.query
        mask = answer_mask(query, answer)
        if mask:
            return True
        if answer.least <= REBIND_TTL and (query.qtype in (1, 28)) and answer.message[7]:
            self.anomalies.oddities.public(query.name, query.time)
        return False
