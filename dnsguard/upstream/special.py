"""Names that never leave the network, and what they are answered with.

A query for one of them at an upstream tells a stranger of the inside and can only be answered wrongly. A local record
for such a name comes before this (the pipeline asks for those first), and so does a conditional forward.

Sources: RFC 6761 section 6 (localhost, invalid, test; `example` names are looked up as any other), RFC 6762 section
22.1 (local), RFC 7686 section 2 (onion; the labels of other anonymity networks are as telling, and as little in the
DNS), RFC 8375 section 4 (home.arpa), RFC 9462 section 6.4 (resolver.arpa: no client is to discover an encrypted
resolver around this one), RFC 9665 section 10 (service.arpa), RFC 6303 section 4 and RFC 7793 section 2 (reverse zones
of private addresses).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dnslib import RD, RR

from dnsguard.detect.onion import NETWORKS
from dnsguard.intel.names import suffixes
from dnsguard.upstream.forwarding import Forwarding
from dnsguard.wire import build, names, rrtypes
from dnsguard.wire.query import Query

TTL: Final = 3600
"""Nothing here changes; short enough that a new `[[forward]]` for such a name is felt within the hour. [seconds]"""

_DS: Final = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAnswer:
    """What a special-use name is answered with."""

    zone: str
    """The special-use domain: the name, or one above it."""
    rcode: int
    records: tuple[tuple[int, bytes], ...] = ()
    """Type and data; empty: NODATA, or NXDOMAIN by `rcode`."""

    def message(self, query: Query) -> bytes:
        """Pack the answer to `query`, whose name it was looked up for."""
        if not self.records:
            return build.negative(query, self.rcode, TTL, zone=self.zone, aa=True)
        owner = build.owner(query)
        return build.reply(query, [RR(owner, rtype, 1, TTL, RD(data)) for rtype, data in self.records], aa=True)


def _reverse_zones() -> tuple[str, ...]:
    """RFC 6303 sections 4.1 to 4.6 and RFC 7793 section 2, in their order."""
    private = ("10", *(f"{i}.172" for i in range(16, 32)), "168.192")
    other = ("0", "127", "254.169", "2.0.192", "100.51.198", "113.0.203", "255.255.255.255")
    shared = (f"{i}.100" for i in range(64, 128))
    zeros = ".".join("0" * 31)
    ipv6 = (f"0.{zeros}", f"1.{zeros}", "d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f", "8.b.d.0.1.0.0.2")
    return tuple(f"{part}.in-addr.arpa" for part in (*private, *other, *shared)) + tuple(
        f"{part}.ip6.arpa" for part in ipv6
    )


_LOOPBACK: Final = "1.0.0.127.in-addr.arpa"
_LOOPBACK6: Final = f"1.{'.'.join('0' * 31)}.ip6.arpa"
_ABSENT: Final = ("invalid", "test", "local", *NETWORKS)
"""Top-level domains that do not exist, nor does anything below them."""
_MACHINES: Final = frozenset(NETWORKS) - {"onion"}
"""Labels that no RFC reserves and people give to machines: alone they are such a machine's name, and asked for."""
_EMPTY: Final = ("home.arpa", "resolver.arpa", "service.arpa", *_reverse_zones())
"""Zones that exist and are empty but for their SOA and NS (RFC 6303 section 3)."""
_NOTHING: Final[Mapping[str, LocalAnswer]] = {
    **{zone: LocalAnswer(zone=zone, rcode=build.NXDOMAIN) for zone in (*_ABSENT, *_EMPTY)},
    # RFC 9462 section 6.4: NODATA, also for any name below it
    "resolver.arpa": LocalAnswer(zone="resolver.arpa", rcode=0),
}
_NO_SUCH_TYPE: Final[Mapping[str, LocalAnswer]] = {
    zone: LocalAnswer(zone=zone, rcode=0) for zone in ("localhost", *_EMPTY)
}
_SOA: Final = build.soa_rdata(TTL)
_EXACT: Final[Mapping[tuple[str, int], LocalAnswer]] = {
    **{(zone, rrtypes.SOA): LocalAnswer(zone=zone, rcode=0, records=((rrtypes.SOA, _SOA),)) for zone in _EMPTY},
    **{
        (zone, rrtypes.NS): LocalAnswer(zone=zone, rcode=0, records=((rrtypes.NS, names.encode(zone)),))
        for zone in _EMPTY
    },
    **{
        (name, rrtypes.PTR): LocalAnswer(zone=zone, rcode=0, records=((rrtypes.PTR, names.encode("localhost")),))
        for name, zone in (
            (_LOOPBACK, "127.in-addr.arpa"),
            (_LOOPBACK6, _LOOPBACK6),
        )
    },
}
_LOCALHOST: Final = {
    rrtypes.A: LocalAnswer(zone="localhost", rcode=0, records=((rrtypes.A, bytes((127, 0, 0, 1))),)),
    rrtypes.AAAA: LocalAnswer(zone="localhost", rcode=0, records=((rrtypes.AAAA, bytes(15) + b"\1"),)),
}
_TOPS: Final = frozenset(("localhost", "arpa", *_ABSENT))


def special(name: str, qtype: int) -> LocalAnswer | None:
    """Say what `name` (lower case, no final dot; Internet class) is answered with here; None: an ordinary name.

    Called for every query that the cache does not answer: 0.2 µs for an ordinary name.
    """
    if name[name.rfind(".") + 1 :] not in _TOPS:
        return None
    return _special(name, qtype)


def _special(name: str, qtype: int) -> LocalAnswer | None:
    for zone in suffixes(name):
        if zone == "localhost":
            return _LOCALHOST.get(qtype, _NO_SUCH_TYPE[zone])
        if zone in _NOTHING:
            break
    else:
        return None
    if zone in _ABSENT:
        return None if name in _MACHINES else _NOTHING[zone]
    if name == zone and qtype == _DS:
        # the parent's data: it proves to a validating client that these zones are unsigned (RFC 8375 section 4)
        return None
    if name in {zone, _LOOPBACK}:
        return _EXACT.get((name, qtype), _NO_SUCH_TYPE[zone])
    return _NOTHING[zone]


class SpecialNames:
    """Answers queries for special-use names, save those that a conditional forward takes elsewhere."""

    def __init__(self, forwarding: Forwarding) -> None:
        self._forwarding = forwarding

    def answer(self, query: Query) -> bytes | None:
        """Give the answer's bytes; None: an ordinary name, or one that is forwarded."""
        if query.top not in _TOPS:
            return None
        local = _special(query.name, query.qtype)
        if local is None or self._forwarding.zone_for(query.name) is not None:
            return None
        return local.message(query)
