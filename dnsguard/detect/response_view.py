"""What a detector of the response stage sees: an answer beside the question it answers."""

from dnsguard.errors import WireError
from dnsguard.intel.snapshot import Match, Snapshot
from dnsguard.wire import names
from dnsguard.wire.answer import Answer
from dnsguard.wire.kinds import DENIAL, SERVER
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import NS, SOA


class Response:
    """One client's question and the upstream's answer to it.

    What several detectors ask for is read once, when the first of them asks.
    """

    __slots__ = (
        "_addresses",
        "_intel",
        "_leads_to_listed",
        "_led_by",
        "_listed",
        "_listed_servers",
        "_served_by",
        "answer",
        "query",
    )

    def __init__(self, query: Query, answer: Answer) -> None:
        self.query = query
        self.answer = answer
        self._addresses: tuple[bytes, ...] | None = None
        self._intel: Snapshot | None = None
        self._led_by: Snapshot | None = None
        self._served_by: Snapshot | None = None
        self._leads_to_listed = False
        self._listed_servers: tuple[tuple[str, str, tuple[Match, ...]], ...] = ()
        self._listed: tuple[tuple[bytes, tuple[Match, ...]], ...] = ()

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """Packed addresses of the answer section's A and AAAA records."""
        if self._addresses is None:
            self._addresses = self.answer.addresses
        return self._addresses

    def leads_to_listed(self, intel: Snapshot) -> bool:
        """Say whether lists have a name that the answer leads to."""
        if self._led_by is not intel:
            self._led_by = intel
            for target in self.answer.cnames:
                if len(intel.matches(target)) > 0:
                    self._leads_to_listed = True
        return self._leads_to_listed

    def listed(self, intel: Snapshot) -> tuple[tuple[bytes, tuple[Match, ...]], ...]:
        """Addresses of the answer that lists have, with the listings of all categories."""
        if self._intel is not intel:
            self._intel = intel
            found: tuple[tuple[bytes, tuple[Match, ...]], ...] = ()
            for address in self.addresses:
                matches = intel.addresses(address)
                if matches:
                    found += ((address, matches),)
            self._listed = found
        return self._listed

    def listed_servers(self, intel: Snapshot) -> tuple[tuple[str, str, tuple[Match, ...]], ...]:
        """Servers that lists have, as names or by RPZ's rpz-nsdname: ("NS" or "SOA", name, listings)."""
        if self._served_by is not intel:
            self._served_by = intel
            self._listed_servers = self._read_servers(intel)
        return self._listed_servers

    def _read_servers(self, intel: Snapshot) -> tuple[tuple[str, str, tuple[Match, ...]], ...]:
        """Look up who answers: targets of NS, primaries of SOA, of the answer and authority sections.

        What is no name is left out: only a CNAME decides whether an answer is believed.
        """
        answer = self.answer
        if not answer.kinds & (SERVER | DENIAL):
            return ()
        message = answer.message
        count = (message[6] << 8 | message[7]) + (message[8] << 8 | message[9])
        found: tuple[tuple[str, str, tuple[Match, ...]], ...] = ()
        for at, _ in answer.ttls[:count]:
            if message[at - 4]:
                continue
            rtype = message[at - 3]
            if rtype == NS:
                end = at + 6 + (message[at + 4] << 8 | message[at + 5])
                data = message[at + 6 : end]
                known = intel.servers.get(data)
                if known is None:
                    try:
                        name, name_end = names.text(message, at + 6)
                    except WireError:
                        continue
                    # a compression pointer is no ASCII, and means another name in another message
                    whole = name_end == end and data.isascii()
                    known = intel.remember(data, name) if whole else (name, intel.server(name))
                if known[1]:
                    found += (("NS", known[0], known[1]),)
            elif rtype == SOA:
                try:
                    name = names.text(message, at + 6)[0]
                except WireError:
                    continue
                matches = intel.server(name)
                if matches:
                    found += (("SOA", name, matches),)
        return found
