"""Floods of random names through the pipeline: how soon they are recognised, what is stopped, what is refused beside.

    python -m tests.eval.made_up_floods [--queries 10000] [--all]

Before each flood, hosts of the zone resolve; while it goes on they are asked for again, as are hosts that every zone
has and nobody asked for before. No data is needed. Detectors of tunnels see a flood as well; without `--all` they are
off, so that what is measured is random_domain's.
"""

import argparse
import random

from rich.console import Console
from rich.table import Table

from tests.eval.made_up_hosts import LETTERS, Event
from tests.eval.made_up_network import Network

KNOWN = ("shop", "x7f3k9q2", "static-2", "tracking", "eu-west-1", "b2b", "kundenportal", "q")
"""Hosts that have resolved, odd ones among them."""
UNSEEN = ("www", "mail", "api", "autodiscover", "ns1")
TUNNELS = ("data_exfiltration", "data_obfuscation", "data_infiltration")
ALPHABETS = {"letters": LETTERS, "letters and digits": LETTERS + "0123456789", "hexadecimal": "0123456789abcdef"}


def flood(
    alphabet: str, size: int, clients: int, rate: float, zone: str, queries: int, config: str
) -> tuple[int, float, int, int]:
    """Queries that passed before one was stopped, share stopped, hosts of the zone refused and asked for."""
    dice = random.Random(f"{alphabet} {size} {clients} {rate} {zone}")
    network = Network('mode = "block"\n' + config, frozenset({"random_domain"}))
    for at, host in enumerate(KNOWN):
        network.play(b"\xc0\0\2\1", Event(float(at), f"{host}.{zone}", exists=True), 1.7e9)
    first = stopped = refused = asked = 0
    for at in range(queries):
        client = bytes([192, 0, 2, 10 + at % clients])
        name = "".join(dice.choices(alphabet, k=size)) + "." + zone
        # past the life of what was resolved before, so that nothing comes from the cache
        time = 4000.0 + at / rate
        told = len(network.found)
        network.play(client, Event(time, name, exists=False, zone=zone), 1.7e9)
        if len(network.found) > told and network.found[-1][2].value == "block":
            stopped += network.passed == 0
            first = first or at
        if at % 50 == 49:
            for host in (dice.choice(KNOWN), dice.choice(UNSEEN)):
                asked += 1
                raw = network.play(client, Event(time, f"{host}.{zone}", exists=True), 1.7e9)
                refused += raw[3] & 15 != 0
    return first or queries, stopped / queries, refused, asked


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=10000)
    parser.add_argument("--all", action="store_true", help="leave the detectors of tunnels on")
    args = parser.parse_args()
    config = "" if args.all else "".join(f'[detect.{slug}]\nmode = "off"\n' for slug in TUNNELS)
    table = Table("names of", "clients", "a second", "zone", "until stopped", "stopped", "hosts refused")
    for kind, alphabet in ALPHABETS.items():
        for size in (6, 8, 12, 16):
            for clients, rate, zone in ((1, 100.0, "victim-shop.com"), (50, 500.0, "victim.co.uk")):
                first, share, refused, asked = flood(alphabet, size, clients, rate, zone, args.queries, config)
                row = (
                    f"{size} {kind}",
                    f"{clients}",
                    f"{rate:g}",
                    zone,
                    f"{first}",
                    f"{share:.2%}",
                    f"{refused} of {asked}",
                )
                table.add_row(*row)
    for clients, rate, zone in (
        (1, 5.0, "victim-shop.com"),
        (1, 100.0, "wikipedia.org"),
        (200, 100.0, "victim-shop.com"),
    ):
        first, share, refused, asked = flood(LETTERS, 10, clients, rate, zone, args.queries, config)
        row = "10 letters", f"{clients}", f"{rate:g}", zone, f"{first}", f"{share:.2%}", f"{refused} of {asked}"
        table.add_row(*row)
    Console(width=140, highlight=False).print(table)


if __name__ == "__main__":
    main()
