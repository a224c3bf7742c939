import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.lookalike.index import Index, index
from dnsguard.models.brands import DISTINCT, IMPERSONATED, KNOWN, Brand

PAYPAL = Brand("paypal", IMPERSONATED, ("paypal.com", "paypal.me"))
MODERN = Brand("modernbank", DISTINCT, ("modernbank.com",))
ABOUT = Brand("about", KNOWN, ("about.com",))


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("paypal", [PAYPAL]),
        ("paypa1", [PAYPAL]),
        ("paypl", [PAYPAL]),
        ("xpaypal", [PAYPAL]),
        ("paypxl", [PAYPAL]),
        ("apypal", [PAYPAL]),
        ("rnodernbank", [MODERN]),
        ("modembank", [MODERN]),
        ("nodernbank", [MODERN]),
        # of a brand that is only known: what looks like it, and what has it inside but for one character
        ("ab0ut", [ABOUT]),
        ("abouts", [ABOUT]),
        ("abut", []),
        ("example", []),
        ("", []),
    ],
)
def test_near(text: str, brands: list[Brand]) -> None:
    assert Index([PAYPAL, MODERN, ABOUT], frozenset()).near(text) == brands


@given(st.data())
def test_every_step_away_is_found(data: st.DataObject) -> None:
    made = index(())
    brand = data.draw(st.sampled_from([b for b in made.labels.values() if b.level >= DISTINCT and len(b.label) > 4]))
    label, char = brand.label, data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-"))
    at = data.draw(st.integers(0, len(label) - 1))
    for text in (
        label[:at] + char + label[at:],
        label[:at] + label[at + 1 :],
        label[:at] + char + label[at + 1 :],
        label[:at] + label[at : at + 2][::-1] + label[at + 2 :],
        label + char,
    ):
        assert brand in made.near(text)


def test_configured_domains_join_those_that_are_known() -> None:
    made = index(("about.example", "paypal.example", "corp.example"))
    assert made.labels["corp"].level == IMPERSONATED
    assert made.labels["about"].level == IMPERSONATED
    assert not made.labels["about"].word
    assert {"paypal.example", "paypal.com", "about.com", "about.example"} <= made.owned.keys()
    assert "corp.example" not in index(()).owned
