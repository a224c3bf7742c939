"""What a detector of the response stage sees: an answer beside the question it answers."""

from dnsguard.errors import WireError
from dnsguard.intel.snapshot import Match, Snapshot
from dnsguard.wire import names
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from dnsguard.wire.rrtypes import NS, SOA


class Response:
    """One client's question and the upstream's answer to it.

    What several detectors ask for is read once, when the first of them asks.
    """

    __slots__ = ("_addresses", "_intel", "_listed", "_listed_servers", "_served_by", "_servers", "answer", "query")

    def __init__(self, query: Query, answer: Answer) -> None:
        self.query = query
        self.answer = answer
        self._addresses: tuple[bytes, ...] | None = None
        self._servers: tuple[tuple[str, str], ...] | None = None
        self._intel: Snapshot | None = None
        self._served_by: Snapshot | None = None
        self._listed_servers: tuple[tuple[str, str, tuple[Match, ...]], ...] = ()
        self._listed: tuple[tuple[bytes, tuple[Match, ...]], ...] = ()

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """Packed addresses of the answer section's A and AAAA records; 1 µs for an answer of four."""
        if self._addresses is None:
            self._addresses = self._read_addresses()
        return self._addresses

    @property
    def servers(self) -> tuple[tuple[str, str], ...]:
        """Who answers for the name: ("NS", target) and ("SOA", primary) of the answer and authority sections.

        Lower case, no final dot. What is no name is left out: only a CNAME decides whether an answer is believed.
        """
        if self._servers is None:
            self._servers = self._read_servers()
        return self._servers

    def listed(self, intel: Snapshot) -> tuple[tuple[bytes, tuple[Match, ...]], ...]:
        """Addresses of the answer that lists have, with the listings of all categories."""
        if self._intel is not intel:
            self._intel = intel
            found: list[tuple[bytes, tuple[Match, ...]]] = []
            for address in self.addresses:
                matches = intel.addresses(address)
                if matches:
                    found.append((address, matches))
            self._listed = tuple(found)
        return self._listed

    def listed_servers(self, intel: Snapshot) -> tuple[tuple[str, str, tuple[Match, ...]], ...]:
        """Servers that lists have, as names or by RPZ's rpz-nsdname: ("NS" or "SOA", name, listings)."""
        if self._served_by is not intel:
            self._served_by = intel
            found: list[tuple[str, str, tuple[Match, ...]]] = []
            for record, name in self.servers:
                matches = intel.matches(name) or intel.server_names(name)
                if matches:
                    found.append((record, name, matches))
            self._listed_servers = tuple(found)
        return self._listed_servers

    def _read_addresses(self) -> tuple[bytes, ...]:
        answer = self.answer
        message = answer.message
        found: list[bytes] = []
        # no OPT stands in the answer section, so its records are the first of `ttls`; type and class stand before a
        # TTL, the length of the data behind it
        for at, _ in answer.ttls[: message[6] << 8 | message[7]]:
            size = message[at + 5]
            if message[at + 4] or message[at - 4]:
                continue
            rtype = message[at - 3]
            if (rtype == 1 and size == 4) or (rtype == 28 and size == 16):
                found.append(message[at + 6 : at + 6 + size])
        return tuple(found)

    def _read_servers(self) -> tuple[tuple[str, str], ...]:
        answer = self.answer
        message = answer.message
        count = (message[6] << 8 | message[7]) + (message[8] << 8 | message[9])
        found: list[tuple[str, str]] = []
        for at, _ in answer.ttls[:count]:
            if message[at - 4]:
                continue
            rtype = message[at - 3]
            if rtype == NS or rtype == SOA:  # noqa: SIM109, PLR1714 - a set would be made each time
                try:
                    found.append(("NS" if rtype == NS else "SOA", names.text(message, at + 6)[0]))
                except WireError:
                    continue
        return tuple(found)
