"""A client asks for one generated name after the other; one of them resolves.

Alert type: AzureDNS_DomainGenerationAlgorithm
MITRE ATT&CK: T1568.002 (Dynamic Resolution: Domain Generation Algorithms)
Units: nats of a sequential test over the distinct registrable domains that a client finds not to exist
Source: Krishnan et al., DSN 2013 (a sequential test on names that do not exist); Antonakakis et al., USENIX Security
    2012 (bots fail alike); state/failing.py has the test, models/MODEL_CARD.md what a name alone says
Known gap: bots that fail once an hour with names of words; a forwarder in front of many clients is one client here, as
    is a crawler or a mail server, whose dead links and senders fail too, though not alike. A name another client's
    failure is cached for counts for a second client only if it looks made up. Who fails at more than 32 domains in a
    quarter of an hour without being told of is taken for a crowd, and needs far more.
"""

from typing import Final

from dnsguard.detect import made_up
from dnsguard.detect.context import Context
from dnsguard.detect.query.domain_generation_algorithm import ALERT, SLUG, TECHNIQUE, Config
from dnsguard.detect.response_view import Response
from dnsguard.detect.upstream_block import upstream_block
from dnsguard.errors import WireError
from dnsguard.model import Finding, Severity
from dnsguard.models import generated
from dnsguard.models.popularity import rank
from dnsguard.state.failing import Failing
from dnsguard.state.failing_client import BURST, Client
from dnsguard.state.floods import Floods
from dnsguard.state.zones_seen import ZonesSeen
from dnsguard.wire import names
from dnsguard.wire.build import NXDOMAIN
from dnsguard.wire.rrtypes import SOA

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]

