import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models import confusables
from dnsguard.models.confusables import decoded, flattened, folded, latin, scripts


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("pаypаl", "paypal"),  # noqa: RUF001 - Cyrillic
        ("gοοgle", "google"),  # noqa: RUF001 - Greek
        ("ɢoogle", "google"),
        ("fạceboọk", "facebook"),
        ("ƒɑcebook", "facebook"),  # noqa: RUF001
        ("gøøglē", "google"),
        ("paypal", "paypal"),
        ("日本", "日本"),
    ],
)
def test_latin_is_what_a_reader_sees(text: str, seen: str) -> None:
    assert latin(text) == seen


def test_every_line_of_the_table_reads_as_its_prototype() -> None:
    lines = [line for line in confusables.TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        prototype, _, characters = line.partition(" ")
        assert {latin(char) for char in characters} == {prototype}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("xn--pypal-4ve", "pаypal"),  # noqa: RUF001
        ("example", "example"),
        ("xn--", ""),
        ("xn--\\255", "xn--\\255"),
    ],
)
def test_decoded(label: str, text: str) -> None:
    assert decoded(label) == text


@given(st.text(st.characters(codec="ascii", categories=("Ll", "Nd", "Pd")), max_size=60))
def test_what_is_no_punycode_is_left(rest: str) -> None:
    label = f"xn--{rest}"
    assert isinstance(decoded(label), str)
    assert isinstance(latin(decoded(label)), str)


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x24F, categories=("Ll",)), min_size=1, max_size=8))
def test_marks_are_overlooked(text: str) -> None:
    plain = latin(text)
    assert all(not unicodedata.combining(char) for char in unicodedata.normalize("NFD", plain))


def test_folding() -> None:
    assert folded("arnazon") == folded("amazon")
    assert folded("paypa1") == folded("paypal")
    assert folded("pay-pal") == folded("paypal")
    assert folded("vvhatsapp") == folded("whatsapp")
    assert folded("paypal") != folded("papal")
    assert flattened("arnazon") != flattened("amazon")


def test_scripts() -> None:
    assert scripts("pаypal.com") == ["CYRILLIC", "LATIN"]  # noqa: RUF001
    assert scripts("paypal1-2") == ["LATIN"]
