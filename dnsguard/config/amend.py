"""Changes config.toml as a person would: comments stay, in one step, and only if the whole stays valid."""

import dataclasses
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import tomlkit

from dnsguard.config.parse import parse
from dnsguard.config.settings import Settings
from dnsguard.config.toml import key, written
from dnsguard.errors import DnsguardError
from dnsguard.model import Mode
from dnsguard.policy.config import SuppressionConfig


def section(name: str, values: Mapping[str, object], comment: str = "") -> str:
    """Write one `[[name]]`; empty values are left out."""
    lines = [f"[[{name}]]\n"]
    if comment:
        # below the header: it goes when the section goes
        lines.append(f"# {comment}\n")
    lines += [f"{key(item)} = {written(value)}\n" for item, value in values.items() if value]
    return "".join(lines)


def append(path: Path, text: str) -> None:
    """Add text to a configuration, in one step; ConfigError if that would make it wrong, OSError as files do."""
    _change(path, lambda before: f"{before.rstrip()}\n\n{text}" if before.strip() else text)


def set_mode(path: Path, slug: str, mode: Mode | None) -> None:
    """Give a detector a mode, or take its own away, so that the global one holds; errors as `append`'s."""

    def change(before: str) -> str:
        document = tomlkit.parse(before)
        if mode is not None:
            # setdefault would return what it was given, not what is in the document
            if "detect" not in document:
                document["detect"] = tomlkit.table(is_super_table=True)
            if slug not in document["detect"]:
                document["detect"][slug] = tomlkit.table()
            document["detect"][slug]["mode"] = mode.value
        elif slug in document.get("detect", {}):
            document["detect"][slug].pop("mode", None)
        return tomlkit.dumps(document)

    def wanted(settings: Settings) -> Settings:
        config = dataclasses.replace(settings.detect[slug], mode=mode)
        return dataclasses.replace(settings, detect={**settings.detect, slug: config})

    _change(path, change, wanted)


def remove_suppression(path: Path, one: SuppressionConfig) -> None:
    """Take the first suppression that is equal to this one away; DnsguardError if there is none."""
    place = -1

    def change(before: str) -> str:
        nonlocal place
        there = parse(before, path.parent, str(path)).suppressions
        if one not in there:
            raise DnsguardError(f"{path} has no such suppression any more")
        place = there.index(one)
        document = tomlkit.parse(before)
        del document["suppressions"][place]
        if not document["suppressions"]:
            del document["suppressions"]
        return tomlkit.dumps(document)

    def wanted(settings: Settings) -> Settings:
        rest = (*settings.suppressions[:place], *settings.suppressions[place + 1 :])
        return dataclasses.replace(settings, suppressions=rest)

    _change(path, change, wanted)


def why_not(path: Path | None) -> str:
    """Say why this process can't change the file; empty: it can."""
    if path is None:
        return "dnsguard was started without a configuration file; start it with --config FILE"
    place = path.resolve()
    if os.access(place, os.R_OK) and os.access(place.parent, os.W_OK):
        return ""
    return f"dnsguard's user may not write {place.parent}; change {path} by hand"


def changeable(path: Path | None) -> Path:
    """The file, if this process can change it; DnsguardError."""
    if path is None or (problem := why_not(path)):
        raise DnsguardError(problem if path else why_not(path))
    return path


def _change(path: Path, change: Callable[[str], str], wanted: Callable[[Settings], Settings] | None = None) -> None:
    """Put what `change` makes of the text in the file's place.

    `wanted` says what the configuration must be then: what an editor of TOML makes of an unusual file is not believed.
    """
    # a link stays one: what it leads to is replaced
    path = path.resolve(strict=True)
    before = path.read_text("utf-8")
    after = change(before)
    settings = parse(after, path.parent, str(path))
    if wanted is not None and settings != wanted(parse(before, path.parent, str(path))):
        raise DnsguardError(f"{path} is written in a way that can't be changed safely; do it by hand")
    if path.read_text("utf-8") != before:
        raise DnsguardError(f"{path} has just been changed by somebody else; try again")
    mode = path.stat()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode.st_mode & 0o7777)
        if os.geteuid() == 0:
            os.chown(new, mode.st_uid, mode.st_gid)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
