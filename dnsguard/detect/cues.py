"""When a detector is worth asking: what its subject must have for it to find anything.

Most queries have nothing that any detector looks for. A cue sees that in a fraction of the time it takes to ask, for it
is compiled, and shares what it looks up with the other cues and with the detector itself. It may be true for nothing;
where it is false, `inspect` would say None, which tests/detect/test_cues.py holds for all of them.
"""

from typing import Any, Final

from dnsguard.anomaly.quick import CASE, answer_mask, query_mask
from dnsguard.detect.context import Context
from dnsguard.detect.mining_words import QUICK
from dnsguard.detect.onion import NETWORKS, V3
from dnsguard.detect.response_view import Response
from dnsguard.state.anomalies import Anomalies
from dnsguard.state.oddities import REBIND_TTL
from dnsguard.state.sinkholes import Sinkholes
from dnsguard.wire.query import Query

_mining: Final = QUICK.search


def listed(query: Query, ctx: Context[Any]) -> bool:
    """The name, or one above it, is on a list."""
    return len(ctx.intel.matches(query.name)) > 0


def listed_or_inside(query: Query, ctx: Context[Any]) -> bool:
    """It is on a list, or ends as the names of an anonymity network do."""
    name = query.name
    return len(ctx.intel.matches(name)) > 0 or name[name.rfind(".") + 1 :] in NETWORKS


def listed_or_long(query: Query, ctx: Context[Any]) -> bool:
    """It is on a list, or has room for a version 3 onion address."""
    return len(query.name) > V3 or len(ctx.intel.matches(query.name)) > 0


def listed_or_mining(query: Query, ctx: Context[Any]) -> bool:
    """It is on a list, or has a word that pools' names have."""
    return len(ctx.intel.matches(query.name)) > 0 or _mining(query.name) is not None


def signed(query: Query, ctx: Context[Any]) -> bool:
    """It has what some signature looks for."""
    return len(ctx.intel.signatures.query_suspects(query)) > 0


def odd(query: Query, ctx: Context[Any]) -> bool:
    """Something about it is not as usual; counts it, and those that are plain beside others of mixed case."""
    anomalies: Anomalies = ctx.memory.of(Anomalies)
    anomalies.queries += 1
    mask = query_mask(query)
    if not mask & CASE:
        anomalies.oddities.plain(query.client, query.name)
    return mask != 0


def aliased(response: Response, _ctx: Context[Any]) -> bool:
    """The answer leads to another name."""
    return len(response.answer.cnames) > 0


def leads_to_address(response: Response, ctx: Context[Any]) -> bool:
    """The answer leads to another name, or to a listed address."""
    return len(response.answer.cnames) > 0 or len(response.listed(ctx.intel)) > 0


def leads_to_server(response: Response, ctx: Context[Any]) -> bool:
    """The answer leads to another name, to a listed address, or comes from a listed server."""
    intel = ctx.intel
    return len(response.answer.cnames) > 0 or len(response.listed(intel)) > 0 or len(response.listed_servers(intel)) > 0


def leads_to_sinkhole(response: Response, ctx: Context[Any]) -> bool:
    """The answer leads to something listed, was asked for by a listed name, or has an address that is watched."""
    if leads_to_server(response, ctx) or len(ctx.intel.matches(response.query.name)) > 0:
        return True
    sinkholes: Sinkholes = ctx.memory.of(Sinkholes)
    return len(sinkholes) > 0 and sinkholes.watch(response.addresses)


def signed_response(response: Response, ctx: Context[Any]) -> bool:
    """It has what some signature looks for."""
    return len(ctx.intel.signatures.response_suspects(response.query, response.answer)) > 0


def odd_response(response: Response, ctx: Context[Any]) -> bool:
    """Something about the answer is not as usual; remembers public addresses that may be private a moment later."""
    answer = response.answer
    mask = answer_mask(response.query, answer)
    if mask:
        return True
    if answer.least <= REBIND_TTL and (response.query.qtype in (1, 28)) and answer.message[7]:
        anomalies: Anomalies = ctx.memory.of(Anomalies)
        anomalies.oddities.public(response.query.name, response.query.time)
    return False
