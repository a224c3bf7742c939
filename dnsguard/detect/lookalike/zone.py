"""What a registrable domain's own label has of a brand: the whole of it, or a part beside words of a lure.

Scores are sums: what was done to the name, how much the brand's name says, and where the domain is registered (module
worth); or what the brand and the lures beside it are worth.
"""

from typing import Final

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.index import SHORTEST_INSIDE, SHORTEST_NEAR, Index
from dnsguard.detect.lookalike.look import COMBO, HOMOGRAPH, SUFFIX, TYPO, Look, better
from dnsguard.detect.lookalike.serving import hosted, routed
from dnsguard.detect.lookalike.words import BAIT, CHEAP, HINTS, LURES
from dnsguard.detect.lookalike.worth import OVERLOOKED, STEPS, TWO_STEPS, place, worth
from dnsguard.models import generated
from dnsguard.models.brands import DISTINCT, IMPERSONATED, Brand
from dnsguard.models.confusables import PREFIX, decoded, folded, latin

_ENDS: Final = ("com", "net", "org")
_NOBODY: Final[list[Brand]] = []
SHORTEST_TWO: Final = 8
"""Two steps are looked for from this length on, where one of them is meant to be overlooked."""
_LEET: Final = frozenset("0134578")


def may_resemble(zone: str, index: Index) -> bool:
    """A quick no for most zones: whether `of_zone` is worth asking."""
    dot = zone.find(".")
    label = zone[:dot] if dot >= 0 else zone
    if index.may_be_near(label):
        return True
    several = "-" in label
    if not several and len(label) <= SHORTEST_INSIDE:
        return False
    if label.startswith("www") or label.endswith(_ENDS) or (dot >= 0 and label.endswith(zone[dot + 1 :])):
        return True
    if not several:
        return _ended(label, index) is not None
    if label.startswith(PREFIX):
        return True
    for part in label.split("-"):
        if _words(part) or (len(part) > SHORTEST_INSIDE and _ended(part, index) is not None):
            return True
    return False


def of_zone(zone: str, index: Index) -> Look | None:
    """The strongest look of a registrable domain, lower case, without final dot; None: it has nothing of a brand's."""
    label, _, suffix = zone.partition(".")
    if zone in index.owned or routed(zone, suffix):
        return None
    text = label
    foreign = label.startswith(PREFIX)
    if foreign:
        text = latin(decoded(label))
        foreign = text != label
    best = _whole(text, suffix, index, foreign)
    if "-" in text or len(text) > SHORTEST_INSIDE:
        best = better(best, _combined(text, suffix, index, foreign))
    return best


def _whole(text: str, suffix: str, index: Index, foreign: bool) -> Look | None:
    best: Look | None = None
    for brand in index.near(text):
        best = better(best, _near(text, brand, suffix, index, foreign))
    return best


def _near(text: str, brand: Brand, suffix: str, index: Index, foreign: bool) -> Look | None:
    if foreign:
        if text == brand.label:
            return Look(1.5, HOMOGRAPH, brand, text)
        if folded(text) == folded(brand.label):
            return Look(1.3, HOMOGRAPH, brand, text, _folded_step(text, brand))
    elif text == brand.label or _written(text, brand):
        return _swapped_suffix(brand, suffix)
    if brand.level < DISTINCT or len(brand.label) < SHORTEST_NEAR or text in index.innocent:
        return None
    step = _folded_step(text, brand) if folded(text) == folded(brand.label) else _step(text, brand)
    if not step:
        return None
    score = STEPS[step] + worth(brand, text, step, suffix) + place(brand, suffix)
    return Look(score + 0.4 if foreign else score, HOMOGRAPH if foreign else TYPO, brand, text, step)


def _written(text: str, brand: Brand) -> bool:
    """Whether the owner writes the name so, as in `t-mobile.com`."""
    return any(domain.partition(".")[0] == text for domain in brand.domains)


def _folded_step(text: str, brand: Brand) -> str:
    if text.replace("-", "") != brand.label.replace("-", ""):
        return edits.LOOKALIKE
    words = generated.model().language.words.costs
    # `deutsche-bank`: how its owner, or a translator, may write it as well
    return edits.PARTED if all(part in words for part in text.split("-")) else edits.HYPHEN


def _step(text: str, brand: Brand) -> str:
    step = edits.kind(text, brand.label)
    if step or brand.level < IMPERSONATED or len(brand.label) < SHORTEST_TWO:
        return step
    # one step apart as they are folded: the others are characters that look alike
    step = edits.kind(folded(text), folded(brand.label))
    meant = step != "" and (STEPS[step] >= OVERLOOKED or not _LEET.isdisjoint(text))
    return TWO_STEPS if meant else ""


def _swapped_suffix(brand: Brand, suffix: str) -> Look | None:
    if brand.level < IMPERSONATED:
        return None
    score = 0.55 if brand.word or len(brand.label) <= SHORTEST_NEAR else 0.75
    if suffix in BAIT and suffix not in brand.suffixes:
        score += 0.3
    return Look(score, SUFFIX, brand, brand.label)


