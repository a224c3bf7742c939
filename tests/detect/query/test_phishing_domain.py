import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.context import Context
from dnsguard.detect.query import phishing_domain as det
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.wire.query import Query
from tests import judged

INTEL = judged.snapshot({"phishing_domain": "login.bank.example\nweb.app\n", "threat_intel": "evil.example\n"})


@pytest.mark.parametrize(
    ("name", "fires"),
    [
        ("login.bank.example", True),
        ("A.LOGIN.bank.example", True),
        ("bank.example", False),
        ("xlogin.bank.example", False),
        # a suffix that strangers share matches itself alone
        ("web.app", True),
        ("somebody.web.app", False),
        ("evil.example", False),
    ],
)
def test_a_listed_name_and_all_below_it(name: str, fires: bool) -> None:
    assert (judged.name(det, name, INTEL) is not None) is fires


def test_evidence_names_the_list() -> None:
    finding = judged.name(det, "www.login.bank.example", INTEL)
    assert finding is not None
    assert (finding.slug, finding.zone) == ("phishing_domain", "login.bank.example")
    assert finding.evidence == {
        "matched": "login.bank.example",
        "lists": [
            {
                "list": "phishing_domain",
                "entry": "login.bank.example",
                "line": 1,
                "since": "1970-01-01T00:00:00Z",
                "confidence": 75,
            }
        ],
    }


def test_no_lists_no_findings() -> None:
    assert judged.name(det, "login.bank.example", EMPTY) is None


LOOKALIKE = "xn--pypal-4ve.com"


def test_a_look_alike_says_what_it_looks_like() -> None:
    finding = judged.name(det, f"www.{LOOKALIKE}", INTEL)
    assert finding is not None
    assert (finding.zone, finding.score, finding.threshold) == (LOOKALIKE, 1.5, 1.0)
    assert finding.reason.startswith("name ")
    assert finding.evidence == {
        "brand": "paypal.com",
        "resembles": "paypal",
        "unicode": "www.pаypal.com",  # noqa: RUF001 - Cyrillic
        "scripts": ["CYRILLIC", "LATIN"],
    }
    finding = judged.name(det, "paypa1-login.top", INTEL)
    assert finding is not None
    assert finding.evidence == {
        "brand": "paypal.com",
        "resembles": "paypa1",
        "edit": "look-alike characters",
        "lures": ["login"],
    }


def test_a_list_speaks_first() -> None:
    lists = judged.snapshot({"phishing_domain": "paypa1.com\n"})
    finding = judged.name(det, "paypa1.com", lists)
    assert finding is not None
    assert finding.reason == "name on a phishing list"
    # popularity excuses a look, never a listing
    lists = judged.snapshot({"phishing_domain": "redit.com\n"})
    assert judged.name(det, "redit.com", lists) is not None
    assert judged.name(det, "redit.com", EMPTY) is None


def test_a_user_s_brand_is_looked_after() -> None:
    assert judged.name(det, "firstcitizem.example") is None
    finding = judged.name(det, "firstcitizem.example", brands=("firstcitizen.example",))
    assert finding is not None
    assert finding.evidence["brand"] == "firstcitizen.example"
    assert judged.name(det, "www.firstcitizen.example", brands=("firstcitizen.example",)) is None


def test_threshold_decides() -> None:
    query, config = Query.of("facebookz.pl"), det.Config()
    score = det.score(query, Context(config, EMPTY))
    assert 0.5 < score < 1
    assert judged.name(det, "facebookz.pl") is None
    assert judged.name(det, "facebookz.pl", threshold=0.5) is not None
    assert judged.name(det, "paypa1.com", threshold=2.0) is None


def test_scores_rank_names() -> None:
    def score(name: str, intel: Snapshot = EMPTY) -> float:
        return det.score(Query.of(name), Context(det.Config(), intel))

    assert score("www.example.com") == 0
    assert score("login.bank.example", INTEL) == 1
    assert score("www.example.com") < score("facebookz.pl") < score("facebookz.com") < score(LOOKALIKE)


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("brands", ("no domain",), "brands"),
        ("brands", ("com",), "brands"),
        ("threshold", 0.4, "threshold"),
        ("threshold", 2.1, "threshold"),
    ],
)
def test_config_says_what_is_wrong(key: str, value: object, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        det.Config(**{key: value})


def test_config_brings_brands_into_one_spelling() -> None:
    assert det.Config(brands=("Example.COM.", "example.com", "bücher.example")).brands == (
        "example.com",
        "xn--bcher-kva.example",
    )


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9-]{1,12}){0,3}\.(com|top|co\.uk)", fullmatch=True))
def test_no_name_breaks_it(name: str) -> None:
    judged.name(det, name)


@given(st.from_regex(r"xn--[a-z0-9-]{1,20}\.com", fullmatch=True))
def test_no_a_label_breaks_it(name: str) -> None:
    judged.name(det, name)
