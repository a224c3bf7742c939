from dnsguard.detect.response import phishing_domain as det
from tests import judged

INTEL = judged.snapshot({"phishing_domain": "bank.example\n"})


def test_a_cname_to_a_listed_name() -> None:
    finding = judged.answer(det, judged.cname("x.bank.example"), INTEL)
    assert finding is not None
    assert (finding.slug, finding.zone, finding.subject) == (
        "phishing_domain",
        "bank.example",
        "x.bank.example",
    )
    assert finding.reason.startswith("answer leads to a name ")
    assert finding.evidence["chain"] == ["www.shop.example", "x.bank.example"]


def test_other_answers() -> None:
    assert judged.answer(det, judged.cname("cdn.example"), INTEL) is None
    assert judged.answer(det, judged.response("bank.example", "bank.example. 1 IN A 192.0.2.1"), INTEL) is None
