"""The configuration that holds, and what another would be."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dnsguard.config import missing_files, needs_restart, parse
from dnsguard.config.effective import effective
from dnsguard.config.faults import FaultyConfigError
from dnsguard.config.parse import MAX_FILE
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import Fault


class Holding(msgspec.Struct, kw_only=True):
    """The configuration that holds."""

    path: str
    """Its file; empty: the built-in defaults hold."""
    number: int
    """Counts configurations and list snapshots."""
    settings: dict[str, Any]
    """All keys of config.toml, defaults included; secrets are masked."""
    warnings: list[str]
    faults: list[str]
    """Why what the file says now does not hold."""
    needs_restart: list[str]
    """Changed keys that hold only from the next start."""


class Text(Asked):
    """A configuration that is to be checked."""

    text: Annotated[str, Meta(max_length=MAX_FILE)]
    """A whole config.toml."""


class Checked(msgspec.Struct, kw_only=True):
    """What is to be said of it."""

    ok: bool
    faults: list[Fault]
    """Everything that is wrong, in the order of the text."""
    warnings: list[str]
    """What works, but may not be meant."""
    needs_restart: list[str]
    """Keys that would hold only from the next start."""


async def show(parts: Parts) -> Holding:
    """Show the configuration that holds; secrets are masked."""
    held = parts.configuring
    return Holding(
        path=str(held.path or ""),
        number=held.number,
        settings=effective(held.settings),
        warnings=list(held.settings.warnings),
        faults=held.faults,
        needs_restart=list(held.needs_restart),
    )


async def check(parts: Parts, *, body: Text) -> Checked:
    """Check a configuration, and change nothing: every fault at once, as `dnsguard check` tells them."""
    held = parts.configuring
    base = held.path.absolute().parent if held.path else held.settings.base
    return await asyncio.to_thread(_check, parts, body.text, base)


def _check(parts: Parts, text: str, base: Path) -> Checked:
    try:
        settings = parse(text, base)
        if missing := missing_files(settings):
            raise FaultyConfigError(missing)  # noqa: TRY301 - told as those of the text itself
    except FaultyConfigError as error:
        faults = [Fault(line=one.line, key=one.key, problem=one.problem) for one in error.details]
        return Checked(ok=False, faults=faults, warnings=[], needs_restart=[])
    changed = needs_restart(parts.configuring.settings, settings)
    return Checked(ok=True, faults=[], warnings=list(settings.warnings), needs_restart=list(changed))
