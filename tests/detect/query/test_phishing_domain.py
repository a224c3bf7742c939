import pytest

from dnsguard.detect.query import phishing_domain as det
from dnsguard.intel.snapshot import EMPTY
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
