import pytest

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.worth import COMMON, place, worth
from dnsguard.models import generated
from dnsguard.models.brands import DISTINCT, IMPERSONATED, Brand

MADE_UP = Brand("zorblex", IMPERSONATED, ("zorblex.com",))
WORD = Brand("ledger", IMPERSONATED, ("ledger.com",), flags="w")
FAMOUS = Brand("dropbox", IMPERSONATED, ("dropbox.com",))
MAIL = Brand("hotmail", IMPERSONATED, ("hotmail.com",))
BANK = Brand("axisbank", IMPERSONATED, ("axisbank.com",))
SITE = Brand("cntraveler", DISTINCT, ("cntraveler.com",))


@pytest.mark.parametrize(
    ("brand", "label", "step", "value"),
    [
        # another in the same trade, unless a letter came in by a slip
        (BANK, "axosbank", edits.KEYBOARD, 0.0),
        (BANK, "axsbank", edits.OMITTED, 0.0),
        (BANK, "axsisbank", edits.KEYBOARD, 0.3),
        (BANK, "axisbakn", edits.SWAPPED, 0.3),
        # endings of words, and a letter before them
        (WORD, "ledgers", edits.PLURAL, 0.0),
        (WORD, "ledgery", edits.KEYBOARD, 0.0),
        (WORD, "xledger", edits.LETTER, 0.0),
        (FAMOUS, "xdropbox", edits.LETTER, 0.3),
        # one way to write it, in a name that nobody dresses up as
        (SITE, "cntraveller", edits.DOUBLED, -0.1),
        (SITE, "cn-traveler", edits.HYPHEN, -0.1),
        (SITE, "cnttraveler", edits.DOUBLED, -0.1),
        (SITE, "cntravveler", edits.DOUBLED, -0.05),
    ],
)
def test_what_others_are_called(brand: Brand, label: str, step: str, value: float) -> None:
    assert worth(brand, label, step, "com") == value


def test_a_long_name_that_is_spoilt_is_nobody_s_and_one_that_reads_as_words_may_be() -> None:
    cost = generated.model().language.cost
    assert max(cost("drobox"), cost("hitmail")) < COMMON + 1
    assert worth(FAMOUS, "drobox", edits.OMITTED, "com") == 0.1
    assert worth(MAIL, "hitmail", edits.VOWEL, "com") < 0.1


def test_rare_labels_say_more() -> None:
    assert worth(MADE_UP, "zorblez", edits.LETTER, "com") == 0.3


def test_a_word_under_a_foreign_suffix_says_little() -> None:
    assert worth(WORD, "letger", edits.LETTER, "pl") == worth(WORD, "letger", edits.LETTER, "com") - 0.25


def test_places() -> None:
    assert place(FAMOUS, "com") == 0.3
    assert place(FAMOUS, "xyz") == place(FAMOUS, "web.app") == 0.25
    assert place(FAMOUS, "net") == 0.1
    assert place(FAMOUS, "pl") == 0.0
