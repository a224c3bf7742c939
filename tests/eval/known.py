"""How well the detectors that know do on names they were not given: recall on held-out parts, and false positives.

    python -m tests.eval.known --data DIR [--noisy] [--show 40]

DIR has the tables that the starter lists are made of and the benign names they are held against. For the recall, a
fifth of each list is left out, by the hash of the registrable domain, so that no entry speaks for a neighbour it knows;
the names of that fifth are then asked for. What a detector finds of them, it finds without the list.
False positives are counted with the whole lists. Each is printed, with what other tables say of it, to be looked at.
`--noisy` adds the tables that have malicious names in them by all accounts: the long tails of popularity lists.
"""

import argparse
import base64
import gzip
import hashlib
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dnsguard.detect.context import Context
from dnsguard.detect.mining_words import evidence, may_mine
from dnsguard.detect.registry import QUERY, RESPONSE
from dnsguard.errors import WireError
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.starter import BLOCKLISTS, FILES
from dnsguard.intel.suffix import registrable
from dnsguard.wire.query import Query
from tests import judged

SLUGS = tuple(dict.fromkeys(FILES.values()))
CLEAN = {"tranco10k2026", "majestic10k2026", "umb100k2026"}
FOLDS = 5

Ask = Callable[[str], bool]


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a tab-separated file, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def held_out(name: str) -> bool:
    """Say whether a name belongs to the fifth that is left out."""
    return hashlib.blake2b(registrable(name).encode(), digest_size=4).digest()[0] % FOLDS == 0


def compiled(keep: Callable[[str], bool] = lambda _: True) -> Snapshot:
    """Compile the starter lists, or the part of them that is kept; addresses stay."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        configs = []
        for file, category in FILES.items():
            lines = (BLOCKLISTS / f"{file}.txt").read_text("ascii").splitlines(keepends=True)
            kept = [line for line in lines if line.startswith("#") or keep(line.split()[0])]
            (base / file).write_text("".join(kept), encoding="ascii")
            configs.append(ListConfig(name=file, category=category, path=file, believe=("torproject.org",)))
        return Snapshot.open(compile_lists(configs, base, base / "compiled", now=0.0).path)


def asker(slug: str, intel: Snapshot) -> Ask:
    """Give a function that says whether a slug's detector finds a name."""
    detector = next(each for each in QUERY if each.slug == slug)
    context = Context(detector.config_type(), intel)

    def ask(name: str) -> bool:
        return detector.inspect(Query.of(name), context) is not None

    return ask


def onions(count: int) -> list[str]:
    """Version 3 addresses, made by the words of rend-spec-v3 section 6."""
    dice = random.Random(3)
    found = []
    for _ in range(count):
        key = dice.randbytes(32)
        checksum = hashlib.sha3_256(b".onion checksum" + key + b"\3").digest()[:2]
        found.append(base64.b32encode(key + checksum + b"\3").decode().lower())
    return found


def recall(data: Path, console: Console) -> None:
    """Print what is found of the parts that the lists were not given."""
    intel = compiled(lambda entry: not held_out(entry))
    table = Table("detector", "names", "found", "recall", title="Recall without the list")

    def told(what: str, ask: Ask, names: Iterable[str]) -> None:
        found = Counter(map(ask, names))
        table.add_row(what, f"{found.total()}", f"{found[True]}", f"{found[True] / max(found.total(), 1):.1%}")

    mining = asker("currency_mining", intel)
    kinds = {row[0]: row[1] for row in rows(data / "mining_domains.tsv")}
    pools = list(filter(held_out, _of(kinds, "pool:")))
    told("currency_mining: pools", mining, pools)
    told("  of these, coin and work in the name", mining, filter(_worded, pools))
    told("  all such names, no list and no table of pools", _words_alone, filter(_worded, _of(kinds, "pool:")))
    told("  Sigma's pool hosts, no list", asker("currency_mining", compiled(lambda _: False)), _of(kinds, "pool:sigma"))
    told("currency_mining: web sites of pools", mining, filter(held_out, _of(kinds, "poolsite:")))
    told("currency_mining: browser miners", mining, filter(held_out, _of(kinds, "browser:")))

    gateways = [name for name in judged.entries("dark_web_proxy") if held_out(name)]
    addresses = onions(len(gateways))
    proxy = asker("dark_web_proxy", intel)
    told(
        "dark_web_proxy: v3 sites through them",
        proxy,
        (f"{address}.{gateway}" for address, gateway in zip(addresses, gateways, strict=True)),
    )
    told("dark_web_proxy: v2 sites through them", proxy, (f"3g2upl4pq6kufc4m.{gateway}" for gateway in gateways))
    darknet = [row[:2] for row in rows(data / "tor_darknet.tsv")]
    dark = asker("dark_web", intel)
    told("dark_web: real onion sites, none listed", dark, (name for kind, name in darknet if kind == "onion"))
    told("dark_web: names that start I2P", dark, (name for kind, name in darknet if kind == "i2p" and held_out(name)))
    for slug in ("phishing_domain", "threat_intel"):
        told(f"{slug}: known by lists alone", asker(slug, intel), filter(held_out, judged.entries(slug)))
    found, count = learned(intel)
    table.add_row(
        "sinkholed_domain: unlisted addresses, 5 listed domains each", f"{count}", f"{found}", f"{found / count:.1%}"
    )
    console.print(table)


