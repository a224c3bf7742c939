"""Hosts for the evaluation of made-up names: a day of failing and resolving names, and bots; all from a seed.

What benign hosts fail at, by what is written of it and by what recordings show: typing errors, domains that have died
(rows that no longer answered when they were crawled, and unpopular names), hosts that a living domain no longer has,
search suffixes of an office, browsers' probes, look-ups in DNSBLs, pages of dead links, mail servers that ask for
senders' domains. How often is a log-normal draw for each host, and no measurement of a real network.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

DAY = 86400.0
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Event(NamedTuple):
    """A question at a time [s], what becomes of it, and the zone whose SOA says that it does not exist."""

    time: float
    name: str
    exists: bool
    zone: str = ""


@dataclass(frozen=True)
class World:
    """Names that hosts draw from."""

    popular: Sequence[str]
    usual: Sequence[str]
    dead: Sequence[str]
    """Registrable domains that no longer exist."""
    hosts: Sequence[str]
    """Full names."""


def mistyped(dice: random.Random, name: str) -> str:
    """One edit in the label."""
    label, _, suffix = name.partition(".")
    at = dice.randrange(len(label))
    kind = dice.randrange(4)
    if kind == 0 and len(label) > 3:
        label = label[:at] + label[at + 1 :]
    elif kind == 1:
        label = label[:at] + label[at] + label[at:]
    elif kind == 2:
        label = label[:at] + dice.choice(LETTERS) + label[at + 1 :]
    else:
        label = label[:at] + label[at : at + 2][::-1] + label[at + 2 :]
    return f"{label}.{suffix}"


def benign_day(dice: random.Random, world: World, kind: str = "") -> list[Event]:
    """A host's day of cache misses; `kind` is drawn if empty: most are people's, few are servers."""
    kind = kind or dice.choices(("person", "idle", "mail", "crawler"), (86, 12, 1, 1))[0]
    busy = {"person": 80, "idle": 15, "mail": 250, "crawler": 250}[kind]
    events = [Event(_hour(dice), dice.choice(world.usual), exists=True) for _ in range(busy)]
    failing = dice.lognormvariate({"person": 1.4, "idle": 0.3, "mail": 4.0, "crawler": 3.7}[kind], 0.8)
    for _ in range(min(int(failing), 400)):
        events.extend(_failure(dice, world, kind))
    if kind == "person" and dice.random() < 0.01:
        # an old page whose links a browser looks up ahead
        start = _hour(dice)
        events += [_dead(dice, world, start + dice.random() * 3) for _ in range(dice.randint(6, 15))]
        events += [Event(start + dice.random() * 3, dice.choice(world.usual), exists=True) for _ in range(20)]
    return sorted(events)


def _hour(dice: random.Random) -> float:
    return min(max(dice.gauss(14, 4), 0.0), 23.9) * 3600


def _failure(dice: random.Random, world: World, kind: str) -> Iterator[Event]:
    time = _hour(dice)
    what = dice.choices(
        ("typo", "dead", "host", "search", "probe", "dnsbl"),
        (10, 60, 10, 0, 0, 20) if kind in {"mail", "crawler"} else (25, 30, 15, 20, 5, 5),
    )[0]
    if what == "typo":
        name = mistyped(dice, dice.choice(world.popular))
        yield Event(time, name, exists=False, zone=name.partition(".")[2])
    elif what == "dead":
        # a third of them come together with others, from one page
        for _ in range(dice.choice((1, 1, 1, 1, 2, 3))):
            yield _dead(dice, world, time + dice.random() * 5)
    elif what == "host":
        zone = dice.choice(world.usual)
        yield Event(
            time, f"{dice.choice(('old', 'cdn2', 'img4', 'stats', 'autodiscover'))}.{zone}", exists=False, zone=zone
        )
    elif what == "search":
        name = dice.choice(world.hosts)
        office = dice.choice(("corp.example.com", "office.lan", "ad.contoso.com", "home.arpa"))
        yield Event(time, f"{name}.{office}", exists=False, zone=office.partition(".")[2])
    elif what == "probe":
        for _ in range(3):
            yield Event(time, "".join(dice.choices(LETTERS, k=dice.randint(7, 15))), exists=False)
    else:
        for _ in range(5):
            octets = ".".join(str(dice.randrange(256)) for _ in range(4))
            yield Event(time + dice.random(), f"{octets}.zen.spamhaus.org", exists=False, zone="zen.spamhaus.org")


def _dead(dice: random.Random, world: World, time: float) -> Event:
    name = dice.choice(world.dead)
    host = dice.choice(("", "www.", "mail."))
    return Event(time, host + name, exists=False, zone=name.partition(".")[2])


def bot_run(dice: random.Random, names: Sequence[str], gap: float, start: float) -> list[Event]:
    """Names that fail, one after the other, `gap` seconds apart; the last one resolves."""
    time = start
    events = []
    for name in names[:-1]:
        events.append(Event(time, name, exists=False, zone=name.partition(".")[2]))
        time += gap * (0.5 + dice.random())
    return [*events, Event(time, names[-1], exists=True)]
