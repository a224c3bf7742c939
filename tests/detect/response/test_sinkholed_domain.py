import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.response import sinkholed_domain as det
from dnsguard.model import Finding, Severity
from tests import judged

INTEL = judged.snapshot(
    {
        "sinkholed_domain.addresses": "192.0.2.9\n198.51.100.0/24\n2001:db8::9\n",
        "sinkholed_domain.names": "sinkhole.cert.example\n",
        "threat_intel": "".join(f"evil{i}.example\n" for i in range(40)),
    }
)
SOA = ("bad.example. 1 IN SOA {} hostmaster.bad.example. 1 2 3 4 5",)


def run(subject: judged.Response, **config: object) -> Finding | None:
    return judged.answer(det, subject, INTEL, **config)


@pytest.mark.parametrize("line", ["A 192.0.2.9", "A 198.51.100.77", "AAAA 2001:db8::9"])
def test_addresses(line: str) -> None:
    finding = run(judged.response("x.bad.example", f"x.bad.example. 1 IN {line}"))
    assert finding is not None
    assert (finding.zone, finding.severity, finding.evidence["operator"]) == ("bad.example", None, "unknown")
    assert finding.evidence["address"] == line.split()[1]


def test_a_cname_s_target() -> None:
    finding = run(judged.cname("a.Sinkhole.cert.example"))
    assert finding is not None
    assert (finding.subject, finding.zone) == ("a.sinkhole.cert.example", "shop.example")
    assert finding.evidence["chain"] == ["www.shop.example", "a.sinkhole.cert.example"]


def test_name_servers_and_the_soa_of_an_answer_without_records() -> None:
    for authority, record in (
        (("bad.example. 1 IN NS ns1.sinkhole.cert.example.",), "NS"),
        ((SOA[0].format("sinkhole.cert.example."),), "SOA"),
    ):
        finding = run(judged.response("bad.example", authority=authority))
        assert finding is not None
        assert finding.evidence["record"] == record
        finding = run(judged.response("bad.example", rcode="NXDOMAIN", authority=authority))
        assert finding is not None


def test_the_operator_is_told_for_the_starter_lists() -> None:
    intel = judged.starters("sinkholed_domain")
    subject = judged.response("bad.example", authority=("bad.example. 1 IN NS ns.sinkhole.cert.pl.",))
    finding = judged.answer(det, subject, intel)
    assert finding is not None
    assert finding.evidence["operator"] == "CERT Polska"


@pytest.mark.parametrize(
    "subject",
    [
        judged.response("bad.example", "bad.example. 1 IN A 0.0.0.0"),
        judged.response("bad.example", "bad.example. 1 IN AAAA ::"),
        judged.response("bad.example", "bad.example. 1 IN A 192.0.2.9", ede=15),
        judged.response("bad.example", "bad.example. 1 IN A 192.0.2.9", ede=17),
        judged.response("bad.example", rcode="NXDOMAIN", ra=False),
        judged.response("bad.example", rcode="NXDOMAIN", authority=(SOA[0].format("ns.example."),)),
        judged.response("bad.example", "bad.example. 1 IN A 192.0.2.10"),
        judged.response("sinkhole.cert.example", "sinkhole.cert.example. 1 IN A 192.0.2.10"),
    ],
)
def test_an_upstream_s_own_block_and_ordinary_answers(subject: judged.Response) -> None:
    assert run(subject) is None


class Learning:
    """One worker's detector over several answers."""

    def __init__(self, **config: object) -> None:
        self.context = Context(det.Config(**config), INTEL)  # type: ignore[arg-type]

    def answer(self, name: str, address: str = "203.0.113.5", **more: object) -> Finding | None:
        subject = judged.response(name, f"{name}. 1 IN A {address}", **more)  # type: ignore[arg-type]
        return judged.ask(det, subject, self.context)


def test_an_address_of_many_malicious_domains_is_learned() -> None:
    of = Learning()
    assert [of.answer(f"c2.evil{i}.example") is not None for i in range(6)] == [False] * 4 + [True] * 2
    finding = of.answer("c2.evil1.example")
    assert finding is not None
    assert finding.severity is Severity.INFORMATIONAL
    assert (finding.zone, finding.evidence["operator"], finding.score) == ("evil1.example", "learned", 1.0)
    assert finding.evidence["domains"] == [f"evil{i}.example" for i in range(6)]
    # five of six are not nine of ten: an unlisted name needs a surer address
    assert of.answer("unlisted.example") is None
    for i in range(6, 15):
        of.answer(f"evil{i}.example")
    assert of.answer("unlisted.example") is not None


def test_a_host_with_ordinary_names_is_none() -> None:
    of = Learning()
    of.answer("evil0.example")
    for i in range(10):
        of.answer(f"shop{i}.example")
    assert not any(of.answer(f"evil{i}.example") for i in range(20))


def test_the_upstream_s_block_page_is_not_learned() -> None:
    of = Learning()
    assert not any(of.answer(f"evil{i}.example", ede=15) for i in range(20))
    assert not any(of.answer(f"evil{i}.example", "0.0.0.0") for i in range(20))
    assert of.answer("evil0.example") is None


def test_learning_is_off_at_zero() -> None:
    of = Learning(learn=0)
    assert not any(of.answer(f"evil{i}.example") for i in range(20))


def test_a_reload_forgets_nothing() -> None:
    of = Learning()
    for i in range(4):
        of.answer(f"evil{i}.example")
    of.context = Context(det.Config(), INTEL, of.context.memory)
    assert of.answer("evil5.example") is not None


@pytest.mark.parametrize("config", [{"learn": 1}, {"learn": 33}, {"learn_share": 0.4}, {"learn_share": 1.1}])
def test_config_errors_name_their_key(config: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        det.Config(**config)  # type: ignore[arg-type]
