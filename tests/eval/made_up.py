"""How well made-up names are found: alone, by what hosts do, and how often benign names and hosts are taken for such.

    python -m tests.eval.made_up --data DIR [--held-out FILE] [--host-days 10000] [--seed 12] [--svg DIR]

DIR has dga.tsv.gz and benign_domains.tsv.gz, benign_fqdn.tsv.gz and others. The model in the package has met all
families of dga.tsv.gz. FILE, which `python -m dnsguard.models.train --held-out FILE` writes, has each name's margin by
a model that has met neither its family nor, of benign names, the name; with it, names and hosts are judged by that.
Hosts are played through the pipeline with packets (module made_up_hosts); `--seed` draws other ones, 12 are those that
the rules were tuned on. `--svg` draws what is found by name.
"""

import argparse
import ipaddress
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dnsguard.detect import made_up
from dnsguard.errors import WireError
from dnsguard.model import Mode
from dnsguard.models import corpus, generated
from dnsguard.models.popularity import rank
from dnsguard.wire import names as wire_names
from tests.eval import made_up_hosts as hosts
from tests.eval import plots
from tests.eval.made_up_network import SLUGS, Network

FPRS = (1e-4, 1e-3, 1e-2)
WORDS = frozenset({"matsnu", "suppobox", "gozi", "ngioweb", "beebone", "pitou", "pushdo", "banjori"})
"""Families whose names are made of words or syllables."""
ADVERSARIAL = ("charbot", "markov")


