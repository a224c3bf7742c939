"""Reads config.toml into Settings, or says everything that is wrong with it at once."""

import dataclasses
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from dnsguard.config import cross
from dnsguard.config.checks import detector
from dnsguard.config.convert import INVALID, Converter, keys, types_of
from dnsguard.config.faults import Fault, FaultyConfigError, placed
from dnsguard.config.feed_path import feed_path
from dnsguard.config.locate import KeyPath
from dnsguard.config.rules import CHECKS
from dnsguard.config.settings import Settings
from dnsguard.detect.registry import CONFIGS
from dnsguard.intel.config import ListConfig
from dnsguard.intel.starter import starter_lists
from dnsguard.model import ALERT_TYPES

NAME: Final = "config.toml"
MAX_FILE: Final = 4 << 20
"""Bytes of a configuration: tens of thousands of groups and records."""


def load(path: Path | None) -> Settings:
    """Read a file; None gives the built-in defaults. Raises ConfigError with all faults."""
    if path is None:
        return parse("", Path.cwd())
    source = str(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise FaultyConfigError([Fault(source, 0, "", _unreadable(error))]) from None
    if len(data) > MAX_FILE:
        raise FaultyConfigError(
            [Fault(source, 0, "", f"is larger than {MAX_FILE >> 20} MB, so it is no configuration")]
        )
    try:
        # some editors put a byte order mark first
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultyConfigError([Fault(source, line, "", "is not UTF-8 text; save it as UTF-8")]) from None
    settings = parse(text, path.absolute().parent, source)
    if mode & stat.S_IROTH and (settings.apprise or any(hook.secret for hook in settings.webhooks)):
        warning = Fault(source, 0, "", "holds secrets, and everyone on this machine can read it; chmod o= it")
        settings = dataclasses.replace(settings, warnings=(str(warning), *settings.warnings))
    return settings


def parse(text: str, base: Path, source: str = "") -> Settings:
    """Read the text of a config.toml whose relative paths start from `base`; `source` names it in faults.

    Raises ConfigError with all faults, and nothing else.
    """
    named = source or NAME
    raw = _read(text, named)
    converter = Converter(CHECKS, _homes())
    settings: Settings = converter.table(Settings, {k: v for k, v in raw.items() if k != "detect"}, ())
    detectors = _detectors(converter, raw.get("detect", {}))
    starters = starter_lists() if settings.starter_lists else ()
    told = [*converter.faults, *cross.faults(converter, starters)]
    if told:
        raise FaultyConfigError(placed(named, told, text))
    own = settings.lists if "lists" in raw else ()
    return dataclasses.replace(
        settings,
        detect=detectors,
        lists=(*starters, *(_located(list_, base, base / settings.state_dir) for list_ in own)),
        syslog=tuple(dataclasses.replace(one, ca_file=_below(base, one.ca_file)) for one in settings.syslog),
        files=tuple(dataclasses.replace(one, path=_below(base, one.path)) for one in settings.files),
        console=dataclasses.replace(
            settings.console, cert=_below(base, settings.console.cert), key=_below(base, settings.console.key)
        ),
        local=dataclasses.replace(settings.local, hosts_file=_below(base, settings.local.hosts_file)),
        state_dir=base / settings.state_dir,
        text=text,
        base=base,
        source=source,
        warnings=tuple(map(str, placed(named, cross.warnings(settings, converter.built), text))),
    )


def missing_files(settings: Settings) -> tuple[Fault, ...]:
    """Tell of files that the configuration names and that can't be read now; a running dnsguard waits for them."""
    starters = len(starter_lists()) if settings.starter_lists else 0
    named: dict[KeyPath, str] = {
        ("console", "cert"): settings.console.cert,
        ("console", "key"): settings.console.key,
        ("local", "hosts_file"): settings.local.hosts_file,
    }
    for index, list_ in enumerate(settings.lists[starters:]):
        if not list_.url:
            named["lists", index, "path"] = list_.path
    missing = [
        (path, f"{file} {_unreadable(error)}")
        for path, file in named.items()
        if file and (error := _open_error(Path(file)))
    ]
    return placed(settings.source or NAME, missing, settings.text)


def _read(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FaultyConfigError([Fault(source, 0, "", "nests too deeply")]) from None
    except ValueError as error:
        # tomllib.TOMLDecodeError, or what int and date readers raise through it
        message, line, column = str(error), 0, 0
        if place := re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message):
            message = message[: place.start()]
            line = int(place[1]) if place[1] else max(1, len(text.splitlines()))
            column = int(place[2] or 0)
        where = f", at column {column}" if column else ""
        raise FaultyConfigError([Fault(source, line, "", f"is not valid TOML{where}: {message}")]) from None


def _detectors(converter: Converter, value: object) -> dict[str, Any]:
    built = {slug: config() for slug, config in CONFIGS.items()}
    if not isinstance(value, Mapping):
        converter.fault(("detect",), "must be a table: one [detect.SLUG] section for each detector")
        return built
    for slug, section in value.items():
        path = ("detect", slug)
        if slug in CONFIGS:
            config = converter.table(CONFIGS[slug], section, path)
            if config is not INVALID:
                built[slug] = config
        elif slug in ALERT_TYPES:
            try:
                detector(slug)
            except ValueError as error:
                converter.fault(path, str(error))
        else:
            converter.unknown(slug, path, CONFIGS, "detector")
    return built


def _homes() -> dict[str, str]:
    """Say for each key of a section which section that is, the first one that has it."""
    homes: dict[str, str] = {}
    for name, hint in types_of(Settings).items():
        many = get_origin(hint) is tuple
        kind = get_args(hint)[0] if many else hint
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            for field in keys(kind):
                homes.setdefault(field.name, f"[[{name}]]" if many else f"[{name}]")
    return homes


def _located(list_: ListConfig, base: Path, state_dir: Path) -> ListConfig:
    """Give a list the file it is read from; that of a url is its last good copy."""
    path = str(feed_path(state_dir, list_.url)) if list_.url else _below(base, list_.path)
    return dataclasses.replace(list_, path=path)


def _below(base: Path, path: str) -> str:
    return str(base / path) if path else ""


def _open_error(path: Path) -> OSError | None:
    try:
        path.open("rb").close()
    except OSError as error:
        return error
    return None


def _unreadable(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "does not exist"
        case IsADirectoryError():
            return "is a folder, not a file"
        case PermissionError():
            return "can't be read: permission denied"
        case _:
            return f"can't be read: {error.strerror or error}"
