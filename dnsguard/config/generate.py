"""config.toml, written from the Config types: their docstrings become its comments, their defaults its values."""

import dataclasses
import textwrap
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, get_args

from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.targets import AppriseConfig, FileConfig, SyslogConfig
from dnsguard.config.convert import keys, types_of
from dnsguard.config.docs import field_docs, summary
from dnsguard.config.public_feeds import PUBLIC_FEEDS
from dnsguard.config.settings import Settings
from dnsguard.config.toml import written
from dnsguard.detect.registry import CONFIGS
from dnsguard.intel.config import ListConfig
from dnsguard.model import ALERT_TYPES, Mode, Severity
from dnsguard.policy.config import GroupConfig, SuppressionConfig
from dnsguard.upstream.config import ForwardConfig

WIDTH: Final = 110
HEAD: Final = """\
# dnsguard's configuration. Every key may be left out: what stands here without a # is its default.
# Lines that start with # and no space show what else can be said; take the # away to say it.
# Check your changes with `dnsguard check --config FILE`. `dnsguard check --default` prints this file.

"""

EXAMPLES: Final[Mapping[type, Any]] = {
    ForwardConfig: ForwardConfig(names=("corp.example",), servers=("192.0.2.53", "tls://dns.corp.example")),
    ListConfig: ListConfig(
        name="our own", category="threat_intel", path="blocked.txt", url="https://lists.example/malware.txt"
    ),
    GroupConfig: GroupConfig(
        name="kids",
        clients=("192.0.2.0/25", "2001:db8::/64"),
        mode=Mode.BLOCK,
        detect={"threat_intel": Mode.BLOCK},
        allow=("school.example",),
    ),
    SuppressionConfig: SuppressionConfig(
        reason="the backup's own lookups",
        type="data_exfiltration",
        clients=("192.0.2.7",),
        zone="backup.example",
        expires="2030-12-31",
    ),
    WebhookConfig: WebhookConfig(
        url="https://alerts.example/dnsguard",
        # no secret that thousands would then share
        name="soc",
    ),
    SyslogConfig: SyslogConfig(server="tls://siem.example:6514", name="siem"),
    FileConfig: FileConfig(path="/var/log/dnsguard/alerts.json", name="alerts"),
    AppriseConfig: AppriseConfig(service="ntfy://dnsguard-alerts", name="phone", min_severity=Severity.MEDIUM),
}
"""A whole table of each kind that has no defaults."""
VALUES: Final[Mapping[type, Any]] = {Mode: Mode.BLOCK, Severity: Severity.HIGH}
"""What to show for a key that is unset by default."""
FETCHED: Final = ("url", "refresh", "max_size", "sha256", "checksum_url", "allow_private")
"""Keys of a list that is fetched; its example stands apart from that of a file."""


def generate() -> str:
    """Write the whole file; reading it gives the defaults."""
    defaults = Settings()
    hints = types_of(Settings)
    docs = field_docs(Settings)
    parts = [HEAD]
    sections = []
    for field in keys(Settings):
        value = getattr(defaults, field.name)
        if field.name == "detect":
            sections += [_detector(slug, config()) for slug, config in CONFIGS.items()]
        elif dataclasses.is_dataclass(value):
            sections.append(_section(field.name, value))
        elif field.name == "lists":
            sections += _lists()
        elif kinds := [kind for kind in get_args(hints[field.name]) if kind in EXAMPLES]:
            sections.append(_example(field.name, EXAMPLES[kinds[0]]))
        else:
            # where state is kept depends on the machine
            shown = (
                '#state_dir = "/var/lib/dnsguard"' if field.name == "state_dir" else f"{field.name} = {written(value)}"
            )
            parts.append(f"{_comment(docs[field.name])}{shown}\n")
    return "".join(parts) + "\n" + "\n".join(sections)


def _section(name: str, config: Any, about: str = "") -> str:
    lines = [_comment(about or summary(type(config))), f"[{name}]\n", *_keys(config, "")]
    return "".join(lines)


def _detector(slug: str, config: Any) -> str:
    kind = ALERT_TYPES[slug]
    about = f'{summary(type(config))} Alert: "{kind.title}", {kind.severity.text}.'
    return _section(f"detect.{slug}", config, about)


def _example(name: str, config: Any) -> str:
    lines = [_comment(f"{summary(type(config))} Any number of these sections."), f"#[[{name}]]\n"]
    return "".join([*lines, *_keys(config, "#")])


def _lists() -> Iterator[str]:
    """Write a list that is a file, one that is fetched, and the public feeds."""
    own = EXAMPLES[ListConfig]
    file_keys = {field.name for field in keys(ListConfig)} - {*FETCHED}
    yield "".join(
        [_comment(f"{summary(ListConfig)} Any number of these sections."), "#[[lists]]\n", *_keys(own, "#", file_keys)]
    )
    fetched = dataclasses.replace(own, name="fetched")
    about = "A list that is fetched: `dnsguard lists show` says how that goes, `dnsguard lists update` does it now."
    yield "".join([_comment(about), "#[[lists]]\n", *_keys(fetched, "#", {"name", "category", *FETCHED})])
    yield _comment("Public feeds. Their authors' terms hold: read them before you take the # away.")
    for feed in PUBLIC_FEEDS:
        pairs = "".join(f"#{key} = {written(getattr(feed.config, key))}\n" for key in feed.shown)
        yield f"{_comment(feed.about)}#[[lists]]\n{pairs}"


def _keys(config: Any, mark: str, wanted: Collection[str] = ()) -> Iterator[str]:
    kind: type = type(config)
    docs, hints = field_docs(kind), types_of(kind)
    for field in keys(kind):
        if wanted and field.name not in wanted:
            continue
        value, unset = getattr(config, field.name), ""
        if value is None:
            value = next(VALUES[choice] for choice in get_args(hints[field.name]) if choice in VALUES)
            unset = "#"
        yield _comment(docs[field.name])
        yield f"{mark or unset}{field.name} = {written(value)}\n"


def _comment(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False) + "\n"
