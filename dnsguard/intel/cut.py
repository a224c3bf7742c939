"""Where a name's zone starts: what one party holds, and answers for as it likes.

The registrable domain (publicsuffix.org, private section included), or one label below a suffix that strangers share:
dynamic DNS, hosting. Asked for every query that no cache answers, so it is a walk over labels from the right: 0.2 us
for `www.example.com`, compiled or not, where `suffix.registrable` takes 3 us for a name it has not seen.
"""

from functools import cache
from typing import Final

from dnsguard.intel import suffix
from dnsguard.wire.query import Query

INNER: Final = 0
"""A name that stands above a suffix, and is none itself."""
SUFFIX: Final = 1
WILD: Final = 2
"""Each name right below it is a suffix; it may be one itself."""
EXCEPTION: Final = 4
"""No suffix, though it stands below a wildcard."""


class Cut:
    """Cuts names; `rules` has every suffix, and every name above one, with what it is."""

    __slots__ = ("_rules", "_wild")

    def __init__(self, rules: dict[str, int]) -> None:
        self._rules: Final = rules
        self._wild: Final = frozenset(name for name, rule in rules.items() if rule & WILD and "." not in name)
        """Top-level domains each of whose children is a suffix; all have two letters."""

    def zone(self, name: str) -> str:
        """The zone of a name of lower case without final dot, which may be all of it."""
        top = name.rfind(".")
        if top < 0:
            return name
        return self._cut(name, name[name.rfind(".", 0, top) + 1 :], name[top + 1 :])

    def of(self, query: Query) -> str:
        """The zone of a query's name, which is cut once: its answer comes long after, when other names have been."""
        zone = query.zone
        if zone is None:
            zone = query.zone = self._cut(query.name, query.tail, query.top)
        return zone

    def knows(self, top: str) -> bool:
        """Whether there is such a top-level domain."""
        return top in self._rules

    def _cut(self, name: str, tail: str, top: str) -> str:
        """The zone of a name with these last two labels, and this last one."""
        # most names end here: nothing is known of their last two labels
        if tail in self._rules or (len(top) == 2 and top in self._wild):
            return name[self._walk(name, len(name) - len(top)) :]
        return tail

    def _walk(self, name: str, start: int) -> int:
        """Walk the labels from the right, for as long as there are rules for what was walked."""
        rules = self._rules
        # a single label counts as a suffix, known or not
        zone = start
        rule = rules.get(name[start:])
        while rule is not None and start:
            wild = bool(rule & WILD)
            start = name.rfind(".", 0, start - 1) + 1
            rule = rules.get(name[start:])
            if rule is None:
                if wild:
                    zone = start
            elif rule & EXCEPTION:
                # the suffix is what stands above it
                zone = name.find(".", start) + 1
                break
            elif wild or rule & SUFFIX:
                zone = start
        return name.rfind(".", 0, zone - 1) + 1 if zone else 0


@cache
def cut() -> Cut:
    """Read the list of publicsuffix.org and our own of suffixes that strangers share; 60 ms, once."""
    rules: dict[str, int] = {}
    for sign, name in suffix.rules():
        rules[name] = rules.get(name, INNER) | (EXCEPTION if sign == "!" else WILD if sign else SUFFIX)
    for name in suffix.shared():
        rules[name] = rules.get(name, INNER) | SUFFIX
    for name in list(rules):
        above = name.partition(".")[2]
        while above:
            rules.setdefault(above, INNER)
            above = above.partition(".")[2]
    return Cut(rules)
