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


def test_a_cname_to_a_look_alike() -> None:
    finding = judged.answer(det, judged.cname("www.paypa1.com"))
    assert finding is not None
    assert finding.reason == "answer leads to a name a step away from a brand's"
    assert finding.evidence["brand"] == "paypal.com"
    assert finding.evidence["target"] == "www.paypa1.com"


def test_what_a_brand_s_own_name_leads_to_is_its_owner_s() -> None:
    inside = "www.paypal.com.session.example"
    assert judged.answer(det, judged.cname(inside)) is not None
    own = judged.response("www.paypal.com", f"www.paypal.com. 60 IN CNAME {inside}.", f"{inside}. 60 IN A 192.0.2.1")
    assert judged.answer(det, own) is None
    # a listed name stays one
    lists = judged.snapshot({"phishing_domain": "session.example\n"})
    assert judged.answer(det, own, lists) is not None
