"""The lists that come with dnsguard; `blocklists/SOURCES.md` says where each comes from and under which licence."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from dnsguard.intel.config import ListConfig

_PACKAGE: Final = Path(__file__).parent.parent
# installed, they are package data of dnsguard.blocklists; in a checkout they stand beside dnsguard/
BLOCKLISTS: Final = next(
    (path for path in (_PACKAGE / "blocklists", _PACKAGE.parent / "blocklists") if path.is_dir()),
    _PACKAGE / "blocklists",
)

FILES: Final = {
    "threat_intel": "threat_intel",
    "phishing_domain": "phishing_domain",
    "currency_mining": "currency_mining",
    "dark_web": "dark_web",
    "dark_web_addresses": "dark_web",
    "dark_web_proxy": "dark_web_proxy",
    "sinkholed_domain": "sinkholed_domain",
    "sinkholed_domain_addresses": "sinkholed_domain",
}
"""Starter lists, `blocklists/NAME.txt` -> the category of each."""
_BELIEVED: Final = {"dark_web": ("torproject.org",)}
"""What stands in a list on purpose, popular though it is."""
SIGNATURES: Final = ("suspicious_domain",)
"""Starter rules, `blocklists/NAME.rules`; each is named for its category."""
_NAME: Final = "starter:"


def starter_lists() -> tuple[ListConfig, ...]:
    """Give each starter list; their paths are absolute."""
    names = tuple(
        ListConfig(
            name=f"{_NAME}{name}",
            category=category,
            path=str(BLOCKLISTS / f"{name}.txt"),
            believe=_BELIEVED.get(name, ()),
        )
        for name, category in FILES.items()
    )
    rules = tuple(
        ListConfig(name=f"{_NAME}{name}", category=name, path=str(BLOCKLISTS / f"{name}.rules")) for name in SIGNATURES
    )
    return (*names, *rules)


@lru_cache(1024)
def note(list_name: str, entry: str) -> str:
    """Say what a starter list has beside an entry: a malware family, a sinkhole's operator; empty: nothing.

    Snapshots keep no comments, and only what is found asks; `entry` as Match has it.
    """
    if not list_name.startswith(_NAME):
        return ""
    data = _data(list_name.removeprefix(_NAME))
    key = f"{entry.removesuffix('/32').removesuffix('/128')} ".encode()
    # lines are in order: the first that is not before the key, by halves
    low, high = 0, len(data)
    while low < high:
        start = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = data.find(b"\n", start) + 1 or len(data)
        if data[start:end] < key:
            low = end
        else:
            high = start
    line = data[low : data.find(b"\n", low)]
    return line.removeprefix(key + b"# ").decode("ascii", "replace") if line.startswith(key) else ""


@cache
def _data(name: str) -> bytes:
    if name not in FILES:
        return b""
    try:
        data = (BLOCKLISTS / f"{name}.txt").read_bytes()
    except OSError:
        return b""
    # names stand in the order of their bytes, addresses in that of their numbers
    return b"".join(sorted(data.splitlines(keepends=True))) if name.endswith("_addresses") else data
