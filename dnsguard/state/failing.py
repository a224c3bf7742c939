"""Which clients ask for one made-up name after the other, none of which exists: a sequential test for each client.

Wald's SPRT as CUSUM (Page 1954): each distinct registrable domain that fails moves the client's sum by how much more
likely it is of a bot than of a person; the sum never falls below 0, so a good hour earns nobody credit. What a failure
says is its name's own log-odds, how soon it came after the last one, and how alike it is to those before it.
"""

import math
from collections.abc import Iterator

from dnsguard.state.counters import Table
from dnsguard.state.failing_client import CROWD, MAX_ALIKE, MAX_NAMES, PACE, Client, Failure
from dnsguard.state.saved import AT_ONCE, NOT_SAVED, frame, frames, list_of, number, octets_of, text_of

MAX_CLIENTS: int = 16384
"""Clients with a failure to remember; some 3 kB each at the most. The one that failed longest ago makes room."""
FADE: float = 6 * 3600.0
"""A sum halves in so many seconds without a failure."""
SLOW: float = 6 * 3600.0
FAST: float = 900.0
"""[seconds]"""
RELIEF: float = 0.05
"""What a name that resolves takes from the sum: a resolver's clients, or a crawler's links, fail among many that do not
[nats]; and no more than RELIEVED of them between two failures."""
RELIEVED: int = 40
MAX_MEETINGS: int = 4096
"""Rendezvous domains that all clients are kept from; the oldest makes room."""


class Failing:
    """All clients of one worker, and the rendezvous domains that were found."""

    __slots__ = ("clients", "evicted", "meetings", "meetings_evicted")

    def __init__(self) -> None:
        self.clients: dict[bytes, Client] = {}
        self.meetings: dict[str, float] = {}
        """Domain -> when it was found. [Unix s]"""
        self.evicted: int = 0
        self.meetings_evicted: int = 0

    def known(self, client: bytes, domain: str) -> bool:
        """Say whether this client's failure is an old one."""
        found = self.clients.get(client)
        return found is not None and domain in found.known

    def note(self, client: bytes, domain: str, odds: float, rarity: float, now: float) -> Client:
        """Count a domain that failed, if it is new; gives what is now known of the client."""
        found = self.clients.pop(client, None)
        if found is None:
            if len(self.clients) >= MAX_CLIENTS:
                del self.clients[next(iter(self.clients))]
                self.evicted += 1
            found = Client()
        self.clients[client] = found
        if domain in found.known:
            return found
        failure = Failure(domain, odds, now)
        if now > found.last:
            gone = now - found.last
            found.total *= math.pow(0.5, gone / FADE)
            found.slow *= math.exp(-gone / SLOW)
            found.fast *= math.exp(-gone / FAST)
        crowd = found.crowd()
        step = (
            odds
            - RELIEF * min(found.answered, RELIEVED)
            + found.habit(found.haste(now))
            # what many hosts fail at is not one host's, however alike it is
            + (found.likeness(domain, rarity) if crowd < CROWD else 0.0)
            - crowd
        )
        found.total += step
        found.slow += 1.0
        found.fast += 1.0
        if found.total <= 0.0:
            found.total = 0.0
            found.count = 0
            found.since = ""
        else:
            found.count += 1
            if not found.since:
                found.since = domain
        if len(found.known) >= MAX_NAMES:
            del found.known[next(iter(found.known))]
        found.known[domain] = 1
        if len(found.failures) >= MAX_ALIKE:
            del found.failures[0]
        found.failures.append(failure)
        found.last = now
        found.answered = 0
        return found

    def watched(self, client: bytes, now: float) -> bool:
        """Count an answer, and say whether the client counts as infected."""
        found = self.clients.get(client)
        if found is None:
            return False
        found.answered += 1
        if now - found.pace_since >= PACE:
            found.pace_before = found.pace if now - found.pace_since < 2.0 * PACE else 0
            found.pace = 0
            found.pace_since = now
        found.pace += 1
        return found.told > now

    def meet(self, domain: str, now: float) -> None:
        """Remember a rendezvous."""
        if domain not in self.meetings and len(self.meetings) >= MAX_MEETINGS:
            del self.meetings[next(iter(self.meetings))]
            self.meetings_evicted += 1
        self.meetings[domain] = now

    def tables(self) -> list[Table]:
        """Give what is kept, and what made room."""
        return [
            ("failing_clients", len(self.clients), self.evicted),
            ("rendezvous", len(self.meetings), self.meetings_evicted),
        ]

    def dump(self) -> Iterator[bytes]:
        """What is worth keeping over a restart: rendezvous, and clients, some at a time (2 ms each)."""
        yield frame([[domain, time] for domain, time in self.meetings.items()])
        clients = list(self.clients.items())
        for start in range(0, len(clients), AT_ONCE):
            yield frame([[address, client.dump()] for address, client in clients[start : start + AT_ONCE]])

    def load(self, data: bytes) -> None:
        """Take over what `dump` gave; ValueError for anything else, and nothing is taken."""
        meetings: dict[str, float] = {}
        clients: dict[bytes, Client] = {}
        try:
            first, *parts = frames(data)
            for domain, time in first[-MAX_MEETINGS:]:
                meetings[text_of(domain)] = number(time)
            for part in parts:
                for address, client in part:
                    clients[octets_of(address)] = Client.load(list_of(client))
        except NOT_SAVED as error:
            raise ValueError(f"not a table of failing clients: {error}") from error
        while len(clients) > MAX_CLIENTS:
            del clients[next(iter(clients))]
        self.meetings = meetings
        self.clients = clients
