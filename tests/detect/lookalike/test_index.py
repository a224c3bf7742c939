import pytest

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


def test_configured_domains_join_those_that_are_known() -> None:
    made = index(("about.example", "paypal.example", "corp.example"))
    assert made.labels["corp"].level == IMPERSONATED
    assert made.labels["about"].level == IMPERSONATED
    assert not made.labels["about"].word
    assert {"paypal.example", "paypal.com", "about.com", "about.example"} <= made.owned.keys()
    assert "corp.example" not in index(()).owned
