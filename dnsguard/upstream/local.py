"""Names answered here: `[local] records` and the hosts file.

A name that stands here is answered here for every type, with NODATA where no record fits, so that nothing of it is
asked outside. `*.lab.example` answers for all names below lab.example that are not written themselves, also for those
below a written one: an overlay over someone else's zone is meant to hold whole, so RFC 4592's closest encloser is not
looked for.

A CNAME is followed as far as it stays here; where it leads outside, the answer ends with it. Answers carry AA, and no
signatures: a client that validates must be told of such names apart.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from dnslib import RD, RR, DNSLabel

from dnsguard.errors import ConfigError
from dnsguard.intel.names import suffixes
from dnsguard.upstream.config import LocalConfig
from dnsguard.upstream.hosts import read_hosts
from dnsguard.upstream.records import WILDCARD, Record, parse_record
from dnsguard.wire import build, names, rrtypes
from dnsguard.wire.query import Query

NEGATIVE_TTL: Final = 60
"""How long a client keeps NODATA. [seconds]"""
MAX_CHAIN: Final = 8
"""CNAMEs followed for one answer; what is longer is a mistake."""

_RRsets = dict[int, tuple[int, tuple[bytes, ...]]]
"""Of one name: type -> (time to live, data of each record)."""


class LocalZones:
    """Answers from local records; `faults` are the junk lines of the hosts file.

    ConfigError tells every fault of the records together. What `[local] records` says of a name and type goes before
    the hosts file; a CNAME there goes before all of the name's hosts entries.
    """

    def __init__(
        self, records: Iterable[Record] = (), hosts: Iterable[Record] = (), faults: tuple[str, ...] = ()
    ) -> None:
        self.faults: Final = faults
        written = _rrsets(records)
        self._names: dict[str, _RRsets] = {}
        self._wildcards: dict[str, _RRsets] = {}
        for name, rrsets in _rrsets(hosts).items():
            if rrtypes.CNAME not in written.get(name, {}):
                self._names[name] = rrsets
        for name, rrsets in written.items():
            if name.startswith(WILDCARD):
                self._wildcards[name.removeprefix(WILDCARD)] = rrsets
            else:
                self._names[name] = {**self._names.get(name, {}), **rrsets}
        wrong = [
            f"local.records: {name} has a CNAME and other records; a name with a CNAME has nothing else"
            for name, rrsets in written.items()
            if rrtypes.CNAME in rrsets and (len(rrsets) > 1 or len(rrsets[rrtypes.CNAME][1]) > 1)
        ]
        wrong += [
            f"local.records: the CNAME of {name} leads back to it; let it lead to a name with an address"
            for name, rrsets in written.items()
            if rrtypes.CNAME in rrsets and self._loops(name)
        ]
        if wrong:
            raise ConfigError(wrong)

    @classmethod
    def load(cls, config: LocalConfig, base: Path) -> Self:
        """Read what `[local]` says; a relative path starts at `base`, config.toml's folder."""
        records, wrong = [], []
        for place, line in enumerate(config.records):
            try:
                records.append(parse_record(line))
            except ValueError as error:
                wrong.append(f"local.records[{place}]: {error}")
        if wrong:
            raise ConfigError(wrong)
        hosts, faults = read_hosts(base / config.hosts_file) if config.hosts_file else ([], ())
        return cls(records, hosts, faults)

    def __len__(self) -> int:
        return len(self._names) + len(self._wildcards)

    def answer(self, query: Query) -> bytes | None:
        """Answer a query of the Internet class; None, after 0.1 µs, if its name does not stand here."""
        rrsets = self._names.get(query.name)
        if rrsets is None:
            if not self._wildcards:
                return None
            rrsets = self._find(query.name)
            if rrsets is None:
                return None
        return self._reply(query, rrsets)

    def _find(self, name: str) -> _RRsets | None:
        rrsets = self._names.get(name)
        if rrsets is not None or not self._wildcards:
            return rrsets
        above = (suffix for suffix in suffixes(name) if suffix != name)
        return next((self._wildcards[suffix] for suffix in above if suffix in self._wildcards), None)

    def _reply(self, query: Query, found: _RRsets) -> bytes:
        answers: list[RR] = []
        owner, rrsets = build.owner(query), found
        wanted = list(found) if query.qtype == rrtypes.ANY else [query.qtype]
        while True:
            for rtype in wanted:
                answers += _records(owner, rtype, rrsets)
            if any(rtype in rrsets for rtype in wanted) or rrtypes.CNAME not in rrsets or len(answers) > MAX_CHAIN:
                break
            answers += _records(owner, rrtypes.CNAME, rrsets)
            target, owner = _target(rrsets)
            following = self._find(target)
            if following is None:
                return build.reply(query, answers, aa=True)
            rrsets = following
        if not answers:
            return build.negative(query, 0, NEGATIVE_TTL, aa=True)
        if any(rtype in rrsets for rtype in wanted):
            return build.reply(query, answers, aa=True)
        # RFC 2308 section 2.2: the SOA says that the end of the chain has no such type
        soa = RR(owner, rrtypes.SOA, 1, NEGATIVE_TTL, RD(build.soa_rdata(NEGATIVE_TTL)))
        return build.reply(query, answers, authority=(soa,), aa=True)

    def _loops(self, name: str) -> bool:
        """Tell whether the CNAMEs from `name` come back to a name they went through."""
        seen = set()
        here: str = name
        while here not in seen:
            seen.add(here)
            rrsets = self._wildcards.get(here.removeprefix(WILDCARD)) if here.startswith(WILDCARD) else self._find(here)
            if rrsets is None or rrtypes.CNAME not in rrsets:
                return False
            here = _target(rrsets)[0]
        return True


def _rrsets(records: Iterable[Record]) -> dict[str, _RRsets]:
    """Group records by name and type; the least time to live of a set holds for all of it (RFC 2181 section 5.2)."""
    grouped: dict[str, _RRsets] = {}
    for record in records:
        rrsets = grouped.setdefault(record.name, {})
        ttl, data = rrsets.get(record.rtype, (record.ttl, ()))
        if record.rdata not in data:
            rrsets[record.rtype] = (min(ttl, record.ttl), (*data, record.rdata))
    return grouped


def _records(owner: DNSLabel, rtype: int, rrsets: _RRsets) -> list[RR]:
    ttl, data = rrsets.get(rtype, (0, ()))
    return [RR(owner, rtype, 1, ttl, RD(rdata)) for rdata in data]


def _target(rrsets: _RRsets) -> tuple[str, DNSLabel]:
    """Where the CNAME leads, to look up and to write."""
    rdata = rrsets[rrtypes.CNAME][1][0]
    return names.text(rdata, 0)[0], DNSLabel(build.labels(rdata))
