import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.query import domain_generation_algorithm as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.state.failing import Failing
from dnsguard.wire.query import Query
from tests import judged
from tests.detect import made_up

CONTEXT = Context(det.Config(), EMPTY)


def score(name: str) -> float:
    return det.score(Query.of(name), CONTEXT)


def test_a_name_that_no_benign_one_looks_like() -> None:
    finding = next(
        finding
        for name in made_up.letters(1, 50, 18)
        if (finding := judged.name(det, "www." + name, lone=4.4)) is not None
    )
    assert finding.score >= finding.threshold
    assert finding.evidence["ngrams"]
    assert not finding.zone.startswith("www.")


@pytest.mark.parametrize(
    "name",
    ["google.com", "www.example.co.uk", "xn--mnchen-3ya.de", "com", "", "d111111abcdef8.cloudfront.net", "x\\.y.com"],
)
def test_benign_names_are_no_finding(name: str) -> None:
    assert judged.name(det, name, lone=4.4) is None


def test_a_single_name_is_not_told_by_default() -> None:
    assert not any(judged.name(det, name) for name in made_up.letters(1, 50, 18))


def test_scores_rise_with_what_only_machines_do() -> None:
    assert score("google.com") < 1 < score("ablexarmz.net") < score("xkqvbzwpmtrhd.net")
    assert score("x.y.z.xkqvbzwpmtrhd.net") == score("xkqvbzwpmtrhd.net")
    assert score("localhost") == score("x\\.y") == 0.0


def test_popularity_takes_from_a_score() -> None:
    # a popular name of a content network, which a machine did make up
    assert score("gstatic.com") < 1.5


def test_a_rendezvous_is_found_while_it_is_remembered() -> None:
    site = made_up.dga()
    assert site.ask("host.plain-name.com") is None
    site.memory.of(Failing).meet("plain-name.com", site.now)
    finding = site.ask("host.plain-name.com")
    assert finding is not None
    assert finding.zone == "plain-name.com"
    assert site.ask("another-name.com") is None


@pytest.mark.parametrize(("key", "value"), [("threshold", 0.0), ("names", 1), ("lone", 2.9), ("lone", -1.0)])
def test_config_errors_name_their_key(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        det.Config(**{key: value})
