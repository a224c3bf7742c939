"""Make `blocklists/access_networks.txt` again from the project's data folder: the same data give the same file.

    PYTHONPATH=. python tests/make_access_networks.py --data DIR [--out blocklists/access_networks.txt]

Zones of providers who give each subscriber's address a host name: those with three or more in a list of hosts that the
providers named (MISP/misp-warninglists, lists/public-dns-hostname, CC0), and that no popularity list has.
"""

import argparse
from collections import Counter
from pathlib import Path

from dnsguard.intel.cut import cut
from dnsguard.models.popularity import rank
from tests.make_blocklists import table

LEAST = 3
HEADER = """\
# Zones of providers who give each subscriber's address a host name: many names, and all of them theirs.
# From MISP/misp-warninglists, lists/public-dns-hostname (CC0). Made by tests/make_access_networks.py; see SOURCES.md.
"""


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("blocklists/access_networks.txt"))
    args = parser.parse_args()
    cuts = cut()
    zones = Counter(cuts.zone(row[0]) for row in table(args.data / "public_dns_hostnames.txt.gz"))
    kept = sorted(zone for zone, hosts in zones.items() if hosts >= LEAST and not rank(zone))
    args.out.write_text(HEADER + "".join(f"{zone}\n" for zone in kept), "ascii")
    print(f"{len(kept)} zones")


if __name__ == "__main__":
    main()
