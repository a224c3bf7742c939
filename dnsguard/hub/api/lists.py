"""The lists in use, how each does, and their updates."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.report import ListReport
from dnsguard.hub.update import Status, Update


class Lists(msgspec.Struct, kw_only=True):
    """All lists."""

    lists: list[ListReport]
    error: str
    """Why no snapshot could be compiled; the last one stays."""
    feeds_error: str
    """Why no list is fetched at all."""
    compiling: tuple[str, int, int] | None
    """What the compiler does now, how far it is, and of how much (0: not known)."""


class UpdateAsked(Asked):
    """Which lists are fetched now."""

    lists: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()
    """Their names; none: all that are fetched."""


async def list_(parts: Parts) -> Lists:
    """List the lists in use, and how each does."""
    report = parts.report()
    return Lists(
        lists=report.lists,
        error=report.lists_error,
        feeds_error=report.feeds_error,
        compiling=parts.lists.under_way,
    )


async def update(parts: Parts, *, body: UpdateAsked) -> Status:
    """Have lists fetched now; `GET /lists` says what became of it."""
    return Update(parts.feeds, parts.lists, body.lists).look()
