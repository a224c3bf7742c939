"""Adds a section to config.toml as a person would: at its end, and only if the whole stays valid."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dnsguard.config.parse import parse
from dnsguard.config.toml import key, written
from dnsguard.errors import DnsguardError


def section(name: str, values: Mapping[str, object], comment: str = "") -> str:
    """Write one `[[name]]`; empty values are left out."""
    lines = [f"# {comment}\n"] if comment else []
    lines.append(f"[[{name}]]\n")
    lines += [f"{key(item)} = {written(value)}\n" for item, value in values.items() if value]
    return "".join(lines)


def append(path: Path, text: str) -> None:
    """Add text to a configuration, in one step; ConfigError if that would make it wrong, OSError as files do."""
    # a link stays one: what it leads to is replaced
    path = path.resolve(strict=True)
    before = path.read_text("utf-8")
    after = f"{before.rstrip()}\n\n{text}" if before.strip() else text
    parse(after, path.parent, str(path))
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
