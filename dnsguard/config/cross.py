"""Faults and warnings that show only when several keys are seen together."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from dnsguard.alerts.config import CHATS, WebhookConfig
from dnsguard.alerts.targets import AppriseConfig, FileConfig, SyslogConfig
from dnsguard.config.checks import NEW_SECRET
from dnsguard.config.convert import Converter
from dnsguard.config.faults import dotted
from dnsguard.config.locate import KeyPath
from dnsguard.config.settings import Settings
from dnsguard.config.toml import quoted
from dnsguard.detect.registry import CONFIGS
from dnsguard.errors import ConfigError
from dnsguard.intel.config import ListConfig
from dnsguard.listen.config import Config as ListenConfig
from dnsguard.listen.console import ConsoleConfig
from dnsguard.policy.config import GroupConfig, SuppressionConfig
from dnsguard.upstream.config import Config as UpstreamConfig
from dnsguard.upstream.config import ForwardConfig, LocalConfig
from dnsguard.upstream.local import LocalZones
from dnsguard.upstream.records import parse_record

Told = Iterator[tuple[KeyPath, str]]

NOT_EMPTY: Final = {
    (ListenConfig, "dns"): 'no client could ask; write ["127.0.0.1:5335"]',
    (ListenConfig, "allow_from"): 'everyone would be refused; write ["private"]',
    (UpstreamConfig, "servers"): 'there is no one to ask; write ["system"]',
    (ForwardConfig, "names"): "names no domain",
    (ForwardConfig, "servers"): "names no server",
    (GroupConfig, "clients"): "names no client",
}
"""Lists that need an element, and why."""


def faults(converter: Converter, starters: Sequence[ListConfig]) -> Told:
    """Tell what contradicts itself; `starters` are the lists that are there anyway."""
    faulty = {path[:length] for path, _ in converter.faults for length in range(len(path) + 1)}
    for path, problem in _all_faults(converter, starters):
        # a faulty key has been told of, and what stands in its place says nothing
        if path not in faulty:
            yield path, problem


def _all_faults(converter: Converter, starters: Sequence[ListConfig]) -> Told:
    built = converter.built
    for path, table in built.items():
        for (kind, key), why in NOT_EMPTY.items():
            if isinstance(table, kind) and not getattr(table, key):
                yield (*path, key), f"must not be empty: {why}"
    taken = {list_.name for list_ in starters}
    fetched: dict[str, tuple[KeyPath, ListConfig]] = {}
    for path, list_ in _all(built, ListConfig):
        # a url at fault stands as an empty one
        if not any(faulty == (*path, "url") for faulty, _ in converter.faults):
            yield from _list_source(path, list_)
        if list_.url:
            yield from _same_fetch(path, list_, *fetched.setdefault(list_.url, (path, list_)))
        if list_.name in taken:
            yield (*path, "name"), "is a starter list's name; take another, or set starter_lists = false"
    for path, listen in _all(built, ListenConfig):
        fixed = [*_elements(converter, (*path, "dns"), listen.dns), ((*path, "web"), listen.web)]
        # port 0 is another port each time
        yield from _repeated(item for item in fixed if not item[1].endswith(":0"))
    yield from _console(built)
    for path, local in _all(built, LocalConfig):
        yield from _local(path, local)
    for kind in (ListConfig, GroupConfig):
        yield from _repeated(((*path, "name"), table.name) for path, table in _all(built, kind))
    yield from _repeated(
        # an unnamed one is known by its url
        ((*path, "name" if hook.name else "url"), hook.key)
        for path, hook in _all(built, WebhookConfig)
    )
    for target, key in ((SyslogConfig, "server"), (FileConfig, "path"), (AppriseConfig, "service")):
        yield from _repeated(((*path, "name" if table.name else key), table.key) for path, table in _all(built, target))
    yield from _unbounded(converter)
    for kind, key in ((GroupConfig, "clients"), (ForwardConfig, "names")):
        yield from _repeated(
            element
            for path, table in _all(built, kind)
            for element in _elements(converter, (*path, key), getattr(table, key))
        )


def warnings(settings: Settings, built: Mapping[KeyPath, Any]) -> Told:
    """Tell what works, but may not be meant."""
    if "any" in settings.listen.allow_from and not all(map(_loopback, settings.listen.dns)):
        yield (
            ("listen", "allow_from"),
            '"any" makes an open resolver, which others misuse for attacks; name your networks instead',
        )
    if settings.listen.web and not _loopback(settings.listen.web):
        yield ("listen", "web"), "can be reached from other machines, and /metrics and /readyz ask for no sign-in"
    for path, list_ in _all(built, ListConfig):
        if list_.category not in CONFIGS:
            yield (*path, "category"), f"no detector of this version reads {quoted(list_.category)} lists"
        if list_.url.startswith("http://") and not list_.sha256:
            yield (*path, "url"), "is fetched without TLS: whoever is on the way decides what it lists; write https://"
    for path, hook in _all(built, WebhookConfig):
        # a chat looks at no signature: who knows its URL may write there
        if not hook.secret and hook.format not in CHATS:
            yield path, f"has no secret, so its receiver can't tell true alerts from forged ones; {NEW_SECRET}"


def _all(built: Mapping[KeyPath, Any], kind: type[Any]) -> list[tuple[KeyPath, Any]]:
    return [(path, table) for path, table in built.items() if isinstance(table, kind)]


def _elements(converter: Converter, path: KeyPath, values: Sequence[str]) -> list[tuple[KeyPath, str]]:
    """Give a list's elements with their paths in the file."""
    places = converter.places.get(path, range(len(values)))
    return [((*path, index), value) for index, value in zip(places, values, strict=False)]


