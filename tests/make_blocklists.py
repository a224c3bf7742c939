"""Make `blocklists/` again from the project's data folder: the same data give the same files, byte for byte.

    PYTHONPATH=. python tests/make_blocklists.py --data DIR [--out blocklists]

DIR has `threat_domains.tsv.gz` and the tables it is held against. The lists are starters: chosen so that each family
is represented, none of the names popular, none of them one that strangers share. Feeds that are fetched at run time go
further than any list that comes with a program.
"""

import argparse
import gzip
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from dnsguard.intel.names import canonical, suffixes
from dnsguard.intel.suffix import is_registry, is_shared, registrable
from tests import starter_tables as tables

LICENSED = {"mt", "blackbook"}
"""Sources whose rows may be copied: maltrail (MIT), blackbook (public domain)."""
NON_COMMERCIAL = {"cf1m2023", "cf100k2026"}
"""Their licence keeps them out of anything that ships, even as a filter."""
OLD = {"alexa100k2014", "alexa100k2016", "tracker2022"}
"""What was popular ten years ago, or is known for tracking, does not speak for a name that a specialist's list has."""
THREAT_NAMES = 50_000
GENERIC = {"android_fakeapp", "fakeapp", "generic"}
"""Families that say nothing about what was found."""


def table(path: Path) -> Iterator[list[str]]:
    """Rows of a tab-separated file, comments left out."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def popular(data: Path, doubted: set[str] = NON_COMMERCIAL) -> set[str]:
    """All names that benign lists have, and every name above them: none of these may be listed.

    What stands only in the `doubted` lists does not count.
    """
    names: set[str] = set()
    for domain, lists in table(data / "benign_domains.tsv.gz"):
        if not {tag.split(":")[0] for tag in lists.split(",")} <= doubted:
            names.update(suffixes(domain))
    for row in table(data / "benign_fqdn.tsv.gz"):
        if not set(row[-1].split(",")) <= doubted:
            names.update(suffixes(row[0]))
    for file, column in (
        ("benign_longtail_new_top1m.tsv.gz", 0),
        ("benign_isp_subdomains.tsv.gz", 0),
        ("benign_lookalike_tunnel_names.tsv.gz", 1),
        ("public_dns_hostnames.txt.gz", 0),
    ):
        for row in table(data / file):
            names.update(suffixes(row[column]))
    names.update((data / "url_shorteners.txt").read_text("utf-8").split())
    return names


def shared_suffixes(data: Path) -> list[str]:
    """Dynamic-DNS suffixes of maltrail and Emerging Threats that publicsuffix.org does not have."""
    rows = [name for name, source in table(data / "dynamic_dns_suffixes.tsv.gz") if "maltrail" in source.split(",")]
    rows += [
        row[0] for row in table(data / "nids_et_domains.tsv.gz") if row[1] == "suffix" and "DYNAMIC_DNS" in row[-1]
    ]
    names = {canonical(row) for row in rows}
    return sorted(name for name in names if registrable(f"x.{name}") != f"x.{name}")


def families(tags: Iterable[str]) -> list[str]:
    """Malware families of a row, long maltrail lists' parts joined: `mt:malware/njrat-1` -> `njrat`."""
    found = set()
    for tag in tags:
        source, _, text = tag.partition(":")
        if source == "blackbook":
            found.add(text)
        elif text.startswith("malware/"):
            found.add(re.sub(r"-\d+$", "", text.removeprefix("malware/")))
    return sorted(found - GENERIC)


def threat_intel(data: Path, shared: set[str]) -> list[tuple[str, str]]:
    """Choose (name, family): as many of each family as fit, those that several sources name first."""
    benign = popular(data)
    dynamic = {row[0] for row in table(data / "dynamic_dns_suffixes.tsv.gz")}
    candidates: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for host, text in table(data / "threat_domains.tsv.gz"):
        tags = text.split(",")
        sources = {tag.partition(":")[0] for tag in tags}
        family = families(tags)
        if not family or not sources & LICENSED:
            continue
        try:
            name = canonical(host)
        except ValueError:
            continue
        if name in benign or name in shared or name in dynamic or is_registry(name) or is_shared(name):
            continue
        # several sources first, then whole domains; the hash spreads the rest evenly, and the same way each time
        order = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        candidates[family[0]].append((-len(sources), int(registrable(name) != name), order, name))
    chosen: list[tuple[str, str]] = []
    for rows in candidates.values():
        rows.sort()
    most = max(map(len, candidates.values()))
    for i in range(most):
        # round by round, so that small families are whole before large ones grow
        for family in sorted(candidates):
            if i < len(candidates[family]) and len(chosen) < THREAT_NAMES:
                chosen.append((candidates[family][i][3], family))
    return sorted(chosen)


