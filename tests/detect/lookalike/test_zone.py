import pytest

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.index import index
from dnsguard.detect.lookalike.look import COMBO, HOMOGRAPH, SUFFIX, TYPO
from dnsguard.detect.lookalike.worth import TWO_STEPS
from dnsguard.detect.lookalike.zone import of_zone

KNOWN = index(())


@pytest.mark.parametrize(
    ("zone", "reason", "brand", "edit"),
    [
        ("paypa1.com", TYPO, "paypal", edits.LOOKALIKE),
        ("arnazon.com", TYPO, "amazon", edits.LOOKALIKE),
        ("faceb-ook.online", TYPO, "facebook", edits.HYPHEN),
        ("face-book.online", TYPO, "facebook", edits.PARTED),
        ("gogole.com", TYPO, "google", edits.SWAPPED),
        ("netfflix.com", TYPO, "netflix", edits.DOUBLED),
        ("micosoft.com", TYPO, "microsoft", edits.OMITTED),
        ("faceboik.com", TYPO, "facebook", edits.KEYBOARD),
        ("clronopost.fr", TYPO, "chronopost", edits.BIT),
        ("linkedins.com", TYPO, "linkedin", edits.PLURAL),
        ("coinbasez.com", TYPO, "coinbase", edits.LETTER),
        ("te1egrram.xyz", TYPO, "telegram", TWO_STEPS),
        ("wwwpaypal.com", TYPO, "paypal", edits.AFFIX),
        ("netflix-com.net", TYPO, "netflix", edits.AFFIX),
        ("xn--pypal-4ve.com", HOMOGRAPH, "paypal", ""),
        ("xn--bnance-p9a.com", HOMOGRAPH, "binance", ""),
        ("xn--pypl-login-zqic.com", HOMOGRAPH, "paypal", ""),
        ("paypal-login.com", COMBO, "paypal", ""),
        ("secure-wells-fargo-account.com", COMBO, "wellsfargo", edits.HYPHEN),
        ("loginpaypal.com", COMBO, "paypal", ""),
        ("paypa1-verify.com", COMBO, "paypal", edits.LOOKALIKE),
        ("netflix2024-billing.com", COMBO, "netflix", ""),
        ("coinbase-wallet-support.io", COMBO, "coinbase", ""),
        ("netflix.xyz", SUFFIX, "netflix", ""),
    ],
)
def test_is_told(zone: str, reason: str, brand: str, edit: str) -> None:
    look = of_zone(zone, KNOWN)
    assert look is not None
    assert (look.reason, look.brand.label, look.edit) == (reason, brand, edit)
    assert look.score >= 1


@pytest.mark.parametrize(
    "zone",
    """
    paypal.com paypal.me microsoftonline.com amazonaws.com example.com netflix.fr
    apples.com cooking.com chose.com lodger.com strife.com vast.com offices.com ranges.com cloud.com papal.org
    orange-county.gov chase-restaurant.com target-analytics.com discover-ireland.ie amazon-river-tours.com
    metamask-tutorial-videos.com ebay-history.com x.com a.com xn--fiqs8s xn--mnchen-3ya.de xn--80ak6aa92e.example
    paypal.map.fastly.net jmail.com hitmail.com ucloud.com.cn lithub.com t-mobile.at credit-agricole.pl wal-mart.fi
    stumble-upon.com santandernet.com.br axosbank.com wmtransfer.com rtelekom.net cntraveller.com twitchy.com
    efidelity.com
    """.split(),
)
def test_is_not_told(zone: str) -> None:
    look = of_zone(zone, KNOWN)
    assert look is None or look.score < 1 or look.brand.label == "apple"


def test_lures_are_named() -> None:
    look = of_zone("paypal-account-support.com", KNOWN)
    assert look is not None
    assert look.lures == ["account", "support"]


def test_a_slip_in_a_short_name_before_a_trade_is_told() -> None:
    for zone in ("axxisbank.com", "axsisbank.com", "citnibank.com"):
        look = of_zone(zone, KNOWN)
        assert look is not None
        assert look.score >= 1


def test_own_suffix_weighs_more_than_a_foreign_one() -> None:
    own, foreign = of_zone("linkedinz.com", KNOWN), of_zone("linkedinz.pl", KNOWN)
    assert own is not None
    assert foreign is not None
    assert own.score >= 1 > foreign.score


def test_the_whole_name_and_a_letter_is_nobody_s_chance() -> None:
    # its letters are common by now, as in `webmail`, for which `vebmail` is no brand's look-alike
    for zone in ("paypal8.com", "xnetflix.com"):
        look = of_zone(zone, KNOWN)
        assert look is not None
        assert look.score >= 1


def test_every_step_from_a_configured_brand_is_told() -> None:
    made = index(("firstcitizen.example",))
    for zone in ("firstcitizens.example", "fristcitizen.example", "firstcitize.example", "firstcitizem.example"):
        look = of_zone(zone, made)
        assert look is not None
        assert look.score >= 1
        assert of_zone(zone, KNOWN) is None


def test_what_decodes_to_a_surrogate_is_judged_too() -> None:
    label = "xn--" + "paypal\ud800".encode("punycode").decode()
    look = of_zone(f"{label}.com", KNOWN)
    assert look is not None
    assert look.brand.label == "paypal"
