import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.config.locate import KeyPath, lines
from dnsguard.config.toml import key, written

TEXT = '''\
# a comment with [brackets] and = signs
a = 1
"b.c" = "x = 2" # not a key
d . e = 3

[f]
g = """
h = 1
""\\"
"""
i = [ # one
  1, "]",
  [2, {j = 3, 'k l' = [4]}],
]
[[m]]
[[m]]
n = \'\'\'
o = 1\'\'\'
[[m.p]]
q = 1979-05-27 07:32:00
r = ""
[m.s]
t = {}
u = true
'''


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from paths(item, (*path, name))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


def test_every_kind_of_place() -> None:
    found = lines(TEXT)
    assert set(found) == set(paths(tomllib.loads(TEXT)))
    assert {
        path: found[path]
        for path in [
            ("a",), ("b.c",), ("d",), ("d", "e"), ("f",), ("f", "g"), ("f", "i"), ("f", "i", 0), ("f", "i", 1),
            ("f", "i", 2, 1, "k l", 0), ("m",), ("m", 0), ("m", 1), ("m", 1, "n"), ("m", 1, "p", 0, "q"),
            ("m", 1, "p", 0, "r"), ("m", 1, "s", "u"),
        ]
    } == {
        ("a",): 2, ("b.c",): 3, ("d",): 4, ("d", "e"): 4, ("f",): 6, ("f", "g"): 7, ("f", "i"): 11,
        ("f", "i", 0): 12, ("f", "i", 1): 12, ("f", "i", 2, 1, "k l", 0): 13, ("m",): 15, ("m", 0): 15, ("m", 1): 16,
        ("m", 1, "n"): 17, ("m", 1, "p", 0, "q"): 20, ("m", 1, "p", 0, "r"): 21, ("m", 1, "s", "u"): 24,
    }  # fmt: skip


def test_windows_line_ends() -> None:
    assert lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}


def test_quotes_at_the_end_of_a_long_string() -> None:
    text = 'a = """x"""""\nb = \'\'\'y\'\'\'\'\nc = """"""\nd = 1\n'
    assert lines(text) == {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}


def test_too_deep_gives_what_was_found() -> None:
    assert lines("a = 1\nb = " + "[" * 100_000)[("a",)] == 1


names = st.text(min_size=0, max_size=6).filter(lambda text: text.isprintable())
values = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(names, values, max_size=4), st.dictionaries(names, st.lists(st.dictionaries(names, values))))
def test_each_key_of_any_document_has_its_line(plain: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    expected: dict[KeyPath, int] = {}
    rows: list[str] = []

    def write(text: str, path: KeyPath) -> None:
        rows.append(text)
        expected.setdefault(path, len(rows))

    for name, value in plain.items():
        write(f"{key(name)} = {written(value)}", (name,))
    for name in tables.keys() - plain.keys():
        for index, table in enumerate(tables[name]):
            write(f"[[{key(name)}]] # {index}", (name, index))
            for inner, value in table.items():
                write(f"  {key(inner)}={written(value)}", (name, index, inner))
    text = "\n".join(rows)
    found = lines(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    assert expected.items() <= found.items()