def write(path: Path, what: str, sources: str, rows: list[tuple[str, str]]) -> None:
    """Write one list."""
    path.write_text(
        f"# {what}\n# From {sources}; see SOURCES.md. Made by tests/make_blocklists.py.\n"
        + "".join(f"{entry} # {comment}\n" if comment else f"{entry}\n" for entry, comment in rows),
        encoding="ascii",
    )


def starters(data: Path, out: Path, shared: set[str]) -> None:
    """Write the lists of all categories but threat_intel."""
    strict, benign = popular(data), popular(data, NON_COMMERCIAL | OLD)
    # strangers' names below these are listed one by one, never the suffix
    shared |= {row[0] for row in table(data / "dynamic_dns_suffixes.tsv.gz")}
    made = {
        "currency_mining": (
            "Mining pools and sites whose pages mine; each matches itself and all below.",
            "maltrail, mempool, anudeepND and NoCoin (MIT), Emerging Threats Open (BSD)",
            tables.currency_mining(data, benign, strict, shared),
        ),
        "dark_web": (
            "What Tor, I2P and Lokinet are downloaded and started from; each matches itself and all below.",
            "maltrail (MIT), i2pd (BSD) and the networks' own documentation",
            tables.dark_web(data, benign, shared),
        ),
        "dark_web_addresses": (
            "Tor's directory authorities.",
            "tor's src/app/config/auth_dirs.inc (BSD)",
            sorted(tables.TOR_AUTHORITIES.items()),
        ),
        "dark_web_proxy": (
            "Web proxies into the Tor network; each matches itself and all below.",
            "maltrail (MIT) and Emerging Threats Open (BSD)",
            tables.dark_web_proxy(data, benign, shared),
        ),
        "sinkholed_domain": (
            "Name servers, SOA primaries and hosts of sinkholes, with their operator; each also matches all below.",
            "maltrail and brakmic/Sinkholes (MIT)",
            tables.sinkholed_names(data, benign, shared),
        ),
        "sinkholed_domain_addresses": (
            "Addresses of sinkholes, with their operator.",
            "maltrail and brakmic/Sinkholes (MIT), MISP warning lists (CC0)",
            tables.sinkholed_addresses(data),
        ),
        "phishing_domain": (
            "Phishing names, with the day each was seen; each matches itself and all below.",
            "The Block List Project (Unlicense)",
            tables.phishing_domain(table(data / "phishing_hosts.tsv.gz"), strict, shared),
        ),
    }
    for name, (what, sources, rows) in made.items():
        write(out / f"{name}.txt", what, sources, rows)
        print(f"{len(rows):6} {name}")


def main() -> None:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "blocklists")
    args = parser.parse_args()
    shared = shared_suffixes(args.data)
    write(
        args.out / "shared_suffixes.txt",
        "Dynamic-DNS suffixes: strangers get names below them, so an entry for one matches it alone.",
        "maltrail (MIT) and Emerging Threats Open (BSD)",
        [(name, "") for name in shared],
    )
    threats = threat_intel(args.data, set(shared))
    write(
        args.out / "threat_intel.txt",
        "Starter list of malware domains, with the family each belongs to; each matches itself and all below.",
        "maltrail (MIT) and blackbook (public domain)",
        threats,
    )
    starters(args.data, args.out, set(shared))
    count = Counter(family for _, family in threats)
    print(
        f"{len(shared)} shared suffixes; {len(threats)} threat names of {len(count)} families: {count.most_common(5)}"
    )


if __name__ == "__main__":
    main()