def margins(path: Path) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Benign names and families with their held-out margins."""
    benign: dict[str, float] = {}
    families: dict[str, dict[str, float]] = defaultdict(dict)
    for family, name, value in corpus.rows(path):
        (families[family] if family else benign)[name] = float(value)
    return benign, dict(families)


def rates(benign: Sequence[float], found: Sequence[float]) -> list[float]:
    """Shares found at each false-positive rate."""
    falling = sorted(benign, reverse=True)
    bounds = [falling[int(rate * len(falling))] for rate in FPRS]
    return [sum(value > bound for value in found) / len(found) for bound in bounds]


def charbot(dice: random.Random, name: str) -> str:
    """Two characters of a benign label replaced (Peck et al., IEEE Access 2019)."""
    label, _, suffix = name.partition(".")
    for at in dice.sample(range(len(label)), min(2, len(label))):
        label = label[:at] + dice.choice(hosts.LETTERS) + label[at + 1 :]
    return f"{label}.{suffix}"


def markov(dice: random.Random, names: Sequence[str], count: int) -> list[str]:
    """Labels drawn letter by letter as three before were followed in benign ones."""
    after: dict[str, list[str]] = defaultdict(list)
    for name in names:
        text = "^^^" + name.partition(".")[0] + "$"
        for at in range(len(text) - 3):
            after[text[at : at + 3]].append(text[at + 3])
    made = []
    while len(made) < count:
        text = "^^^"
        while not text.endswith("$") and len(text) < 30:
            text += dice.choice(after[text[-3:]])
        if text.endswith("$") and len(text) > 9:
            made.append(text[3:-1] + ".com")
    return made


def by_name(console: Console, benign: dict[str, float], families: dict[str, dict[str, float]], data: Path) -> None:
    """Print the table of families, and what adversaries get past."""
    table = Table("family", "names", *(f"TPR at {rate:g}" for rate in FPRS), title="By name, families never met")
    scores = list(benign.values())
    results = {family: rates(scores, list(own.values())) for family, own in families.items()}
    for family, found in sorted(results.items(), key=lambda each: each[1][1]):
        table.add_row(family, f"{len(families[family])}", *(f"{value:.1%}" for value in found))
    macro = [sum(found[at] for found in results.values()) / len(results) for at in range(len(FPRS))]
    table.add_row("macro", f"{len(results)} families", *(f"{value:.1%}" for value in macro))
    dice = random.Random(11)
    seen = [name for name in corpus_names(data) if corpus.part(name, 20) < 7]
    made = {
        "charbot": [charbot(dice, dice.choice(seen)) for _ in range(2000)],
        "markov": markov(dice, seen[:50000], 2000),
    }
    model = generated.model()
    for kind in ADVERSARIAL:
        found = rates(scores, [model.margin(name.partition(".")[0], name.partition(".")[2]) for name in made[kind]])
        table.add_row(f"adversarial: {kind}", f"{len(made[kind])}", *(f"{value:.1%}" for value in found))
    console.print(table)
    console.print(f"{len(scores)} benign names, clean, never trained upon")


def draw(folder: Path, benign: dict[str, float], families: dict[str, dict[str, float]]) -> None:
    """Draw what is found by name, families of words apart."""
    scores = list(benign.values())
    words = [list(own.values()) for family, own in families.items() if family in WORDS]
    others = [list(own.values()) for family, own in families.items() if family not in WORDS]
    curves = {
        f"{len(others)} random-looking families": plots.shares(scores, others),
        f"all {len(families)}": plots.shares(scores, [*others, *words]),
        f"{len(words)} of words or syllables": plots.shares(scores, words),
    }
    plots.write(folder, "made_up", curves)


def corpus_names(data: Path) -> list[str]:
    """Clean benign names."""
    return [name for name, lists in corpus.rows(data / "benign_domains.tsv.gz") if corpus.is_clean(lists)]


def world(data: Path) -> hosts.World:
    """Names for benign hosts."""
    usual, dead, popular = [], [], []
    for name, lists in corpus.rows(data / "benign_domains.tsv.gz"):
        if "\\" in name or name.startswith("xn--"):
            continue
        if ":rc3" in lists or ":rc2" in lists:
            dead.append(name)
        elif rank(name) in {1, 2, 3}:
            popular.append(name)
        elif corpus.is_clean(lists):
            usual.append(name)
        elif corpus.part(name, 40) == 0:
            dead.append(name)
    full = [row[0] for row in corpus.rows(data / "benign_fqdn.tsv.gz")]
    return hosts.World(popular, usual, dead, full)


def by_host(
    console: Console, data: Path, families: dict[str, list[str]], held: dict[str, float], host_days: int, seed: int
) -> None:
    """Print how soon bots are told, and how often benign hosts are."""
    dice = random.Random(seed)
    here = world(data)
    results: dict[str, list[tuple[int, bool, int]]] = defaultdict(list)
    for family, own in families.items():
        if len(own) < 12:
            continue
        for gap in (1.0, 5.0, 30.0):
            for _ in range(3):
                results[family].append(_bot(dice, here, dice.sample(own, min(len(own), 41)), held, gap))
    table = Table("family", "runs", "told within 10", "names until told, median", "rendezvous blocked", title="By host")
    kinds: dict[str, list[list[float]]] = defaultdict(list)
    for family, runs in sorted(results.items(), key=lambda each: -_median([run[0] for run in each[1]])):
        within = sum(run[0] <= 10 for run in runs) / len(runs)
        blocked = sum(run[1] for run in runs) / len(runs)
        median = _median([run[0] for run in runs])
        table.add_row(family, f"{len(runs)}", f"{within:.0%}", f"{median:g}", f"{blocked:.0%}")
        kinds["words" if family in WORDS else "random"].append([within, median, blocked])
    for kind, rows in kinds.items():
        table.add_row(
            f"all of {kind}",
            f"{len(rows)} families",
            f"{sum(row[0] > 0.5 for row in rows)} families, {sum(row[0] for row in rows) / len(rows):.0%} of runs",
            f"{_median([row[1] for row in rows]):g}",
            f"{sum(row[2] for row in rows) / len(rows):.0%}",
        )
    console.print(table)
    others = [run[2] for runs in results.values() for run in runs]
    console.print(f"benign names of infected hosts blocked with them: {sum(others)} in {len(others)} host-days")
    network = Network(slugs=SLUGS)
    told: Counter[str] = Counter()
    for index in range(host_days):
        client = ipaddress.ip_address(0x0A000000 + index % 200).packed
        before = len(network.found)
        for event in hosts.benign_day(dice, here):
            network.play(client, event, hosts.DAY * (1 + index // 200) + 1.7e9)
        for _, finding, mode in network.found[before:]:
            if mode is not Mode.SHADOW:
                told[finding.slug] += 1
                if told.total() < 40:
                    console.print(index, finding.slug, finding.reason, finding.zone, finding.evidence, markup=False)
                break
    console.print(f"benign: {host_days} host-days, with an alert: {dict(told)}; crashes: {network.crashes[:3]}")


def _bot(
    dice: random.Random, here: hosts.World, names: Sequence[str], held: dict[str, float], gap: float
) -> tuple[int, bool, int]:
    """Failing names until the alert (41: none), whether the last's address was kept back, how many benign ones were."""
    network = Network('mode = "block"', SLUGS)
    kept = network.memory.of(made_up.Margins).kept
    for name in names:
        if (domain := made_up.zone(name)) and name in held:
            kept[domain] = held[name]
    client = b"\xc0\0\2\7"
    start = 12 * 3600.0
    events = [*hosts.benign_day(dice, here, "person"), *hosts.bot_run(dice, names, gap, start)]
    failing = set(names[:-1])
    count, told, met, others = 0, 0, False, 0
    for event in sorted(events):
        count += event.name in failing
        before = len(network.found)
        raw = network.play(client, event, 1.7e9)
        if not told and any(mode is not Mode.SHADOW for _, _, mode in network.found[before:]):
            told = count
        if event.name == names[-1]:
            met = raw[3] & 15 == 3
        elif event.exists:
            others += raw[3] & 15 == 3
    return told or 41, met, others


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def benign(data: Path) -> Iterator[tuple[str, str]]:
    """Table and name of all that is benign."""
    for name, lists in corpus.rows(data / "benign_domains.tsv.gz"):
        if corpus.is_clean(lists):
            yield "benign_domains, clean", name
    for table in ("benign_fqdn", "benign_isp_subdomains"):
        for row in corpus.rows(data / f"{table}.tsv.gz"):
            yield table, row[0]
    for row in corpus.rows(data / "benign_lookalike_tunnel_names.tsv.gz"):
        yield "benign_lookalike_tunnel_names", row[1]
    for row in corpus.rows(data / "benign_longtail_new_top1m.tsv.gz"):
        yield "benign_longtail_new_top1m, noisy", row[0]


