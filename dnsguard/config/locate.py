"""On which line each key of a TOML file stands, which tomllib does not tell.

It reads text that tomllib has already taken, so it only finds its way and checks nothing (TOML 1.0).
"""

import contextlib
import re
import tomllib
from bisect import bisect_right
from typing import Final

KeyPath = tuple[str | int, ...]
"""From the file's root to a key; a number is the place in an array, from 0."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r"""
      "{3} (?:\\.|[^\\])*?  "{3,5}(?!")
    | '{3} .*?             '{3,5}(?!')
    | "    (?:\\.|[^"\\])*  "
    | '    [^']*           '
    """,
    re.DOTALL | re.VERBOSE,
)
_SCALAR: Final = re.compile(r"[^,\]}#\r\n]+")


def lines(text: str) -> dict[KeyPath, int]:
    """Give the line, from 1, of each key, table and array element."""
    finder = _Finder(text)
    # a deep nest, or a bug: a fault is then told without its line, which beats no fault at all
    with contextlib.suppress(RecursionError, ValueError):
        finder.document()
    return finder.lines


class _Finder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.lines: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}
        """How many `[[tables]]` each array has so far."""

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                self.at += 2
                table = self.array_table(self.key())
                self.expect("]]")
            elif self.text.startswith("[", self.at):
                self.at += 1
                table = self.below((), self.key())
                self.expect("]")
            else:
                self.pair(table)
            self.skip(_BLANK)

    def pair(self, table: KeyPath) -> None:
        path = self.below(table, self.key())
        self.expect("=")
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        if string := _STRING.match(self.text, self.at):
            self.at = string.end()
        elif self.text.startswith("[", self.at):
            self.at += 1
            index = 0
            while not self.closes("]"):
                self.mark((*path, index))
                self.value((*path, index))
                index += 1
        elif self.text.startswith("{", self.at):
            self.at += 1
            while not self.closes("}"):
                self.pair(path)
        else:
            self.take(_SCALAR)

    def closes(self, bracket: str) -> bool:
        """Skip to the next element; tell whether there is none."""
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(_BLANK)
        if not self.text.startswith(bracket, self.at):
            return False
        self.at += 1
        return True

    def key(self) -> list[str]:
        """Read `a."b".c`."""
        parts = []
        while True:
            self.skip(_SPACE)
            if self.text[self.at : self.at + 1] in ('"', "'"):
                # tomllib knows the escapes
                parts.append(tomllib.loads(f"k = {self.take(_STRING)}")["k"])
            else:
                parts.append(self.take(_BARE))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def below(self, table: KeyPath, keys: list[str]) -> KeyPath:
        """Give the path of a key in a table: one into an array of tables means its last."""
        for key in keys:
            table = (*table, key)
            self.mark(table)
            if table in self.arrays:
                table = (*table, self.arrays[table] - 1)
        return table

    def array_table(self, keys: list[str]) -> KeyPath:
        path = (*self.below((), keys[:-1]), keys[-1])
        self.mark(path)
        self.arrays[path] = self.arrays.get(path, 0) + 1
        path = (*path, self.arrays[path] - 1)
        self.mark(path)
        return path

    def mark(self, path: KeyPath) -> None:
        self.lines.setdefault(path, bisect_right(self.starts, self.at))

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"nothing to read at character {self.at}")
        self.at = match.end()
        return match[0]

    def expect(self, text: str) -> None:
        self.skip(_SPACE)
        if not self.text.startswith(text, self.at):
            raise ValueError(f"no {text} at character {self.at}")
        self.at += len(text)
