"""Look-ups by the million against a plain dict: `python -m tests.fuzz.look_ups [--count N] [--names N] [--seed N]`.

Names asked for are listed ones, names below and above them, ones a letter off, and others, in even parts.
"""

import argparse
import random
import tempfile
from pathlib import Path

from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.names import suffixes
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.suffix import is_registry
from tests.bench.lists import domains


def changed(name: str, rng: random.Random) -> str:
    """A name that is listed, made into one that is, or is not."""
    kind = rng.randrange(4)
    if kind == 0:
        return name
    if kind == 1:
        return f"{rng.choice(('www', 'a.b', 'x-1'))}.{name}"
    if kind == 2:
        return name.partition(".")[2]
    at = rng.randrange(len(name))
    return name[:at] + rng.choice("abc-") + name[at + 1 :]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="look-ups")
    parser.add_argument("--names", type=int, default=200_000, help="listed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    listed = list(domains(options.names, options.seed))
    others = list(domains(options.names, options.seed + 1))
    lines: dict[str, int] = {}
    for line, name in enumerate(listed, 1):
        if not is_registry(name):
            lines.setdefault(name, line)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "list.txt").write_text("".join(f"{name}\n" for name in listed))
        config = ListConfig(name="list", category="threat_intel", path="list.txt")
        shot = Snapshot.open(compile_lists([config], folder, folder / "compiled", now=1.0).path)
        found = 0
        for _ in range(options.count):
            name = changed(rng.choice(listed if rng.random() < 0.8 else others), rng)
            expected = [(entry, lines[entry]) for entry in suffixes(name) if entry in lines]
            matches = [(match.entry, match.line) for match in shot.matches(name)]
            if matches != expected:
                raise SystemExit(f"{name!r}: {matches} instead of {expected}")
            found += bool(expected)
    print(f"{options.count:,} look-ups among {len(lines):,} names, {found:,} of them listed: as the dict says")


if __name__ == "__main__":
    main()
