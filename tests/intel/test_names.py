import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.names import canonical, suffixes
from dnsguard.wire import names as wire
from dnsguard.wire.query import Query

LABELS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=63)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("example.com", "example.com"),
        ("Example.COM.", "example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("-odd-.example.com", "-odd-.example.com"),
        ("1.example.com", "1.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("_x.bücher.example", "_x.xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("straße.example", "xn--strae-oqa.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_one_spelling(text: str, name: str) -> None:
    assert canonical(text) == name
    assert canonical(name) == name


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        (".", "is empty"),
        ("a..example", "has an empty label"),
        (".example", "has an empty label"),
        ("example..", "has an empty label"),
        ("a" * 64 + ".example", "has a label longer than 63 characters"),
        (".".join(["a" * 49] * 6), "is longer than 253 characters"),
        ("ü" * 2000, "is longer than 253 characters"),
        ("exa mple.com", "has the character ' '"),
        ("//example.com/", "has the character '/'"),
        ("*.example.com", r"has the character '\*'"),
        ("a\x00b.example", "has the character"),
        ("192.0.2.1", "is an address or a number"),
        ("12345", "is an address or a number"),
        ("a.example.123", "is an address or a number"),
        ("i❤.example", "is no valid IDN"),
        ("ü" * 60 + ".example", "is no valid IDN"),
        ("a\u3002\u3002b", "has an empty label"),
    ],
)
def test_what_is_no_name_is_said(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        canonical(text)


@given(st.text())
def test_any_text_has_one_spelling_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        name = canonical(text)
        assert canonical(name) == name
        # and it is the spelling that queries have
        assert Query.of(name).name == name


@given(st.lists(LABELS, min_size=1, max_size=4).map(".".join))
def test_ascii_names_are_only_lowered(text: str) -> None:
    if not text.rpartition(".")[2].isdigit():
        assert canonical(text) == canonical(text + ".") == text.lower()


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=8))
def test_suffixes_cut_at_labels_as_the_wire_does(labels: list[bytes]) -> None:
    texts = [wire.label_text(label) for label in labels]
    assert list(suffixes(".".join(texts))) == [".".join(texts[i:]) for i in range(len(texts))]
