"""Which check each key has. A detector's own Config checks itself."""

from collections.abc import Mapping
from typing import Final

from dnsguard.alerts.config import Config as AlertsConfig
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.targets import AppriseConfig, FileConfig, SyslogConfig
from dnsguard.cache.config import Config as CacheConfig
from dnsguard.config import checks, targets
from dnsguard.config.convert import Check
from dnsguard.config.scalar import MAX_DURATION, MAX_SIZE
from dnsguard.config.settings import Settings
from dnsguard.dnstap.config import Config as DnstapConfig
from dnsguard.intel.config import ListConfig, spelled
from dnsguard.listen.config import Config as ListenConfig
from dnsguard.listen.console import ConsoleConfig
from dnsguard.model import Duration, Size
from dnsguard.policy.config import AllowConfig, BlockConfig, GroupConfig, SuppressionConfig
from dnsguard.querylog.config import Config as QueryLogConfig
from dnsguard.upstream.config import Config as UpstreamConfig
from dnsguard.upstream.config import ForwardConfig, LocalConfig

_WAIT: Final = checks.between(Duration(0.01), Duration(MAX_DURATION))
_SPAN: Final = checks.between(Duration(0), Duration(MAX_DURATION))
_COUNT: Final = checks.between(1, 1_000_000)

CHECKS: Final[Mapping[tuple[type, str], Check]] = {
    # far more processes than cores only cost memory
    (Settings, "workers"): checks.between(1, 256),
    (Settings, "state_dir"): checks.directory,
    (ListenConfig, "dns"): checks.address,
    (ListenConfig, "web"): checks.optional(checks.address),
    (ListenConfig, "allow_from"): checks.askers,
    (ListenConfig, "tcp_connections"): _COUNT,
    (ListenConfig, "tcp_per_client"): _COUNT,
    (ListenConfig, "tcp_idle"): _WAIT,
    (ListenConfig, "tcp_write"): _WAIT,
    # message ids have 16 bits
    (ListenConfig, "tcp_pipeline"): checks.between(1, 65536),
    (ConsoleConfig, "cert"): checks.optional(checks.path),
    (ConsoleConfig, "key"): checks.optional(checks.path),
    (ConsoleConfig, "proxies"): checks.network,
    (ConsoleConfig, "user_header"): checks.optional(checks.header),
    (ConsoleConfig, "names"): checks.domain,
    (ConsoleConfig, "session"): checks.between(Duration(60), Duration(MAX_DURATION)),
    (UpstreamConfig, "servers"): checks.server,
    (UpstreamConfig, "bootstrap"): checks.plain_server,
    (UpstreamConfig, "timeout"): _WAIT,
    (UpstreamConfig, "sockets"): checks.between(1, 1024),
    (UpstreamConfig, "max_waiting"): _COUNT,
    (UpstreamConfig, "rebinding_allow"): checks.domain,
    (UpstreamConfig, "probe"): _WAIT,
    (ForwardConfig, "names"): checks.domain,
    (ForwardConfig, "servers"): checks.server,
    (LocalConfig, "records"): checks.record,
    (LocalConfig, "hosts_file"): checks.optional(checks.path),
    (CacheConfig, "size"): checks.between(Size(0), Size(MAX_SIZE)),
    (CacheConfig, "max_ttl"): _SPAN,
    (CacheConfig, "max_negative_ttl"): _SPAN,
    # RFC 9520 section 3.2
    (CacheConfig, "failure_ttl"): checks.between(Duration(1), Duration(300)),
    (CacheConfig, "stale"): _SPAN,
    # RFC 8767 section 4: a stale record's TTL must be greater than 0
    (CacheConfig, "stale_ttl"): checks.between(Duration(1), Duration(7 * 86400)),
    (CacheConfig, "stale_after"): _SPAN,
    (BlockConfig, "sinkhole_ipv4"): checks.family(4, "192.0.2.1"),
    (BlockConfig, "sinkhole_ipv6"): checks.family(6, "2001:db8::1"),
    (BlockConfig, "ttl"): checks.between(Duration(0), Duration(7 * 86400)),
    (ListConfig, "name"): checks.label,
    (ListConfig, "confidence"): checks.between(0, 100),
    (ListConfig, "believe"): spelled,
    (ListConfig, "category"): checks.category,
    (ListConfig, "path"): checks.optional(checks.path),
    (ListConfig, "url"): checks.optional(checks.list_url),
    # more often would be a burden on those who give lists away
    (ListConfig, "refresh"): checks.between(Duration(60), Duration(MAX_DURATION)),
    (ListConfig, "max_size"): checks.between(Size(1 << 10), Size(MAX_SIZE)),
    (ListConfig, "sha256"): checks.optional(checks.sha256),
    (ListConfig, "checksum_url"): checks.optional(checks.list_url),
    (AllowConfig, "names"): checks.domain,
    (GroupConfig, "name"): checks.label,
    (GroupConfig, "clients"): checks.network,
    (GroupConfig, "detect"): checks.detector,
    (GroupConfig, "allow"): checks.domain,
    (SuppressionConfig, "reason"): checks.sentence,
    (SuppressionConfig, "type"): checks.optional(checks.detector),
    (SuppressionConfig, "clients"): checks.network,
    (SuppressionConfig, "zone"): checks.optional(checks.domain),
    (SuppressionConfig, "expires"): checks.optional(checks.day),
    (AlertsConfig, "repeat_every"): _WAIT,
    (AlertsConfig, "keep"): _SPAN,
    (AlertsConfig, "incident_window"): _SPAN,
    (AlertsConfig, "storm_clients"): checks.between(0, 10_000),
    (AlertsConfig, "max_per_minute"): checks.between(0, 100_000),
    # a few alerts must fit, or none is ever delivered
    (AlertsConfig, "max_size"): checks.between(Size(64 << 10), Size(MAX_SIZE)),
    (WebhookConfig, "url"): checks.webhook_url,
    (WebhookConfig, "secret"): checks.optional(checks.secret),
    (WebhookConfig, "name"): checks.optional(checks.label),
    (WebhookConfig, "timeout"): _WAIT,
    (WebhookConfig, "give_up"): _WAIT,
    (SyslogConfig, "server"): targets.syslog_server,
    (SyslogConfig, "name"): checks.optional(checks.label),
    (SyslogConfig, "ca_file"): checks.optional(checks.path),
    (SyslogConfig, "timeout"): _WAIT,
    (SyslogConfig, "give_up"): _WAIT,
    (FileConfig, "path"): checks.path,
    (FileConfig, "name"): checks.optional(checks.label),
    (FileConfig, "give_up"): _WAIT,
    (AppriseConfig, "service"): targets.apprise_service,
    (AppriseConfig, "name"): checks.optional(checks.label),
    (AppriseConfig, "timeout"): _WAIT,
    (AppriseConfig, "give_up"): _WAIT,
    # a sixteenth must hold a transaction
    (QueryLogConfig, "max_size"): checks.between(Size(8 << 20), Size(MAX_SIZE)),
    (DnstapConfig, "address"): checks.optional(targets.dnstap_address),
    (DnstapConfig, "identity"): checks.optional(checks.label),
}
