"""Which dnsguard this is, and whether its hot files run compiled."""

import importlib.util
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"
HOT: Final = "dnsguard.wire.query"
"""Stands for all files that mypyc compiles: they are built together or not at all."""


def hot_files() -> str:
    """Say `compiled` (mypyc) or `interpreted`; it loads none of them."""
    spec = importlib.util.find_spec(HOT)
    origin = Path(spec.origin).name if spec and spec.origin else ""
    return "compiled" if origin.endswith(tuple(EXTENSION_SUFFIXES)) else "interpreted"


def text() -> str:
    """Give what `dnsguard --version` prints."""
    return f"dnsguard {VERSION} ({hot_files()})"
