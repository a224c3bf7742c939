"""What shows a person that a zone is a tunnel: the curve of bytes, and names as they were asked for."""

from typing import Final

from dnsguard.state.carried import Carried
from dnsguard.state.tunnel_zone import Zone

SHOWN: Final = 5
"""Sample names in the evidence, the last ones."""
LONGEST: Final = 120
"""Characters of each."""


def carried(way: Carried, first: float, now: float) -> dict[str, object]:
    """Bytes in total, over how many seconds, and the curve: [seconds since the first, bytes so far]."""
    curve = [[round(time - first, 1), round(count)] for time, count in way.curve]
    return {"total": round(way.total), "seconds": round(now - first, 1), "curve": curve}


def names(zone: Zone) -> list[str]:
    """Return the last names asked for below the zone."""
    return [cut_off(f"{below}.{zone.name}") for below in zone.samples[-SHOWN:]]


def cut_off(text: str) -> str:
    """Shorten a text in its middle."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}...{text[-LONGEST // 2 + 3 :]}"


def answers(zone: Zone) -> list[str]:
    """Return the starts of the last answers that carried much; octets that don't print as escapes."""
    return [cut_off(ascii(data.decode("latin-1"))[1:-1]) for data in zone.answers[-SHOWN:]]


def texts(zone: Zone) -> list[str]:
    """Give the starts of the last answers as names' texts are: one character an octet, lower case."""
    return [data.decode("latin-1").lower() for data in zone.answers]
