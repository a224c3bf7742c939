from dnsguard.detect.response import dark_web_proxy as det
from tests import judged

INTEL = judged.snapshot({"dark_web_proxy": "onion.ly\n"})


def test_a_cname_to_a_listed_name() -> None:
    finding = judged.answer(det, judged.cname("x.onion.ly"), INTEL)
    assert finding is not None
    assert (finding.slug, finding.zone, finding.subject) == ("dark_web_proxy", "onion.ly", "x.onion.ly")
    assert finding.reason.startswith("answer leads to a name ")
    assert finding.evidence["chain"] == ["www.shop.example", "x.onion.ly"]


def test_other_answers() -> None:
    assert judged.answer(det, judged.cname("cdn.example"), INTEL) is None
    assert judged.answer(det, judged.response("onion.ly", "onion.ly. 1 IN A 192.0.2.1"), INTEL) is None
