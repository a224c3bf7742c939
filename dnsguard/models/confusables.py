"""What a name looks like to somebody who reads Latin letters: confusable characters brought back to ASCII (UTS #39).

The table is `confusables.txt`, made by `python -m dnsguard.models.make_confusables`. `latin` is the skeleton of UTS #39
with two differences: prototypes are the ASCII characters that brands are written in, and marks on letters are left out,
as readers overlook them. `folded` goes on to what is confused within ASCII: `paypa1`, `arnazon`.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("confusables.txt")
PREFIX: Final = "xn--"
_SAME: Final = bytes.maketrans(b"01345789iq", b"oleastbglg")


@cache
def _table() -> dict[str, str]:
    found = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            prototype, _, characters = line.partition(" ")
            found.update(dict.fromkeys(characters, prototype))
    return found


def decoded(label: str) -> str:
    """Unicode of an A-label, whether IDNA would allow it or not; the label itself if it is none, or broken."""
    if not label.startswith(PREFIX):
        return label
    try:
        # clients show what they can decode: RFC 3492, without the checks of RFC 5891
        return label[len(PREFIX) :].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


def latin(text: str) -> str:
    """What the text looks like in ASCII; characters that look like none stay."""
    if text.isascii():
        return text
    table = _table()
    parts = []
    for char in text:
        seen = char if char.isascii() else table.get(char)
        if seen is None:
            # what the table lacks: a letter with marks of its own
            plain = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
            seen = "".join(table.get(part, part) for part in plain)
        parts.append(seen)
    return "".join(parts).lower()


def flattened(text: str) -> str:
    """Bring single characters of ASCII that are confused to one: `0` and `o`, `1`, `i` and `l`. Hyphens are left out.

    Two texts that are one step apart are at most one step apart when flattened.
    """
    if text.isascii():
        return text.encode().translate(_SAME, b"-").decode()
    # what a broken A-label holds may be a surrogate
    return text.encode("utf-8", "surrogatepass").translate(_SAME, b"-").decode("utf-8", "surrogatepass")


def folded(text: str) -> str:
    """Flattened, and pairs that pass for one character brought to it: `rn` and `m`, `vv` and `w`.

    Two texts that fold alike look alike; what it gives is no word.
    """
    return paired(flattened(text))


def paired(text: str) -> str:
    """Bring pairs that pass for one character to it, in a flattened text."""
    if "rn" in text:
        text = text.replace("rn", "m")
    if "vv" in text:
        text = text.replace("vv", "w")
    if "cl" in text:
        text = text.replace("cl", "d")
    if "nn" in text:
        text = text.replace("nn", "m")
    return text


def scripts(text: str) -> list[str]:
    """Scripts of the text's letters, by the first word of their Unicode names: `["CYRILLIC", "LATIN"]`."""
    return sorted({unicodedata.name(char, "UNKNOWN").partition(" ")[0] for char in text if char.isalpha()})