def _of(kinds: dict[str, str], kind: str) -> list[str]:
    return [name for name, text in kinds.items() if kind in text]


COIN = re.compile(r"xmr|moner|btc|bitcoin|\b(?:eth|etc|ltc|zec|zeph|grin|aeon|trtl|salvium|sumokoin|cryptonight)\b")
WORK = re.compile(r"pool|miner|stratum|min(?:e|ing)\b")


def _worded(name: str) -> bool:
    """Say whether a person sees a pool in the name."""
    return bool(COIN.search(name) and WORK.search(name))


def _words_alone(name: str) -> bool:
    domain = registrable(name)
    return may_mine(name) and evidence(name[: -len(domain) - 1], domain, frozenset()) is not None


def learned(intel: Snapshot) -> tuple[int, int]:
    """Let each of 200 unlisted addresses answer for five listed domains, in mixed order; count those learned."""
    detector = next(each for each in RESPONSE if each.slug == "sinkholed_domain")
    context = Context(detector.config_type(), intel)
    listed = [entry for entry in judged.entries("threat_intel") if registrable(entry) == entry and not held_out(entry)]
    dice = random.Random(5)
    questions = [(f"203.0.113.{i + 1}", name) for i in range(200) for name in dice.sample(listed, 5)]
    dice.shuffle(questions)
    found = set()
    for address, name in questions:
        if detector.inspect(judged.response(name, f"{name}. 60 IN A {address}"), context):
            found.add(address)
    return len(found), 200


def benign(data: Path, *, noisy: bool) -> Iterator[tuple[str, str]]:
    """Table and name of all that is benign."""
    for name, lists in rows(data / "benign_domains.tsv.gz"):
        clean = not CLEAN.isdisjoint(tag.partition(":")[0] for tag in lists.split(","))
        if clean or noisy:
            yield "benign_domains, clean" if clean else "benign_domains, noisy", name
    for table in ("benign_fqdn", "benign_isp_subdomains", "public_dns_hostnames"):
        suffix = "txt.gz" if table == "public_dns_hostnames" else "tsv.gz"
        for row in rows(data / f"{table}.{suffix}"):
            yield table, row[0]
    for row in rows(data / "benign_lookalike_tunnel_names.tsv.gz"):
        yield "benign_lookalike_tunnel", row[1]
    if noisy:
        for row in rows(data / "benign_longtail_new_top1m.tsv.gz"):
            yield "benign_longtail, noisy", row[0]


def false_positives(data: Path, console: Console, *, noisy: bool, show: int) -> None:
    """Print how many benign names are found, and which."""
    intel = compiled()
    known = {row[0]: f"mining_domains: {row[1]}" for row in rows(data / "mining_domains.tsv")}
    asked = [
        (detector.slug, detector.inspect, Context(detector.config_type(), intel))
        for detector in QUERY
        if detector.slug in SLUGS
    ]
    names: Counter[str] = Counter()
    hits: dict[str, list[tuple[str, str, str]]] = {slug: [] for slug in SLUGS}
    unreadable = 0
    for table, name in benign(data, noisy=noisy):
        try:
            query = Query.of(name)
        except (WireError, ValueError):
            unreadable += 1
            continue
        names[table] += 1
        for slug, inspect, context in asked:
            finding = inspect(query, context)
            if finding is not None:
                hits[slug].append((table, name, f"{finding.reason}: {finding.evidence.get('matched', '')}"))
    told = Table("table", "names", *SLUGS, title="Benign names found")
    for table, count in names.items():
        told.add_row(table, f"{count}", *(f"{sum(hit[0] == table for hit in hits[slug])}" for slug in SLUGS))
    total = names.total()
    told.add_row("a million", "", *(f"{1e6 * len(hits[slug]) / total:.1f}" for slug in SLUGS))
    console.print(told, f"{total} names; {unreadable} that are no names left out")
    for slug in SLUGS:
        for table, name, reason in hits[slug][:show]:
            console.print(f"{slug}  {name}  ({table})  {reason}  {known.get(name, '')}", markup=False)
        if len(hits[slug]) > show:
            console.print(f"{slug}  and {len(hits[slug]) - show} more")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--noisy", action="store_true", help="count the noisy tables too")
    parser.add_argument("--show", type=int, default=40, metavar="N", help="names printed for each detector")
    args = parser.parse_args()
    console = Console(width=160, highlight=False)
    recall(args.data, console)
    false_positives(args.data, console, noisy=args.noisy, show=args.show)


if __name__ == "__main__":
    main()