INFECTED: Final = 3600.0
"""A client counts as infected for so long after its last failure. [seconds]"""
ODD: Final = 2.0
"""A failing name this likely a machine's is marked, so that a second client's question for it is counted too. [nats]"""
MEETING: Final = 2.8
"""Evidence that makes what resolves, and is new here, a rendezvous. [nats]"""
CEILING: Final = 3.0
"""The sum counts no further than this many thresholds."""
GLANCE: Final = 3.0
"""First-stage log-odds below which a crowd's name is not judged further: it costs 20 times as much, and a crowd fails a
thousand times a second. [nats]"""
PLAIN: Final = -1.5
"""Odds of such names (measured: -1.9 of registered ones, -1.5 of dead ones). [nats]"""
MEETINGS: Final = 16
"""Rendezvous told of for one client and episode: a bot needs one, and where more resolve alike, it is no bot."""
SHOWN: Final = 10


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Count what fails; look for what resolves in the same way."""
    rcode = response.answer.rcode
    if rcode == NXDOMAIN:
        return _failed(response, ctx)
    return _met(response, ctx) if rcode == 0 else None


def _failed(response: Response, ctx: Context[Config]) -> Finding | None:
    query = response.query
    domain = made_up.zone(query.name)
    failing = ctx.memory.of(Failing)
    if failing.known(query.client, domain):
        # its other address family, or a retry
        client = failing.clients[query.client]
        return _pattern(client, ctx) if client.told > query.time else _odd(domain, client, ctx)
    if (
        not domain
        or rank(domain)
        or not made_up.could_exist(domain)
        or _exists(response, domain)
        or upstream_block(response)
    ):
        return None
    seen = failing.clients.get(query.client)
    crowded = seen is not None and seen.fast > BURST
    if seen is not None and crowded and seen.told > query.time:
        return _pattern(seen, ctx)
    model = generated.model()
    label, _, suffix = domain.partition(".")
    odds = (
        PLAIN
        if crowded and model.quick(label, suffix) < GLANCE
        else model.at(ctx.memory.of(made_up.Margins).of(domain), model.odds)
    )
    rarity = model.language.rarities.get(suffix, model.language.unheard)
    client = failing.note(query.client, domain, odds, rarity, query.time)
    threshold = ctx.config.threshold
    client.total = min(client.total, CEILING * threshold)
    if client.total >= threshold and client.count >= ctx.config.names:
        if client.told <= query.time:
            client.met = 0
        client.told = query.time + INFECTED
        return _pattern(client, ctx)
    if client.told > query.time:
        return _pattern(client, ctx)
    return _odd(domain, client, ctx)


def _exists(response: Response, domain: str) -> bool:
    """Say whether the answer comes from the domain itself, which then exists; only the name in it does not.

    RFC 2308 section 3: the SOA of the zone that says so stands beside an NXDOMAIN. Without one, names deep inside a
    domain are no sign of it.
    """
    name = response.query.name
    answer = response.answer
    for record in answer.records:
        if record.section == 1 and record.rtype == SOA:
            try:
                owner = names.text(answer.message, record.owner)[0]
            except WireError:
                return True
            # a name that does not exist has no zone of its own
            return owner != name and (owner == domain or owner.endswith("." + domain))
    return name.count(".") > domain.count(".") + 1


def _pattern(client: Client, ctx: Context[Config]) -> Finding:
    """Tell of a client by what failed last; it keeps its name while it goes on."""
    shown = client.failures[-SHOWN:]
    suffixes = sorted({failure.suffix for failure in client.failures})
    lengths = [failure.length for failure in client.failures]
    oddest = max(client.failures, key=lambda failure: failure.odds)
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="one generated name after the other that does not exist",
        zone=client.since or shown[0].domain,
        score=round(max(client.total, ctx.config.threshold), 2),
        threshold=ctx.config.threshold,
        evidence={
            "failed": client.count,
            "names": [{"domain": failure.domain, "odds": round(failure.odds, 2)} for failure in shown],
            "suffixes": suffixes[:SHOWN],
            "lengths": [min(lengths), max(lengths)],
            "seconds": round(shown[-1].time - shown[0].time, 1),
            "ngrams": made_up.grams(oddest.domain),
        },
    )


def _odd(domain: str, client: Client, ctx: Context[Config]) -> Finding | None:
    """A finding below its threshold, which is counted only: it keeps the cache from hiding the name."""
    if not client.failures or client.failures[-1].domain != domain or client.failures[-1].odds < ODD:
        return None
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="name that does not exist and looks made up",
        zone=domain,
        score=round(min(client.total, ctx.config.threshold - 0.01), 2),
        threshold=ctx.config.threshold,
        evidence={"domain": domain, "failed": client.count},
    )


def _met(response: Response, ctx: Context[Config]) -> Finding | None:
    query = response.query
    failing = ctx.memory.of(Failing)
    client = failing.clients.get(query.client)
    if client is None or client.told <= query.time or not response.addresses:
        return None
    domain = made_up.zone(query.name)
    if not domain or rank(domain) or upstream_block(response):
        return None
    if domain not in failing.meetings and client.met >= MEETINGS:
        return None
    model = generated.model()
    suffix = domain.partition(".")[2]
    likeness = client.likeness(domain, model.language.rarities.get(suffix, model.language.unheard))
    known = domain in client.known
    if not known:
        # the name itself is judged last: it costs ten times the rest
        if likeness + client.haste(query.time) < 0:
            return None
        if ctx.memory.of(ZonesSeen).age(domain, query.time) > 0 or ctx.memory.of(Floods).knows(query.name):
            return None
    odds = model.at(ctx.memory.of(made_up.Margins).of(domain), model.odds)
    if not known:
        odds_alike = max(odds, client.odds_alike(odds, _share(odds)))
        if odds_alike + likeness + client.haste(query.time) < MEETING:
            return None
    if domain not in failing.meetings:
        client.met += 1
    failing.meet(domain, query.time)
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason="the one of many generated names that exists",
        zone=domain,
        severity=Severity.MEDIUM,
        score=round(client.total, 2),
        threshold=min(ctx.config.threshold, round(client.total, 2)),
        evidence={
            "domain": domain,
            "odds": round(odds, 2),
            "likeness": round(likeness, 2),
            "failed": client.count,
            "names": [failure.domain for failure in client.failures[-SHOWN:]],
            "ngrams": made_up.grams(domain),
        },
    )


def _share(odds: float) -> float:
    """Share of benign registered names whose odds are within 1 nat."""
    model = generated.model()
    low = high = 0.0
    for bits, at in zip(model.bits, model.odds, strict=True):
        if at < odds - 1.0:
            low = bits
        if at <= odds + 1.0:
            high = bits
    return max(float(10.0**-low - 10.0**-high), 1e-3)
