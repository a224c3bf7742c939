"""What stands below a registrable domain: a brand's whole domain, its name beside a lure, or its name cut by a dot.

`paypal.com.session.example`, `paypal-login.example.net`, `paypal.com-verify.example`, `pay.pal.example`. Content
networks and block lists have such names by design, so the zone's popularity counts, and labels of block lists excuse.
"""

from typing import Final

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.index import Index
from dnsguard.detect.lookalike.look import COMBO, INSIDE, TYPO, Look, better
from dnsguard.detect.lookalike.serving import hosted, routed, serves
from dnsguard.detect.lookalike.words import CHEAP, LISTS, LOCAL, LURES, TECHNICAL
from dnsguard.detect.lookalike.zone import lured
from dnsguard.models.brands import IMPERSONATED, Brand
from dnsguard.models.confusables import decoded, folded, latin

SHORTEST_CUT: Final = 6
"""Characters of a name that is looked for with a dot in it."""
POPULAR: Final = 3
"""Buckets of popularity whose zones host others' names for a living."""

_BETWEEN: Final = frozenset("map lb tm obs download data proxy origin".split())  # noqa: SIM905
"""Labels of content networks between a customer's domain and their own: `example.com.map.fastly.net`."""
_UNSET: Final = "domain.name"
"""The search suffix that some home routers are sold with: every name is asked for below it."""


def hosts_others(zone: str, popular: int, index: Index) -> bool:
    """Whether brands' names in a zone's hosts are to be expected: its owner is one, or it serves others, or nobody."""
    suffix = zone.partition(".")[2]
    return zone in index.owned or suffix in LOCAL or zone == _UNSET or 0 < popular <= POPULAR or routed(zone, suffix)


def may_hold(host: str, zone: str, index: Index) -> bool:
    """A quick no for most hosts: whether `of_host` is worth asking."""
    if "-" in host:
        return True
    labels = index.labels
    dot = host.rfind(".")
    last = host[dot + 1 :]
    while dot >= 0:
        if host[dot + 1 :] in labels:
            return True
        host = host[:dot]
        dot = host.rfind(".")
    return host in labels or last + zone[: zone.find(".")] in labels


def of_host(host: str, zone: str, popular: int, index: Index) -> Look | None:
    """The strongest look of the labels before a zone that does not host others by design, in lower case.

    `popular` is the zone's bucket, 0: unknown.
    """
    label, _, suffix = zone.partition(".")
    labels = host.split(".")
    best: Look | None = None
    for at, part in enumerate(labels):
        # most hosts have no brand's name, and are done with here
        brand = index.labels.get(part)
        if brand is not None:
            if not LISTS.isdisjoint(labels):
                return None
            best = better(best, _inside(brand, [*labels[at + 1 :], label], labels[:at], suffix, popular))
        if "-" in part:
            best = better(best, _hyphenated(part, labels, labels[at + 1 :], suffix, popular, index))
    if not popular and len(labels[-1]) + len(label) >= SHORTEST_CUT:
        brand = index.labels.get(labels[-1] + label)
        if brand is not None and brand.level >= IMPERSONATED and not brand.word and suffix in brand.suffixes:
            best = better(best, Look(1.05, TYPO, brand, f"{labels[-1]}.{label}", edits.DOT))
    return better(best, _suffixed(labels[-1], zone, popular, index))


def _suffixed(last: str, zone: str, popular: int, index: Index) -> Look | None:
    """The brand's name below what passes for its suffix, where that has several labels: `example.g0v.uk`."""
    brand = index.labels.get(last)
    if brand is None or popular or brand.level < IMPERSONATED:
        return None
    label, _, rest = zone.partition(".")
    text = f"{latin(decoded(label))}.{rest}"
    for own in sorted(brand.suffixes):
        if "." in own and zone != own and f"{last}.{own}" in brand.domains:
            step = edits.LOOKALIKE if folded(text) == folded(own) else edits.kind(text, own)
            if step:
                return Look(1.05, TYPO, brand, f"{last}.{text}", step)
    return None


def _inside(brand: Brand, after: list[str], others: list[str], suffix: str, popular: int) -> Look | None:
    """The brand's name as a label; its domain, if one of its suffixes comes `after` it.

    `after` ends with the zone's own label: `paypal.com-verify.example` has the suffix at the start of that.
    """
    # the longest first: `com.br` is more of a brand's than its `com`
    for own in sorted(brand.suffixes, key=lambda suffix: (-len(suffix), suffix)):
        size = own.count(".") + 1
        if size >= len(after) and not after[-1].startswith(f"{own}-"):
            continue
        text = ".".join(after[:size])
        if _renewed(text, own):
            text = own
        if text != own and not text.startswith(f"{own}-"):
            continue
        if not any(domain == f"{brand.label}.{own}" for domain in brand.domains):
            continue
        score = 0.9 if brand.level >= IMPERSONATED else 0.75
        cheap = suffix in CHEAP or hosted(suffix)
        delivers = not cheap and text == own and (serves(after[-1]) or any(map(_between, after[size:-1])))
        # before a domain that is delivered from elsewhere stand its own hosts
        parts = after[size:] if delivers else [*others, *after]
        lures, worth = lured([word for part in parts for word in part.split("-") if word not in own.split(".")])
        score += 0.2 if worth >= 0.5 else 0.0
        score += 0.15 if not popular else -0.15
        score += 0.1 if cheap else -0.1 if delivers else 0.0
        if text != own:
            # nobody else has an honest label that starts with a suffix and a hyphen
            score += 0.2
        return Look(score, INSIDE, brand, f"{brand.label}.{own}", "", lures)
    return None


def _renewed(text: str, own: str) -> bool:
    """Whether a content network says the suffix so, for a domain's second map: `example.com-v2.edgesuite.net`."""
    return text.startswith(f"{own}-v") and text[len(own) + 2 :].isdecimal()


def _between(label: str) -> bool:
    """Whether a content network may have set the label between its customer's domain and its own."""
    return len(label) == 1 or label in _BETWEEN or serves(label)


def _hyphenated(part: str, labels: list[str], after: list[str], suffix: str, popular: int, index: Index) -> Look | None:
    """One label of several words: the brand and its suffix (`www-paypal-com`), or the brand beside a lure."""
    words = part.split("-")
    for at, word in enumerate(words):
        brand = index.labels.get(word)
        if brand is None or brand.level < IMPERSONATED:
            continue
        if not LISTS.isdisjoint(labels):
            return None
        if popular or brand.word:
            continue
        others = words[:at] + words[at + 1 :]
        lures, worth = lured(others)
        if worth < 0.6 or TECHNICAL.issuperset(lures):
            continue
        # as a content network writes a customer's host into one label: `id-example-com.gslb.somecdn.example`
        if LURES.isdisjoint(lures) and any(map(serves, after)):
            continue
        score = 0.4 + worth + (0.15 if suffix in CHEAP or hosted(suffix) else 0.0)
        return Look(score, COMBO, brand, word, "", lures)
    return None
