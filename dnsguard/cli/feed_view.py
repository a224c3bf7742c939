"""What `dnsguard lists show` says of lists that are fetched, from the state that the hub leaves on the disk."""

from typing import Any

import msgspec
from rich.text import Text

from dnsguard.alerts.record import moment
from dnsguard.alerts.trim import safe
from dnsguard.config import Settings
from dnsguard.config.effective import masked_url
from dnsguard.config.feed_path import FOLDER
from dnsguard.hub.feeds.spec import specs
from dnsguard.hub.feeds.status import feed_report
from dnsguard.hub.feeds.store import Store
from dnsguard.hub.report import FeedReport

STYLES = {"good": "green", "waiting": "dim", "failing": "yellow", "refused": "bold red"}


def feeds(settings: Settings) -> dict[str, FeedReport]:
    """Say how each list that has a url does, by its name."""
    store = Store(settings.state_dir / FOLDER)
    return {
        list_.name: feed_report(spec, store.load(key, spec.url), store)
        for key, spec in specs(settings.lists).items()
        for list_ in spec.lists
    }


def origin(text: str) -> str:
    """Name where a list comes from without what authenticates: a path, or a url."""
    return masked_url(text) if text.startswith(("http://", "https://")) else text


def plain(feed: FeedReport) -> dict[str, Any]:
    """Give it as JSON values."""
    values: dict[str, Any] = msgspec.to_builtins(feed)
    return values


def lines(name: str, feed: FeedReport) -> list[Text]:
    """Say where a list comes from and how fetching it goes."""
    checked = f"checked {moment(feed.checked)} UTC" if feed.checked else "not yet fetched"
    had = f", {feed.size / 1e6:.1f} MB of {moment(feed.fetched)} UTC" if feed.fetched else ""
    told = [Text.assemble(f"{name}: ", (feed.state, STYLES[feed.state]), f", {checked}{had}; {safe(feed.url)}")]
    if feed.error:
        told.append(Text(f"  {feed.error} ({feed.failures} in a row); again at {moment(feed.due)} UTC"))
    if feed.kept_aside:
        told.append(Text(f"  what was refused is in {feed.kept_aside}", style="dim"))
    return told
