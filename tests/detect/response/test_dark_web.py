from dnsguard.detect.response import dark_web as det
from tests import judged

INTEL = judged.snapshot({"dark_web": "torproject.org\n", "dark_web.addresses": "131.188.40.189\n2001:db8:1::/48\n"})


def test_a_cname_to_a_listed_name_or_into_a_network() -> None:
    for target, zone in (("bridges.torproject.org", "torproject.org"), ("x.stats.i2p", "stats.i2p")):
        finding = judged.answer(det, judged.cname(target), INTEL)
        assert finding is not None
        assert (finding.zone, finding.subject) == (zone, target)


def test_an_authority_s_address() -> None:
    for record, address in (("A", "131.188.40.189"), ("AAAA", "2001:db8:1::7")):
        subject = judged.response("a.b.example", f"a.b.example. 1 IN {record} {address}")
        finding = judged.answer(det, subject, INTEL)
        assert finding is not None
        assert (finding.zone, finding.evidence["address"]) == ("b.example", address)


def test_other_answers() -> None:
    assert judged.answer(det, judged.cname("cdn.example"), INTEL) is None
    assert judged.answer(det, judged.response("a.example", "a.example. 1 IN A 131.188.40.188"), INTEL) is None