def alerts(console: Console, data: Path, show: int) -> None:
    """Print how often one client that asks for all benign names, twenty a second, is told of; they all resolve."""
    count: Counter[str] = Counter()
    told: dict[str, list[str]] = defaultdict(list)
    network = Network(slugs=SLUGS)
    for table, name in benign(data):
        try:
            wire_names.encode(name)
        except (WireError, ValueError):
            continue
        count[table] += 1
        before = len(network.found)
        network.play(b"\xc0\0\2\7", hosts.Event(0.05 * count.total(), name, exists=True), 1.7e9)
        for _, finding, mode in network.found[before:]:
            if mode is not Mode.SHADOW:
                told[table].append(f"{finding.slug}: {finding.zone}, {finding.reason}: {name}")
    table = Table(
        "names", "asked", "queries told", "alerts", "alerts a million", title="Benign names, asked by one client"
    )
    for name, asked_for in count.items():
        alerted = len({line.rpartition(":")[0] for line in told[name]})
        table.add_row(name, f"{asked_for}", f"{len(told[name])}", f"{alerted}", f"{1e6 * alerted / asked_for:.1f}")
    console.print(table)
    console.print(f"crashes: {network.crashes[:3]}")
    for name, lines in told.items():
        for line in lines[:show]:
            console.print(f"{name}: {line}", markup=False)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--host-days", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=12, metavar="N", help="of the hosts and their days")
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--svg", type=Path, metavar="DIR", help="where ROC and DET curves are drawn")
    parser.add_argument("--only", choices=("names", "hosts", "benign"))
    args = parser.parse_args()
    console = Console(width=160, highlight=False)
    if args.held_out:
        known, families = margins(args.held_out)
    else:
        model = generated.model()
        dice = random.Random(13)
        known = {
            name: model.margin(*name.split(".", 1)) for name in corpus_names(args.data) if corpus.part(name, 20) > 14
        }
        families = {}
        for family, names in corpus.families(args.data).items():
            some = dice.sample(names, min(len(names), 500))
            families[family] = {".".join(name): model.margin(*name) for name in some}
    if args.only in {None, "names"}:
        by_name(console, known, families, args.data)
        if args.svg:
            draw(args.svg, known, families)
    if args.only in {None, "hosts"}:
        held = {name: value for own in families.values() for name, value in own.items()} if args.held_out else {}
        names = {family: list(own) for family, own in families.items()}
        by_host(console, args.data, names, held, args.host_days, args.seed)
    if args.only in {None, "benign"}:
        alerts(console, args.data, args.show)


if __name__ == "__main__":
    main()
