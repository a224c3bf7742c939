"""Faults of a configuration: gathered under their key's path, told with the file's name and line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dnsguard.config.locate import KeyPath, lines
from dnsguard.config.toml import key
from dnsguard.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    source: str
    """The file, as the person named it."""
    line: int
    """From 1; 0 if the fault has no place in the file."""
    key: str
    """Dotted path, for example `lists[0].category`; empty if the fault is no key's."""
    problem: str
    """What is wrong and what would be right."""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return ": ".join(part for part in (place, self.key, self.problem) if part)


class FaultyConfigError(ConfigError):
    """A ConfigError that keeps its faults in parts."""

    def __init__(self, details: Iterable[Fault]) -> None:
        self.details = tuple(details)
        super().__init__([str(fault) for fault in self.details])


def placed(source: str, told: Iterable[tuple[KeyPath, str]], text: str) -> tuple[Fault, ...]:
    """Give faults their lines, in the order of the file."""
    told = list(told)
    if not told:
        return ()
    where = lines(text)
    found = [Fault(source, line_of(path, where), dotted(path), problem) for path, problem in told]
    return tuple(sorted(found, key=lambda fault: fault.line))


def dotted(path: KeyPath) -> str:
    """Write a path as a person does: `listen.dns[1]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # a key may hold anything, line ends included, and a fault is one line
            text += f".{key(part)}" if text else key(part)
    return text


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """Find the line of a key; one that is missing has that of the table it belongs to."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0
