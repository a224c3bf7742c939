"""Against the CEF dictionary, as cefevent carries it: keys, kinds of values, lengths; and read back."""

import re

import pytest
from cefevent.extensions import extension_dictionary

from dnsguard.alerts.formats import cef
from tests.alerts.formats.samples import SAMPLES

each = pytest.mark.parametrize("name", SAMPLES)


def read(line: str) -> tuple[list[str], dict[str, str]]:
    """Header fields and extension of a line, unescaped."""
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    pairs = re.split(r"(?:^|(?<=\S) )([A-Za-z0-9_]+)(?<!\\)=", parts[7])[1:]
    unescape = {"\\\\": "\\", "\\=": "=", "\\n": "\n", "\\|": "|"}
    values = [re.sub(r"\\[\\=n|]", lambda found: unescape[found[0]], text) for text in pairs[1::2]]
    return parts[:7], dict(zip(pairs[::2], values, strict=True))


@each
def test_keys_and_lengths_are_the_dictionarys(name: str) -> None:
    line = cef.render(SAMPLES[name])
    assert line.isprintable() or name == "hostile"
    assert "\n" not in line
    assert "\r" not in line
    head, extension = read(line)
    assert head[:3] == ["CEF:0", "dnsguard", "dnsguard"]
    assert head[4] == ("dnsguard_FeedRefused" if name.startswith("feed") else head[4])
    assert 0 <= int(head[6]) <= 10
    for key, value in extension.items():
        entry = extension_dictionary[key]
        assert value
        if entry["length"]:
            assert len(value) <= entry["length"], key
        if entry["data_type"] == ["Integer"]:
            assert int(value) >= 0
        if key in {"rt", "start", "end"}:
            assert re.fullmatch(r"\d{13}", value)
    for number in range(1, 7):
        assert (f"cs{number}" in extension) == (f"cs{number}Label" in extension)


def test_what_was_seen_comes_back() -> None:
    _, extension = read(cef.render(SAMPLES["listed"]))
    assert extension["src"] == "192.0.2.7"
    assert extension["dhost"] == "www.listed.example"
    assert extension["act"] == "blocked"
    assert extension["cs3"] == "lab"
    assert extension["externalId"] == SAMPLES["listed"].id
    assert read(cef.render(SAMPLES["ipv6"]))[1]["c6a2"] == "2001:db8::7"


def test_attackers_words_make_no_key_and_no_field() -> None:
    head, extension = read(cef.render(SAMPLES["hostile"]))
    assert len(head) == 7
    assert extension["dhost"].startswith("<!channel> [click](http://x.example) *b* _i_ `c` | = \\ \n")
    assert extension["act"] == "blocked"
