"""From TOML's plain values to typed dataclasses, gathering every fault instead of stopping at the first."""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from dnsguard.config.faults import dotted
from dnsguard.config.locate import KeyPath
from dnsguard.config.scalar import scalar
from dnsguard.config.toml import quoted, shown

INVALID: Final = object()
"""Stands for a value whose fault has been told."""
SECRETS: Final = frozenset({"secret", "service"})
"""Keys whose values are never shown."""
MAX_PROBLEM: Final = 400
"""Characters of one fault: what others say about a long value may quote all of it."""

Check = Callable[[Any], Any]
"""Takes a value of the right type, gives it as it is kept; ValueError says what is wrong and what would be right."""


class Converter:
    """Reads one document; `faults` and `built` fill as it goes."""

    def __init__(self, checks: Mapping[tuple[type, str], Check], homes: Mapping[str, str]) -> None:
        """Take checks by (dataclass, field), and for keys the section they belong to.

        The check of a list is asked for each element, that of a table for each key.
        """
        self._checks: Final = checks
        self._homes: Final = homes
        self.faults: Final[list[tuple[KeyPath, str]]] = []
        self.built: Final[dict[KeyPath, Any]] = {}
        """Each table as far as it could be built: a faulty key has its default, or is empty."""
        self.places: Final[dict[KeyPath, list[int]]] = {}
        """For each list, where in the file's its elements stood: the faulty ones are left out."""

    def table(self, kind: type, value: object, path: KeyPath) -> Any:
        """Build a dataclass from a table; INVALID if a key it needs is missing or faulty."""
        if not isinstance(value, Mapping):
            head = "" if any(isinstance(part, int) for part in path) else f", [{dotted(path)}]"
            return self.fault(path, f"must be a table{head}, not {_shown(path, value)}")
        fields = {field.name: field for field in keys(kind)}
        hints = types_of(kind)
        values: dict[str, Any] = {}
        for key, item in value.items():
            if key not in fields:
                self.unknown(key, (*path, key), fields)
                continue
            converted = self.value(hints[key], item, (*path, key), self._checks.get((kind, key)))
            if converted is not INVALID:
                values[key] = converted
        needed = {key for key, field in fields.items() if required(field)}
        for key in needed - value.keys():
            self.fault((*path, key), "is missing")
        absent = needed - values.keys()
        try:
            # built without what it needs, it still lets the other keys be compared
            built = kind(**values, **dict.fromkeys(absent, ""))
        except ValueError as error:
            # a Config's own check; it may have named its section already
            return INVALID if absent else self.fault(path, str(error).removeprefix(dotted(path)).lstrip(".: "))
        self.built[path] = built
        return INVALID if absent else built

    def value(self, hint: Any, value: object, path: KeyPath, check: Check | None = None) -> Any:
        """Convert one value to a field's type, each element of a list by itself."""
        origin, args = get_origin(hint), get_args(hint)
        if origin in {types.UnionType, Union}:
            return self._union(args, value, path, check)
        if origin in {tuple, frozenset}:
            return self._list(origin, args[0], value, path, check)
        if origin in {dict, Mapping}:
            return self._mapping(args[1], value, path, check)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self.table(hint, value, path)
        try:
            converted = scalar(hint, value, _shown(path, value))
            return check(converted) if check else converted
        except ValueError as error:
            return self.fault(path, str(error))

    def unknown(self, key: str, path: KeyPath, known: Iterable[str], what: str = "key") -> None:
        """Tell of a key that is none, naming the one that may be meant."""
        known = list(known)
        near = get_close_matches(key, known, 1)
        # a slip of the finger, rather than the right key in the wrong section
        slip = get_close_matches(key, known, 1, cutoff=0.8)
        if key in self._homes and not slip:
            hint = f"did you mean {quoted(key)} in {self._homes[key]}?"
        elif near:
            hint = f"did you mean {quoted(near[0])}?"
        else:
            hint = f"known here: {', '.join(known)}"
        self.fault(path, f"unknown {what}; {hint}")

    def fault(self, path: KeyPath, problem: str) -> object:
        """Note a fault; gives INVALID."""
        self.faults.append((path, problem if len(problem) <= MAX_PROBLEM else f"{problem[:MAX_PROBLEM]}…"))
        return INVALID

    def _union(self, args: tuple[Any, ...], value: object, path: KeyPath, check: Check | None) -> Any:
        kinds = [arg for arg in args if arg is not types.NoneType]
        if len(kinds) == 1:
            return self.value(kinds[0], value, path, check)
        # such as int | Literal["auto"]
        words = [word for arg in kinds if get_origin(arg) is Literal for word in get_args(arg)]
        if value in words:
            return value
        other = next(arg for arg in kinds if get_origin(arg) is not Literal)
        if isinstance(value, str) and other is not str:
            choices = " or ".join(map(quoted, words))
            return self.fault(path, f"{_shown(path, value)} is no number and not {choices}")
        return self.value(other, value, path, check)

    def _list(self, origin: type, hint: Any, value: object, path: KeyPath, check: Check | None) -> Any:
        if isinstance(value, list):
            items = [self.value(hint, item, (*path, index), check) for index, item in enumerate(value)]
            self.places[path] = [index for index, item in enumerate(items) if item is not INVALID]
            return origin(item for item in items if item is not INVALID)
        if dataclasses.is_dataclass(hint):
            return self.fault(path, f"must be a list of tables; write [[{dotted(path)}]]")
        hint = "" if isinstance(value, Mapping) else f"; write [{_shown(path, value)}]"
        return self.fault(path, f"must be a list{hint}")

    def _mapping(self, hint: Any, value: object, path: KeyPath, check: Check | None) -> Any:
        if not isinstance(value, Mapping):
            return self.fault(path, f"must be a table, not {_shown(path, value)}")
        converted = {}
        for key, item in value.items():
            try:
                kept = check(key) if check else key
            except ValueError as error:
                self.fault((*path, key), str(error))
            else:
                converted[kept] = self.value(hint, item, (*path, key))
        return {key: item for key, item in converted.items() if item is not INVALID}


@cache
def types_of(kind: type) -> dict[str, Any]:
    """Give the types of a dataclass's fields; found once, for there may be thousands of groups."""
    return get_type_hints(kind)


def keys(kind: type) -> list["dataclasses.Field[Any]"]:
    """Give the fields of a dataclass that are keys of config.toml."""
    return [field for field in dataclasses.fields(kind) if not field.metadata.get("internal")]


def required(field: "dataclasses.Field[Any]") -> bool:
    """Tell whether a table without this key is faulty."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _shown(path: KeyPath, value: object) -> str:
    return "this" if path and path[-1] in SECRETS else shown(value)
