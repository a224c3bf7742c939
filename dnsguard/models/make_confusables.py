"""Make `confusables.txt` again from Unicode's confusables.txt (UTS #39): what else looks like a-z, 0-9 and the hyphen.

    python -m dnsguard.models.make_confusables --data DIR [--out dnsguard/models/confusables.txt]

DIR has `uts39_confusables_v17.txt.gz`. A domain's letters that carry marks, hooks or strokes are no confusables to
UTS #39, but are to a reader in a hurry: letters named LATIN SMALL LETTER X WITH ..., or LATIN LETTER SMALL CAPITAL X,
count as X. The prototypes of UTS #39 are followed until they end in ASCII; what never does is left out.
"""

import argparse
import gzip
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Final

from dnsguard.models.confusables import TABLE

SOURCE: Final = "uts39_confusables_v17.txt.gz"
NAMED: Final = re.compile(
    r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL|SMALL LETTER SCRIPT|SMALL LETTER DOTLESS) ([A-Z])(?: WITH .*)?"
)
BY_HAND: Final = {
    **dict(
        zip(
            "əɑɩɪʟᴋĸʏƿŋɢɴʀʙʜʏꜱß",
            ("a", "a", "i", "i", "l", "k", "k", "y", "p", "n", "g", "n", "r", "b", "h", "y", "s", "b"),
            strict=True,
        )
    ),
    **dict(zip("ƻʒƽæœɯʌ", ("2", "3", "5", "ae", "oe", "w", "v"), strict=True)),
}
"""Letters with names of their own that registries sell and squatters use (dnstwist has them)."""
HEADER: Final = """\
# What looks like ASCII letters and digits: each line a prototype and the characters that pass for it. Made by
# make_confusables.py from Unicode's confusables.txt 17.0.0 (UTS #39; (c) Unicode, Inc., Unicode License v3) and the
# names of Latin letters with marks.
"""


def prototypes(data: Path) -> dict[str, str]:
    """The mappings as UTS #39 gives them, character -> prototype."""
    found = {}
    with gzip.open(data / SOURCE, "rt", encoding="utf-8-sig") as file:
        for line in file:
            parts = line.partition("#")[0].split(";")
            if len(parts) >= 2:
                source, target = ("".join(chr(int(code, 16)) for code in part.split()) for part in parts[:2])
                found[source] = target
    return found


def named(char: str) -> str:
    """Base letter by the character's name; empty if it says none."""
    match = NAMED.fullmatch(unicodedata.name(char, ""))
    return match[1].lower() if match else ""


def plain(char: str, known: dict[str, str], depth: int = 0) -> str:
    """ASCII that the character passes for; empty if it does for none."""
    if char.isascii():
        return char.lower()
    if char in BY_HAND:
        return BY_HAND[char]
    if (letter := named(char)) or depth > 4:
        return letter
    parts = unicodedata.normalize("NFKD", known.get(char) or char)
    parts = "".join(part for part in parts if not unicodedata.combining(part))
    if not parts or parts == char:
        return ""
    seen = [plain(part, known, depth + 1) for part in parts]
    return "".join(seen) if all(seen) else ""


def table(known: dict[str, str]) -> dict[str, str]:
    """Prototype -> its characters, in order."""
    found: dict[str, set[str]] = defaultdict(set)
    every = {char for char in known if len(char) == 1} | set(BY_HAND) | {chr(n) for n in range(0xC0, 0x250)}
    every |= {
        chr(n) for n in (*range(0x250, 0x2B0), *range(0x1D00, 0x1DC0), *range(0x1E00, 0x1F00), *range(0x2C60, 0x2C80))
    }
    every |= {chr(n) for n in range(0xA720, 0xA800)}
    for char in every:
        # a domain name is lower case: its capitals never come
        ascii_form = "" if char.isascii() else plain(char, known)
        if ascii_form and re.fullmatch("[a-z0-9-]{1,3}", ascii_form):
            found[ascii_form].add(char)
    return {prototype: "".join(sorted(found[prototype])) for prototype in sorted(found)}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    made = table(prototypes(args.data))
    lines = (f"{prototype} {chars}\n" for prototype, chars in made.items())
    args.out.write_text(HEADER + "".join(lines), encoding="utf-8")
    print(f"{sum(map(len, made.values()))} characters for {len(made)} prototypes")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
