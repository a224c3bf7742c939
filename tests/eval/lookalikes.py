"""How well look-alikes of brands are found: recall by class of look-alike, real phishing names, and false positives.

    python -m tests.eval.lookalikes --data DIR [--words FILE] [--show 40] [--brands 200]

Needs dnstwist (PyPI), which makes the look-alikes. DIR has the phishing feeds and the benign names. Recall is measured
for the brands that phishing names resemble most, and for brands that dnsguard does not look after until its
configuration names them; nothing was set on those. False positives are counted twice: as shipped, and as if the domains
had not been seen: their popularity is unknown, and the table of brands was made without their fifth of all domains
(`--words`, as for make_brands). Each is printed, to be looked at. Brands and benign domains are told apart by halves:
weights were set on the first of each, the second was held out.
"""

import argparse
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import dnstwist
from rich.console import Console
from rich.table import Table

from dnsguard.detect.context import Context
from dnsguard.detect.lookalike.host import hosts_others, of_host
from dnsguard.detect.lookalike.index import Index, index
from dnsguard.detect.lookalike.look import better
from dnsguard.detect.lookalike.zone import of_zone
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import phishing_domain as det
from dnsguard.errors import WireError
from dnsguard.intel.cut import cut
from dnsguard.intel.snapshot import EMPTY
from dnsguard.models import brands, confusables, make_brands
from dnsguard.models.popularity import rank
from dnsguard.wire.query import Query
from tests.eval.known import rows

WORDS = ["login", "signin", "secure", "verify", "account", "support"]
SUFFIXES = ["xyz", "top", "shop", "online", "site"]
STEPS = (
    "addition bitsquatting homoglyph hyphenation insertion omission repetition replacement transposition vowel-swap"
).split()
"""Classes of a step or of characters that look alike: what must be found. `insertion` has doubled letters too."""
HALVES = ("steps, first half", "steps, held out")
MAX_OF_CLASS = 150
"""Names of one class and brand: homographs come by the ten thousand."""
CLEAN = {"tranco10k2026", "majestic10k2026", "umb100k2026"}
FOLDS = 5

Ask = Callable[[str], str]


def asker(*own: str) -> Ask:
    """Ask the detector, without lists and history; what it says of a name, empty for nothing."""
    context = Context(det.Config(brands=own), EMPTY, Memory())

    def ask(name: str) -> str:
        try:
            finding = det.inspect(Query.of(name), context)
        except (WireError, ValueError):
            return ""
        return "" if finding is None else f"{finding.reason}: {finding.evidence['brand']} {finding.score}"

    return ask


def fold(name: str) -> int:
    """Which fifth a domain belongs to."""
    return hashlib.blake2b(name.encode(), digest_size=4).digest()[0] % FOLDS


def half(text: str) -> int:
    """0 for what weights were set on, 1 for what was held out."""
    return hashlib.blake2b(b"h" + text.encode(), digest_size=2).digest()[0] & 1


def impersonated(data: Path, count: int) -> list[str]:
    """Domains of the brands that real phishing names resemble most, of five letters or more."""
    seen = Counter(row[3].partition(".")[0] for row in rows(data / "lookalike_phish_candidates.tsv.gz"))
    known = [each for each in brands.table()[0] if each.level == brands.IMPERSONATED and len(each.label) >= 5]
    return [each.domains[0] for each in sorted(known, key=lambda each: (-seen[each.label], each.label))[:count]]


def unheard_of(count: int) -> list[str]:
    """Domains of brands that are only known, no words, of six letters or more, chosen by hash."""
    known = [each for each in brands.table()[0] if each.level < brands.IMPERSONATED and len(each.label) >= 6]
    return [
        each.domains[0] for each in sorted(known, key=lambda each: hashlib.md5(each.label.encode()).digest())[:count]
    ]


