import itertools

from dnsguard.detect.chain import MAX_CHAIN, through_cnames, way
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from tests.judged import response

CTX = Context(DetectorConfig(), EMPTY)


def judge(name: str, time: float, _ctx: Context[DetectorConfig]) -> Finding | None:
    if not name.endswith("evil.example"):
        return None
    return Finding(
        slug="threat_intel", technique="T1071", reason="name of evil", zone="evil.example", evidence={"time": time}
    )


def test_the_first_target_that_is_found() -> None:
    subject = response(
        "a.example",
        "a.example. 1 IN CNAME b.example.",
        "b.example. 1 IN CNAME x.evil.example.",
        "x.evil.example. 1 IN CNAME y.evil.example.",
        time=7.0,
    )
    finding = through_cnames(subject, CTX, judge)
    assert finding is not None
    assert (finding.subject, finding.reason, finding.zone) == (
        "x.evil.example",
        "answer leads to a name of evil",
        "evil.example",
    )
    assert finding.evidence == {
        "time": 7.0,
        "target": "x.evil.example",
        "chain": ["a.example", "b.example", "x.evil.example"],
    }


def test_the_question_itself_is_not_judged_again() -> None:
    assert through_cnames(response("evil.example", "evil.example. 1 IN A 192.0.2.1"), CTX, judge) is None


def test_no_answer_at_all() -> None:
    assert through_cnames(response("a.example"), CTX, judge) is None


def test_a_way_is_bounded() -> None:
    names = [f"n{i}.example" for i in range(30)]
    subject = response(names[0], *(f"{a}. 1 IN CNAME {b}." for a, b in itertools.pairwise(names)))
    shown = way(subject, names[-1])
    assert (len(shown), shown[-1]) == (MAX_CHAIN, names[-1])
