"""Make `brands.txt` again from `impersonated.txt` and the project's data folder: the same data give the same table.

    python -m dnsguard.models.make_brands --data DIR --words FILE [--out dnsguard/models/brands.txt]

DIR has `brands.tsv` (popular sites and banks) and the benign names that brands are held against: how many other names
lie one step from a brand's, or have it inside, says how much a look-alike of it says. Lists that may not be used
commercially are not asked. FILE has English words, one a line (Debian's wamerican: SCOWL).
"""

import argparse
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from publicsuffixlist import PublicSuffixList

from dnsguard.models.brands import DISTINCT, IMPERSONATED, KNOWN, TABLE
from dnsguard.models.confusables import flattened, folded

BY_HAND: Final = Path(__file__).with_name("impersonated.txt")
NON_COMMERCIAL: Final = {"cf1m2023", "cf100k2026"}
SHORTEST_DISTINCT: Final = 7
MAX_INSIDE: Final = 2
"""Other names that may have a distinct brand's inside."""
MIN_SUFFIXES: Final = 3
"""A label that is registered below so many suffixes is somebody's name."""
MIN_TOKENS: Final = 3
"""One that is a part of so many names is a word."""
HEADER: Final = """\
# Brands: level (3 impersonated, 2 distinct, 1 known; w: a word), name, domains of its owner. Lines with ~ are labels
# near a brand's that are words or somebody's name. Made by make_brands.py; brands.md says from what.
"""


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a tab-separated file, packed or not, comments left out."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def benign(data: Path, keep: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Registrable domains of all benign names that are kept, as (label, suffix), each once."""
    suffixes = PublicSuffixList()
    names = {
        row[0]
        for row in rows(data / "benign_domains.tsv.gz")
        if not {tag.partition(":")[0] for tag in row[1].split(",")} <= NON_COMMERCIAL
    }
    for file in ("benign_fqdn.tsv.gz", "benign_longtail_new_top1m.tsv.gz", "public_dns_hostnames.txt.gz"):
        names.update(row[0] for row in rows(data / file))
    for name in {suffixes.privatesuffix(name) or "" for name in names}:
        if name and keep(name):
            label, _, suffix = name.partition(".")
            yield label, suffix


def by_hand() -> dict[str, tuple[str, list[str]]]:
    """Label -> (level with its flag, domains) of the brands kept by hand."""
    found: dict[str, tuple[str, list[str]]] = {}
    for line in BY_HAND.read_text("ascii").splitlines():
        if not line.startswith("#"):
            first, *domains = line.split()
            flag = "w" if first.endswith("*") else ""
            first = first.removesuffix("*")
            label = first.partition(".")[0]
            known = found.get(label, (f"{IMPERSONATED}", []))
            level = f"{IMPERSONATED}{flag}" if flag else known[0]
            found[label] = (level, list(dict.fromkeys([*known[1], first, *domains])))
    return found


def near(label: str) -> set[str]:
    """The flattened label and what is left of it without one character: two labels a step apart share one of these."""
    text = flattened(label)
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def levels(
    brands: dict[str, list[str]], labels: Iterable[tuple[str, str]], impersonated: set[str], words: set[str]
) -> tuple[dict[str, int], list[str]]:
    """Level of each brand that is not kept by hand, and the innocent labels near those that are looked for."""
    below: dict[str, set[str]] = defaultdict(set)
    tokens: Counter[str] = Counter()
    for label, suffix in labels:
        below[label].add(suffix)
        if "-" in label:
            tokens.update(set(label.split("-")))
    for word in words:
        below[word].update(("", "word", "dictionary"))
    about: dict[str, list[str]] = defaultdict(list)
    for brand in brands:
        for key in near(brand):
            about[key].append(brand)
    sizes = {len(brand) for brand in brands}
    inside: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    nearby: dict[str, set[str]] = {}
    for label in below:
        found = {brand for key in near(label) for brand in about.get(key, ())} - {label}
        if label not in words:
            beside.update(found)
        if found:
            nearby[label] = found
        for size in sizes:
            if size < len(label):
                for part in {label[:size], label[-size:]}:
                    if part in brands:
                        inside[part] += 1
    level = {
        brand: DISTINCT
        if len(brand) >= SHORTEST_DISTINCT and not beside[brand] and inside[brand] + tokens[brand] <= MAX_INSIDE
        else KNOWN
        for brand in brands
        if brand not in impersonated
    }
    innocent = []
    for label, found in nearby.items():
        watched = {brand for brand in found if level.get(brand, IMPERSONATED) >= DISTINCT}
        known = len(below[label]) >= MIN_SUFFIXES or tokens[label] >= MIN_TOKENS
        # what a reader can't tell from the brand is nobody's honest name
        if watched and known and label not in brands and not any(folded(brand) == folded(label) for brand in watched):
            innocent.append(label)
    return level, sorted(innocent)


def written(data: Path, words: Path, keep: Callable[[str], bool] = lambda _: True) -> str:
    """The table's text; `keep` leaves benign names out, so that they can be judged as if unseen."""
    dictionary = {word for word in words.read_text("utf-8").lower().split() if word.isascii() and word.isalpha()}
    kept = by_hand()
    brands: dict[str, list[str]] = {label: domains for label, (_, domains) in kept.items()}
    for label, domain in rows(data / "brands.tsv"):
        domains = brands.setdefault(label, [])
        # a name that two have is not for one of them alone
        if domain not in domains:
            domains.append(domain)
    level, innocent = levels(brands, benign(data, keep), set(kept), dictionary)
    lines = [
        f"{kept[label][0] if label in kept else level[label]} {label} {' '.join(domains)}\n"
        for label, domains in sorted(brands.items())
    ]
    return HEADER + "".join(lines) + "".join(f"~ {label}\n" for label in innocent)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words", type=Path, required=True, help="English words, one a line")
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    text = written(args.data, args.words)
    args.out.write_text(text, encoding="ascii")
    starts = Counter(line[0] for line in text.splitlines())
    print(", ".join(f"{count} {start}" for start, count in sorted(starts.items())))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