def variants(domain: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    """(Class, name) of dnstwist's permutations."""
    fuzzer = dnstwist.Fuzzer(domain, dictionary=list(WORDS), tld_dictionary=list(SUFFIXES))
    fuzzer.generate()
    classes: dict[str, list[str]] = defaultdict(list)
    for made in fuzzer.domains:
        if made["fuzzer"] != "*original":
            classes[made["fuzzer"]].append(made["domain"])
    for kind, names in sorted(classes.items()):
        names.sort()
        for name in names if len(names) <= MAX_OF_CLASS else dice.sample(names, MAX_OF_CLASS):
            yield kind, name


def listed_confusables(domains: Iterable[str]) -> Iterator[str]:
    """Every character of the table in the place of every character of the name that it passes for."""
    chars: dict[str, str] = {}
    for line in confusables.TABLE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            prototype, _, chars[prototype] = line.partition(" ")
    for domain in domains:
        label, _, suffix = domain.partition(".")
        for at, char in enumerate(label):
            for other in chars.get(char, ""):
                text = label[:at] + other.lower() + label[at + 1 :]
                # a capital comes as its small letter: that may be another one
                if not text.isascii() and confusables.latin(text) == label:
                    yield f"xn--{text.encode('punycode').decode()}.{suffix}"


def recall(data: Path, console: Console, count: int, show: int) -> None:
    """Print what is found by class, for brands that are looked after and for those that the configuration names."""
    famous, others = impersonated(data, count), unheard_of(count // 2)
    table = Table("class", "names", "excused", "found", "recall", "names", "found", "recall", title="Recall by class")
    results: list[dict[str, Counter[str]]] = []
    missed: dict[str, list[str]] = defaultdict(list)
    dice = random.Random(6)
    for domains, ask in ((famous, asker()), (others, asker(*others))):
        told: dict[str, Counter[str]] = defaultdict(Counter)
        owned = index(() if domains is famous else tuple(others)).owned
        for domain in domains:
            for kind, name in variants(domain, dice):
                # popular, or the owner's: not a look-alike by our own lights
                state = "excused" if rank(name) or name in owned else "found" if ask(name) else "missed"
                told[kind][state] += 1
                if kind in STEPS and state != "excused":
                    told[HALVES[half(domain)]][state] += 1
                if state == "missed" and domains is famous and kind in STEPS:
                    missed[kind].append(name)
        for name in listed_confusables(domains):
            told["UTS 39, one character"]["found" if ask(name) else "missed"] += 1
        results.append(told)
    for kind in sorted(results[0].keys() - HALVES) + list(HALVES):
        cells = [kind]
        for told in results:
            found, lost, excused = (told[kind][state] for state in ("found", "missed", "excused"))
            cells += [f"{found + lost}", *([f"{excused}"] if told is results[0] else [])]
            cells += [f"{found}", f"{found / max(found + lost, 1):.1%}"]
        table.add_row(*cells)
    console.print(f"{len(famous)} brands, and {len(others)} named by the configuration")
    total = [sum(told[kind][state] for kind in STEPS) for told in results for state in ("found", "missed")]
    table.add_row(
        "a step or look-alike",
        f"{total[0] + total[1]}",
        "",
        f"{total[0]}",
        f"{total[0] / (total[0] + total[1]):.1%}",
        f"{total[2] + total[3]}",
        f"{total[2]}",
        f"{total[2] / (total[2] + total[3]):.1%}",
    )
    console.print(table)
    for kind, names in sorted(missed.items()):
        console.print(f"missed, {kind}: {' '.join(dice.sample(names, min(len(names), show)))}", markup=False)


def feeds(data: Path, console: Console) -> None:
    """Print what is found of real phishing names, which mostly resemble nobody."""
    ask = asker()
    table = Table("phishing hosts", "names", "found", "share", title="Phishing feeds, no list")
    years: dict[str, Counter[bool]] = defaultdict(Counter)
    for host, date, *_ in rows(data / "phishing_hosts.tsv.gz"):
        if fold(host) == 0:
            years[date[:4]][ask(host) != ""] += 1
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for kind, domain, *_ in rows(data / "lookalike_phish_candidates.tsv.gz"):
        kinds[f"candidates: {kind}"][ask(domain) != ""] += 1
    for group, seen in [*sorted(years.items()), *sorted(kinds.items())]:
        table.add_row(group, f"{seen.total()}", f"{seen[True]}", f"{seen[True] / seen.total():.1%}")
    console.print(table)


def benign(data: Path) -> Iterator[tuple[str, str]]:
    """Benign names with the table that has them, the noisy tails apart."""
    for name, lists in rows(data / "benign_domains.tsv.gz"):
        tags = {tag.partition(":")[0] for tag in lists.split(",")}
        yield "benign_domains, clean" if tags & CLEAN else "benign_domains, the rest (noisy)", name
    for name, _, lists in rows(data / "benign_fqdn.tsv.gz"):
        yield "benign_fqdn, trackers (noisy)" if lists == "tracker2022" else "benign_fqdn", name
    for row in rows(data / "public_dns_hostnames.txt.gz"):
        yield "public_dns_hostnames", row[0]
    for row in rows(data / "benign_longtail_new_top1m.tsv.gz"):
        yield "longtail, new in a top million (noisy)", row[0]


def unseen(data: Path, words: Path | None) -> Callable[[str], str]:
    """Judge names as if they were unknown: no popularity, brands made without the fifth that they belong to."""
    known: list[Index] = []
    for left_out in range(FOLDS):

        def keep(name: str, left_out: int = left_out) -> bool:
            return fold(name) != left_out

        text = brands.TABLE.read_text() if words is None else make_brands.written(data, words, keep)
        known.append(Index(*brands.read(text)))

    def ask(name: str) -> str:
        zone = cut().zone(name)
        host = name[: -len(zone) - 1]
        table = known[fold(zone)]
        look = of_zone(zone, table)
        if host and not hosts_others(zone, 0, table):
            look = better(look, of_host(host, zone, 0, table))
        return "" if look is None or look.score < det.Config().threshold else f"{look.reason}: {look.brand.label}"

    return ask


def false_positives(data: Path, console: Console, words: Path | None, show: int) -> None:
    """Print how many benign names are found, and which."""
    shipped, blind = asker(), unseen(data, words)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    hits: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for table, name in benign(data):
        zone = cut().zone(name)
        names[table]["names"] += 1
        if said := shipped(name):
            names[table]["found"] += 1
            hits[table, "shipped"].setdefault(zone, f"{name}  {said}")
        if said := blind(name):
            part = "held out" if half(zone) else "first half"
            names[table][part] += 1
            hits[table, f"unseen, {part}"].setdefault(zone, f"{name}  {said}")
    columns = ("table", "names", "shipped", "unseen, first half", "unseen, held out")
    told = Table(*columns, title="Benign names found, and their domains")
    for table, seen in sorted(names.items()):
        told.add_row(
            table,
            f"{seen['names']}",
            *(
                f"{seen[part]} ({len(hits[table, how])})"
                for part, how in (
                    ("found", "shipped"),
                    ("first half", "unseen, first half"),
                    ("held out", "unseen, held out"),
                )
            ),
        )
    console.print(told)
    for (table, how), found in sorted(hits.items()):
        for line in list(found.values())[:show]:
            console.print(f"{how}  {table}  {line}", markup=False)
        if len(found) > show:
            console.print(f"{how}  {table}  and {len(found) - show} more")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words", type=Path, help="English words, one a line; without them the shipped table is used")
    parser.add_argument("--show", type=int, default=40, metavar="N", help="names printed for each table")
    parser.add_argument("--brands", type=int, default=200, metavar="N")
    args = parser.parse_args()
    console = Console(width=160, highlight=False)
    recall(args.data, console, args.brands, args.show)
    feeds(args.data, console)
    false_positives(args.data, console, args.words, args.show)


if __name__ == "__main__":
    main()
