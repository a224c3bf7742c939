"""Make `dnsguard/models/label_bits.z` again from the project's data folder: the same data give the same file.

    PYTHONPATH=. python tests/make_labels.py --data DIR [--out dnsguard/models/label_bits.z]

Counts three characters in a row in what stands below the zones of host names that resolvers are asked for. No zone
has a say for more than a few of its names, or the largest CDN would decide what a host name looks like.
"""

import argparse
import hashlib
import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from dnsguard.intel.cut import cut
from dnsguard.models.labels import BOUNDARY, SCALE, SYMBOLS, symbols
from tests.make_blocklists import table

PER_ZONE = 20
MAX_BITS = 5.5
RANDOM = re.compile(r"[0-9a-f]{16}|^\d+\.\d+\.\d+\.\d+\.|\.avts$|\.sbl|bl$|safeframe")
"""What a machine made, and other machines take for a host name: no part of what words cost."""


def below(data: Path) -> Iterator[str]:
    """What stands below the zones, each name once."""
    cuts = cut()
    by_zone: dict[str, set[str]] = defaultdict(set)
    for row in table(data / "benign_fqdn.tsv.gz"):
        zone = cuts.zone(row[0])
        host = row[0][: -len(zone) - 1]
        if host and not row[0].endswith(".arpa"):
            by_zone[zone].add(host)
    for hosts in by_zone.values():
        yield from sorted(hosts, key=lambda host: hashlib.blake2b(host.encode()).digest())[:PER_ZONE]
    for row in table(data / "benign_isp_subdomains.tsv.gz"):
        yield row[0]


def bits(hosts: Iterator[str]) -> bytes:
    """Cost of each symbol after each two, interpolated as Witten and Bell do (IEEE Trans. Inf. Theory 37(4), 1991)."""
    three: dict[int, Counter[int]] = defaultdict(Counter)
    two: dict[int, Counter[int]] = defaultdict(Counter)
    one: Counter[int] = Counter()
    for host in hosts:
        if RANDOM.search(host):
            continue
        before = BOUNDARY * SYMBOLS + BOUNDARY
        for symbol in (*symbols(host), BOUNDARY):
            three[before][symbol] += 1
            two[before % SYMBOLS][symbol] += 1
            one[symbol] += 1
            before = before % SYMBOLS * SYMBOLS + symbol
    base = [(one[symbol] + 1) / (one.total() + SYMBOLS) for symbol in range(SYMBOLS)]
    after_one = [mixed(two[before], base) for before in range(SYMBOLS)]
    costs = bytearray()
    for before in range(SYMBOLS * SYMBOLS):
        for share in mixed(three[before], after_one[before % SYMBOLS]):
            costs.append(round(min(-math.log2(share), MAX_BITS) * SCALE))
    return bytes(costs)


def mixed(counts: Counter[int], shorter: list[float]) -> list[float]:
    """Shares of all symbols after one context; what it has not seen, the shorter one says."""
    total, kinds = counts.total(), len(counts)
    if not total:
        return shorter
    return [(counts[symbol] + kinds * shorter[symbol]) / (total + kinds) for symbol in range(SYMBOLS)]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("dnsguard/models/label_bits.z"))
    args = parser.parse_args()
    costs = bits(below(args.data))
    args.out.write_bytes(zlib.compress(costs, 9))
    print(f"{len(costs)} costs, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
