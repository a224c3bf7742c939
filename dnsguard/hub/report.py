"""How everything does: what `/readyz` answers, and what metrics and the status page are made of."""

from typing import Literal

import msgspec


class WorkerReport(msgspec.Struct, kw_only=True):
    """One worker."""

    index: int
    pid: int
    """0: none runs now."""
    ready: bool
    restarts: int
    config: int
    """Number of the configuration that holds there."""
    generation: int
    """Of its lists and policy."""
    last_exit: str
    """How the one before it ended."""
    refused: str
    """Why it could not take the latest configuration."""


class UpstreamReport(msgspec.Struct, kw_only=True):
    """One upstream server, as its best-informed worker sees it."""

    server: str
    names: str
    """What is forwarded there; empty: everything else."""
    healthy: bool
    """For at least one worker."""
    rtt: float
    """[seconds]"""
    error: str


class ConfigReport(msgspec.Struct, kw_only=True):
    """The configuration."""

    state: Literal["good", "refused"]
    """`refused`: what the file says now is wrong, and the one before it holds."""
    number: int
    path: str
    faults: list[str]
    needs_restart: list[str]
    """Changed keys that hold only from the next start."""
    warnings: list[str]


class FeedReport(msgspec.Struct, kw_only=True):
    """How the url of a list does; times are Unix seconds, 0 means never."""

    url: str
    """Without what authenticates."""
    state: Literal["waiting", "good", "failing", "refused"]
    """`waiting`: not yet fetched; `failing`: the last attempt failed; `refused`: what came is not believed."""
    fetched: float
    """When the copy that is used came."""
    checked: float
    """When its server last gave it, or said that it holds."""
    due: float
    """When it is asked for next."""
    size: int
    """Of the copy that is used. [bytes]"""
    failures: int
    """In a row."""
    error: str
    """Of the last attempt, if it failed."""
    kept_aside: str
    """The file of what was refused, for a person to look at; empty: there is none."""


class ListReport(msgspec.Struct, kw_only=True):
    """One list."""

    name: str
    category: str
    state: Literal["read", "kept", "absent"]
    """`kept`: it could not be read, its last good content is used; `absent`: and there is none."""
    entries: int
    fault: str
    changed: float
    """When its content last changed; 0: never read. [unix seconds]"""
    feed: FeedReport | None = None
    """None: it is a file."""


class DetectorReport(msgspec.Struct, kw_only=True):
    """One detector, in all workers; times are Unix seconds, 0 means never."""

    slug: str
    selftest: str
    """`waiting`, `good`, `off`, `untested` (no list in use knows a sample), `insensitive` (not with these settings)
    or `failed`; the worst of all workers'."""
    error: str
    """Why it failed."""
    last_selftest: float
    """When it last found what it must, in the worker where that is longest ago; 0: in one of them not yet."""
    stopped: bool
    """An alert says so."""
    asked: int
    """Queries that the cache had nothing for: each is put before every detector that is on."""
    judged: int
    """Queries and answers among them that had something it looks for."""
    last_judged: float
    findings: int
    errors: int
    """Times it crashed."""


class OutboxReport(msgspec.Struct, kw_only=True):
    """Findings on their way."""

    state: Literal["good", "failing"]
    error: str
    unsaved: int
    """Findings not yet on disk."""
    saved: int
    """Findings put on disk since the hub started."""
    unusable: int
    """Findings dropped because they can never be stored."""
    pending: int
    """Deliveries not yet accepted, of all webhooks."""
    told_in_storms: int = 0
    """Alerts since the hub started that one alert of many told of."""


class WebhookReport(msgspec.Struct, kw_only=True):
    """One receiver."""

    name: str
    pending: int
    delivered: int
    failed: int
    """Attempts that were not accepted."""
    given_up: int
    """Messages given up that are still kept."""
    state: Literal["good", "down", "disabled"]
    """`down`: the last attempts failed; `disabled`: it answered 410 Gone."""
    error: str
    """Of the last attempt that failed."""
    last_success: float
    """0: none since the start. [unix seconds]"""


class QueryLogReport(msgspec.Struct, kw_only=True):
    """The query log."""

    state: Literal["off", "good", "failing"] = "off"
    saved: int = 0
    """Records put on disk since the hub started."""
    lost: int = 0
    """Records that the disk did not take; what workers had to drop is in their counters."""
    size: int = 0
    """Of its files. [bytes]"""
    error: str = ""


class DnstapReport(msgspec.Struct, kw_only=True):
    """The dnstap stream."""

    state: Literal["off", "connected", "away"] = "off"
    sent: int = 0
    """Messages sent since the hub started."""
    lost: int = 0
    """Messages on their way when the collector went."""
    error: str = ""
    """Why it is away."""


class ConsoleReport(msgspec.Struct, kw_only=True):
    """Those who watch."""

    readers: int = 0
    """Streams of live events that are open."""
    dropped: int = 0
    """Events that readers were too slow for, and were told so."""


class Report(msgspec.Struct, kw_only=True):
    """All of it."""

    state: Literal["starting", "serving", "draining"]
    version: str
    mode: str
    listening: list[str]
    steered: bool
    """Whether all packets of a client reach one worker."""
    workers: list[WorkerReport]
    leaving: int
    """Workers of an earlier hub that still drain."""
    upstreams: list[UpstreamReport]
    config: ConfigReport
    lists_error: str
    feeds_error: str = ""
    """Why no list is fetched at all."""
    lists: list[ListReport]
    detectors: list[DetectorReport] = msgspec.field(default_factory=list)
    temporary_allows: int = 0
    """Those that hold."""
    outbox: OutboxReport
    webhooks: list[WebhookReport]
    query_log: QueryLogReport = msgspec.field(default_factory=QueryLogReport)
    dnstap: DnstapReport = msgspec.field(default_factory=DnstapReport)
    console: ConsoleReport = msgspec.field(default_factory=ConsoleReport)

    @property
    def serving(self) -> bool:
        """Whether queries are answered: at least one worker is ready, and none is told to end."""
        return self.state == "serving" and any(worker.ready for worker in self.workers)