def _combined(text: str, suffix: str, index: Index, foreign: bool) -> Look | None:
    """The brand as one part among others."""
    parts = text.split("-")
    several = len(parts) > 1
    best = _affixed(text, suffix, index)
    for at, part in enumerate(parts):
        if not part:
            continue
        if several:
            found = token(part, index)
            if found is not None:
                best = better(best, _lured(found, parts[:at] + parts[at + 1 :], suffix, foreign))
        if len(part) > SHORTEST_INSIDE and (part[:3] in index.starts or part[-3:] in index.ends):
            found = _ended(part, index)
            if found is not None:
                best = better(best, _lured(found, parts[:at] + parts[at + 1 :] + found.lures, suffix, foreign))
        if at + 1 < len(parts) and len(parts) > 2:
            # `wells-fargo-login`
            brand = index.labels.get(part + parts[at + 1])
            if brand is not None and brand.level >= IMPERSONATED and len(brand.label) > SHORTEST_INSIDE:
                joined = Look(0.5, COMBO, brand, f"{part}-{parts[at + 1]}", edits.HYPHEN)
                best = better(best, _lured(joined, parts[:at] + parts[at + 2 :], suffix, foreign))
    return best


def _affixed(text: str, suffix: str, index: Index) -> Look | None:
    """`wwwexample.com`, `examplecom.com`, `example-com.com`: a dot that was forgotten, or meant to be."""
    brand: Brand | None = None
    if text.startswith("www"):
        brand = index.labels.get(text[3:].lstrip("-"))
    elif text.endswith(_ENDS):
        brand = index.labels.get(text[:-3].rstrip("-"))
        if brand is not None and text[-3:] not in brand.suffixes:
            return None
    elif text.endswith(suffix):
        brand = index.labels.get(text[: -len(suffix)].rstrip("-"))
    if brand is None or brand.level < IMPERSONATED or len(brand.label) < SHORTEST_NEAR:
        return None
    score = STEPS[edits.AFFIX] + worth(brand, text, edits.AFFIX, suffix) + place(brand, suffix)
    return Look(score, TYPO, brand, text, edits.AFFIX)


def token(part: str, index: Index) -> Look | None:
    """A part that is a brand's name, digits about it aside, or a step from it; its score is the brand's share."""
    brand = index.labels.get(part)
    if brand is None:
        brand = index.labels.get(part.strip("0123456789"))
    if brand is not None:
        if brand.level < IMPERSONATED:
            return None
        return Look(0.35 if brand.word else 0.5, COMBO, brand, part)
    if len(part) <= SHORTEST_NEAR or part in index.innocent or part in LURES or part in HINTS:
        return None
    for near in index.near(part):
        if near.level >= IMPERSONATED and not near.word and len(near.label) > SHORTEST_NEAR:
            step = edits.LOOKALIKE if folded(part) == folded(near.label) else _step(part, near)
            if step:
                return Look(0.5 if STEPS[step] >= OVERLOOKED else 0.4, COMBO, near, part, step)
    return None


def _ended(part: str, index: Index) -> Look | None:
    """A part that starts or ends with a brand's name; the rest is what it has as lures."""
    best: Brand | None = None
    beside = ""
    for brand in index.starts.get(part[:3], _NOBODY):
        size = len(brand.label)
        if size < len(part) and part.startswith(brand.label) and _words(part[size:]):
            best = brand
            beside = part[size:]
            break
    for brand in index.ends.get(part[-3:], _NOBODY):
        size = len(brand.label)
        if best is not None and size >= len(best.label):
            break
        if size < len(part) and part.endswith(brand.label) and _words(part[:-size]):
            best = brand
            beside = part[:-size]
            break
    if best is None:
        return None
    return Look(0.3 if best.word else 0.45, COMBO, best, best.label, "", [beside.strip("0123456789")])


def _words(rest: str) -> bool:
    """Whether what stands beside a brand is a word of a lure, digits about it aside."""
    rest = rest.strip("0123456789")
    return rest in LURES or rest in HINTS


def _lured(found: Look, others: list[str], suffix: str, foreign: bool) -> Look | None:
    lures, score = lured(others)
    if not lures and not foreign:
        return None
    score += found.score
    if suffix in CHEAP or hosted(suffix):
        score += 0.15
    if foreign:
        return Look(score + 0.6, HOMOGRAPH, found.brand, found.part, found.edit, lures)
    return Look(score, COMBO, found.brand, found.part, found.edit, lures)


def lured(parts: list[str]) -> tuple[list[str], float]:
    """The words of a lure among parts of a name, and what they are worth."""
    lures: list[str] = []
    hints: list[str] = []
    for part in parts:
        word = part.strip("0123456789")
        if word in LURES:
            lures.append(word)
        elif word in HINTS:
            hints.append(word)
    score = 0.0
    if lures:
        score = 0.6 + 0.1 * (len(lures) + len(hints) - 1)
    elif hints:
        score = 0.3 + 0.2 * (len(hints) - 1)
    return lures + hints, min(score, 0.8)
