from dnsguard.detect.response import currency_mining as det
from tests import judged

INTEL = judged.snapshot({"currency_mining": "minergate.com\n"})


def test_a_cname_to_a_listed_name() -> None:
    finding = judged.answer(det, judged.cname("x.minergate.com"), INTEL)
    assert finding is not None
    assert (finding.slug, finding.zone, finding.subject) == ("currency_mining", "minergate.com", "x.minergate.com")
    assert finding.reason.startswith("answer leads to a name ")
    assert finding.evidence["chain"] == ["www.shop.example", "x.minergate.com"]


def test_other_answers() -> None:
    assert judged.answer(det, judged.cname("cdn.example"), INTEL) is None
    assert judged.answer(det, judged.response("minergate.com", "minergate.com. 1 IN A 192.0.2.1"), INTEL) is None