def _repeated(values: Iterable[tuple[KeyPath, str]]) -> Told:
    seen: dict[str, KeyPath] = {}
    for path, value in values:
        if value in seen:
            yield path, f"repeats {dotted(seen[value])}"
        elif value:
            seen[value] = path


def _list_source(path: KeyPath, list_: ListConfig) -> Told:
    if list_.path and list_.url:
        yield (*path, "url"), "stands beside path; leave one out"
    elif not list_.path and not list_.url:
        yield (*path, "path"), "is missing; a list needs a path or a url"
    elif list_.checksum_url and not list_.url:
        yield (*path, "checksum_url"), "is for what is fetched from a url"
    elif list_.sha256 and not list_.url:
        yield (*path, "sha256"), "is for what is fetched from a url"
    elif list_.sha256 and list_.checksum_url:
        yield (*path, "checksum_url"), "stands beside sha256; leave one out"


def _same_fetch(path: KeyPath, list_: ListConfig, first: KeyPath, other: ListConfig) -> Told:
    """Lists of one url share what is fetched, and so how it is fetched."""
    for key in ("refresh", "max_size", "sha256", "checksum_url", "allow_private"):
        if getattr(list_, key) != getattr(other, key):
            yield (*path, key), f"differs from {dotted(first)}, whose url is the same: it is fetched once for both"


def _console(built: Mapping[KeyPath, Any]) -> Told:
    listen = next((table for _, table in _all(built, ListenConfig)), ListenConfig())
    console = next((table for _, table in _all(built, ConsoleConfig)), ConsoleConfig())
    for one, other in (("cert", "key"), ("key", "cert")):
        if getattr(console, one) and not getattr(console, other):
            yield ("console", other), f"is missing; {one} is there"
    if console.user_header and not console.proxies:
        yield ("console", "user_header"), "is anybody's word, unless proxies names who may say it"
    if listen.web and not _loopback(listen.web) and console.enabled and not (console.cert or console.proxies):
        problem = (
            "can be reached from other machines, and whoever listens on the way would see the console's token: set "
            "[console] cert and key, or name the TLS proxy in front of it in proxies, or set enabled = false"
        )
        yield ("listen", "web"), problem


def _local(path: KeyPath, local: LocalConfig) -> Told:
    try:
        LocalZones(map(parse_record, local.records))
    except ConfigError as error:
        for fault in error.faults:
            yield (*path, "records"), fault.removeprefix("local.records: ")


def _unbounded(converter: Converter) -> Told:
    """A suppression of everything is a mode, and should be written as one."""
    for path, one in _all(converter.built, SuppressionConfig):
        if not (one.type or one.clients or one.zone):
            yield (
                (*path, "type"),
                'is missing, and so are clients and zone; to tell nothing at all: mode = "shadow"',
            )


def _loopback(text: str) -> bool:
    return ipaddress.ip_address(text.rpartition(":")[0].strip("[]")).is_loopback
