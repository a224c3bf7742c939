import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.alerts.trim import shorten, trim

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=40,
)


def test_small_evidence_stays_as_it_is() -> None:
    evidence = {"bytes": 12, "names": ["a", "b"], "lists": [{"list": "lab", "line": 3}], "none": None, "share": 0.5}
    assert trim(evidence) == evidence


def test_what_is_left_out_is_named() -> None:
    kept = trim({"small": 1, "big": ["x" * 250] * 12, "bigger": ["y" * 290] * 12}, limit=500)
    assert kept == {"small": 1, "trimmed": "bigger, big"}


def test_long_texts_and_lists_say_that_they_were_cut() -> None:
    kept = trim({"text": "x" * 1000, "list": list(range(100))})
    assert str(kept["text"]).endswith("… (1000 characters)")
    assert kept["list"] == [*range(12), "… 88 more"]


def test_names_keep_both_ends() -> None:
    assert shorten("a" * 200 + ".evil.example", 40).endswith(".evil.example")
    assert len(shorten("a" * 200, 40)) == 40
    assert shorten("short", 40) == "short"


@given(st.dictionaries(st.text(), values), st.integers(0, 2000))
def test_it_always_fits(evidence: dict[str, object], limit: int) -> None:
    kept = trim(evidence, limit)
    assert kept == {} or len(msgspec.json.encode(kept)) <= limit
