import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.models import generated, ngrams
from dnsguard.models.generated import Generated, Language
from dnsguard.models.trees import Trees
from dnsguard.models.words import Words

MODEL = generated.model()
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)


def head(**changes: object) -> dict[str, object]:
    return {
        "words": {"able": 5.0},
        "unknown": 8.0,
        "rarities": {"com": 0.7},
        "rarity": 9.0,
        "lengths": [0.5] * (generated.LONGEST + 1),
        "suffixes": {"com": -0.5},
        "suffix": 0.25,
        "trees": {"features": [-1], "values": [1.5], "lefts": [0], "rights": [0], "roots": [0]},
        "scale": [0.0, 1.0, 3.0],
        "bits": [1.0, 2.0, 4.0],
        "odds": [-1.0, 0.0, 2.0],
    } | changes


def blank() -> bytes:
    return bytes([ngrams.ZERO]) * ngrams.SIZE


def test_a_model_is_read_as_it_was_packed() -> None:
    seen = bytes(1 << generated.SEEN_BITS - 3)
    made = generated.unpack(generated.pack(head(), [blank(), blank(), seen]))
    assert made.quick("anything", "com") == 0.0
    assert made.quick("anything", "example") == 0.75
    assert made.margin("anything", "com") == 1.5
    assert made.score("anything", "com") == 2.5
    assert len(made.vector("anything", "com")) == len(generated.NAMES)


@pytest.mark.parametrize(
    ("margin", "expected"), [(-5.0, 1.0), (0.0, 1.0), (0.5, 1.5), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (5.0, 6.0)]
)
def test_a_curve_is_read_between_its_points_and_led_on(margin: float, expected: float) -> None:
    language = Language(Words({}, 1.0), b"", b"", {}, 0.0)
    made = Generated(language, b"", [], {}, 0.0, Trees([], [], [], [], []), [0.0, 1.0, 3.0], [1.0, 2.0, 4.0], [])
    assert made.at(margin, made.bits) == expected


@pytest.mark.parametrize("data", [b"", b"dnsguard generated 0\nx", generated.MAGIC[:-1] + b"2"])
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no model"):
        generated.unpack(data)


def test_the_card_says_what_was_measured() -> None:
    report = json.loads(generated.FILE.with_suffix(".json").read_text())
    card = generated.FILE.with_name("MODEL_CARD.md").read_text()
    for found in report["macro"].values():
        assert " | ".join(f"**{100 * value:.1f}**" for value in found) in card
    assert f"{report['benign_test']:,} clean benign names" in card
    for family in report["families"]:
        assert f"\n| {family} |" in card


def test_a_torn_file_is_refused() -> None:
    with pytest.raises(zlib.error):
        generated.unpack(generated.FILE.read_bytes()[:1000])


def test_the_tables_have_their_size() -> None:
    assert len(MODEL.grams) == len(MODEL.language.spoken) == ngrams.SIZE == 1 << 20
    assert len(MODEL.language.seen) == 1 << generated.SEEN_BITS - 3
    assert MODEL.scale == sorted(MODEL.scale)
    assert MODEL.bits == sorted(MODEL.bits)
    assert MODEL.odds == sorted(MODEL.odds)


def test_registered_names_score_low_and_made_up_ones_high() -> None:
    benign = ("example", "com"), ("wikipedia", "org"), ("sparkasse-koeln", "de"), ("gardenflowers", "net")
    made = ("xkqvbzwpmtrhd", "net"), ("iwdqb68guhvhsm19auhv", "ru"), ("7qnmi56ei3zyqkyz", "org"), ("qwxzkvjpfh", "info")
    assert max(MODEL.score(*name) for name in benign) < 2 < min(MODEL.score(*name) for name in made)
    assert max(MODEL.quick(*name) for name in benign) < 0 < min(MODEL.quick(*name) for name in made)


@given(LABELS, st.sampled_from(["com", "ddns.net", "co.uk", "", "qwertz"]))
def test_any_label_has_a_score(label: str, suffix: str) -> None:
    vector = MODEL.vector(label, suffix)
    assert len(vector) == len(generated.NAMES)
    assert vector[-3] + vector[-1] == pytest.approx(MODEL.quick(label, suffix))
    assert 0 <= MODEL.score(label, suffix) < 12


@given(st.integers(0, (1 << 25) - 1))
def test_five_grams_have_a_place_among_the_bits(code: int) -> None:
    assert 0 <= generated.five(code) < 1 << generated.SEEN_BITS
