"""What of the hub the API shows and changes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dnsguard.alerts.reader import Reader
from dnsguard.hub.allows import Allows
from dnsguard.hub.api.recent import Recent
from dnsguard.hub.configuring import Configuring
from dnsguard.hub.events import Events
from dnsguard.hub.feedback import Marking
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.hour import Hour
from dnsguard.hub.lists import Lists
from dnsguard.hub.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The hub, as operations get it."""

    report: Callable[[], Report]
    """How everything does."""
    cells: Callable[[], Sequence[Sequence[int]]]
    """Each worker's counters, by index."""
    began: float
    """When the hub started. [unix seconds]"""
    configuring: Configuring
    reload: Callable[[], Awaitable[None]]
    """Reads the configuration again, and waits until that is done."""
    lists: Lists
    feeds: Feeds
    alerts: Reader
    """Its methods block: ask it in a thread."""
    allows: Allows
    marking: Marking
    hour: Hour
    pictures: Recent[str]
    """Of the hour."""
    events: Events
