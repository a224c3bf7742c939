"""The lists that come with dnsguard; `blocklists/SOURCES.md` says where each comes from and under which licence."""

from pathlib import Path
from typing import Final

from dnsguard.intel.config import ListConfig

_PACKAGE: Final = Path(__file__).parent.parent
# installed, they are package data of dnsguard.blocklists; in a checkout they stand beside dnsguard/
BLOCKLISTS: Final = next(
    (path for path in (_PACKAGE / "blocklists", _PACKAGE.parent / "blocklists") if path.is_dir()),
    _PACKAGE / "blocklists",
)

CATEGORIES: Final = ("threat_intel",)
"""Categories that have a starter list: `blocklists/CATEGORY.txt`."""


def starter_lists() -> tuple[ListConfig, ...]:
    """Give one list for each category that has one; their paths are absolute."""
    return tuple(
        ListConfig(name=f"starter:{category}", category=category, path=str(BLOCKLISTS / f"{category}.txt"))
        for category in CATEGORIES
    )
