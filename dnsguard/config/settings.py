"""Everything that config.toml can say, as one frozen value."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dnsguard.alerts.config import Config as AlertsConfig
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.targets import AppriseConfig, FileConfig, SyslogConfig, Target
from dnsguard.cache.config import Config as CacheConfig
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.registry import CONFIGS
from dnsguard.dnstap.config import Config as DnstapConfig
from dnsguard.intel import starter
from dnsguard.intel.config import ListConfig
from dnsguard.listen.config import Config as ListenConfig
from dnsguard.listen.console import ConsoleConfig
from dnsguard.model import Mode
from dnsguard.policy.config import AllowConfig, BlockConfig, GroupConfig, SuppressionConfig
from dnsguard.querylog.config import Config as QueryLogConfig
from dnsguard.upstream.config import Config as UpstreamConfig
from dnsguard.upstream.config import ForwardConfig, LocalConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """What is logged, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Lines below this are not written."""
    format: Literal["console", "json"] = "console"
    """"console" for people, "json" (one object a line) for collectors."""
    mask_clients: bool = False
    """Clients' addresses are cut to their /24 or /48 in logs."""


def default_state_dir() -> Path:
    """Give where state is kept: $STATE_DIRECTORY (systemd), /var/lib/dnsguard for root, else the XDG state folder."""
    # systemd separates several with colons; the first is the unit's own
    if systemd := os.environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(systemd)
    if os.geteuid() == 0:
        return Path("/var/lib/dnsguard")
    home = os.environ.get("XDG_STATE_HOME", "")
    # the XDG base directory specification ignores relative paths
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "state") / "dnsguard"


def default_detectors() -> Mapping[str, DetectorConfig]:
    """Give each detector its own defaults."""
    return {slug: config() for slug, config in CONFIGS.items()}


INTERNAL = {"internal": True}
"""Marks a field that is no key of config.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One configuration. Paths are absolute, names are lower-case A-labels without a final dot."""

    mode: Mode = Mode.ALERT
    """What a finding does unless its detector or the client's group says otherwise.
    ["off", "shadow", "alert", "block"]"""
    workers: int | Literal["auto"] = 1
    """Processes that answer queries; "auto": one for each core. [processes]"""
    state_dir: Path = field(default_factory=default_state_dir)
    """Alerts not yet delivered, compiled lists and learned baselines. Unset: systemd's state directory,
    /var/lib/dnsguard for root, ~/.local/state/dnsguard for anyone else. [path]"""
    fail: Literal["open", "closed"] = "open"
    """What a query meets whose detector crashed: "open" lets it through, "closed" answers SERVFAIL."""
    starter_lists: bool = True
    """Use the lists that come with dnsguard, besides the [[lists]] below."""
    listen: ListenConfig = field(default_factory=ListenConfig)
    console: ConsoleConfig = field(default_factory=ConsoleConfig)
    upstream: UpstreamConfig = field(default_factory=UpstreamConfig)
    forward: tuple[ForwardConfig, ...] = ()
    local: LocalConfig = field(default_factory=LocalConfig)
    cache: CacheConfig = field(default_factory=CacheConfig)
    block: BlockConfig = field(default_factory=BlockConfig)
    detect: Mapping[str, DetectorConfig] = field(default_factory=default_detectors)
    lists: tuple[ListConfig, ...] = field(default_factory=starter.starter_lists)
    """Starter lists first, if they are in use."""
    allow: AllowConfig = field(default_factory=AllowConfig)
    groups: tuple[GroupConfig, ...] = ()
    suppressions: tuple[SuppressionConfig, ...] = ()
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    webhooks: tuple[WebhookConfig, ...] = ()
    syslog: tuple[SyslogConfig, ...] = ()
    files: tuple[FileConfig, ...] = ()
    apprise: tuple[AppriseConfig, ...] = ()
    query_log: QueryLogConfig = field(default_factory=QueryLogConfig)
    dnstap: DnstapConfig = field(default_factory=DnstapConfig)
    log: LogConfig = field(default_factory=LogConfig)

    text: str = field(default="", compare=False, repr=False, metadata=INTERNAL)
    """What was read: a worker gets it to read it again."""
    base: Path = field(default=Path("/"), compare=False, metadata=INTERNAL)
    """Folder that relative paths start from."""
    source: str = field(default="", compare=False, metadata=INTERNAL)
    """The file as the person named it; empty: built-in defaults."""
    warnings: tuple[str, ...] = field(default=(), compare=False, metadata=INTERNAL)
    """What works, but may not be meant; one line each, as in ConfigError.faults."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """All that alerts are delivered to."""
        return (*self.webhooks, *self.syslog, *self.files, *self.apprise)


def needs_restart(old: Settings, new: Settings) -> tuple[str, ...]:
    """Name the changed keys that hold only from the next start: they shape processes, sockets and files held open."""
    pairs = {
        "workers": (old.workers, new.workers),
        "state_dir": (old.state_dir, new.state_dir),
        "listen.dns": (old.listen.dns, new.listen.dns),
        "listen.web": (old.listen.web, new.listen.web),
        # whether TLS is spoken at all: another certificate, wherever it lies, is taken as it is
        "console.cert": (bool(old.console.cert), bool(new.console.cert)),
    }
    return tuple(key for key, (before, after) in pairs.items() if before != after)
