"""Texts of the package, and the docstrings of detectors; read from the files, for Python may run without docstrings."""

import ast
import importlib.resources
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from dnsguard.detect.registry import QUERY, RESPONSE, Detector

FIELDS: Final = ("Alert type", "MITRE ATT&CK", "Units", "Source", "Known gap")
"""What every detector's docstring states, in this order (tests/test_detectors.py)."""


@dataclass(frozen=True, slots=True)
class About:
    """A detector's docstring, taken apart."""

    stage: str
    """`query` or `response`."""
    summary: str
    fields: dict[str, str]
    """By FIELDS, each on one line."""


def text(name: str) -> str:
    """Give a file of `data/docs`."""
    return (importlib.resources.files("dnsguard") / "data" / "docs" / name).read_text("utf-8")


@cache
def sections(slug: str) -> dict[str, str]:
    """Give the hand-written part of a detector's page by its headings."""
    parts = re.split(r"^## (.+)$", text(f"detectors/{slug}.md"), flags=re.MULTILINE)
    return {heading: body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def about(slug: str) -> list[About]:
    """Give what a detector's files say about themselves, the query's first."""
    return [_about(detector) for detector in (*QUERY, *RESPONSE) if detector.slug == slug]


def _about(detector: Detector) -> About:
    source = Path(sys.modules[detector.inspect.__module__].__file__ or "").read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    summary, _, rest = docstring.partition("\n\n")
    found = re.split(rf"^({'|'.join(map(re.escape, FIELDS))}): ", rest, flags=re.MULTILINE)
    fields = {name: " ".join(body.split()) for name, body in zip(found[1::2], found[2::2], strict=True)}
    return About(detector.stage, summary, fields)
