"""Cues are worth having; that one sees all that its detector finds, tests.judged holds in each detector's tests."""

from typing import Any

from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.registry import QUERY, RESPONSE, Detector
from dnsguard.state.sinkholes import Sinkholes
from dnsguard.wire.query import Query
from tests import judged

LISTS = judged.starters("threat_intel", "dark_web", "currency_mining", "sinkholed_domain", "suspicious_domain")


def context(detector: Detector) -> Context[object]:  # type: ignore[type-var]
    return Context(detector.config_type(), LISTS, Memory())


def cue(detector: Detector) -> Any:
    return detector.cue(context(detector))


def test_an_ordinary_query_concerns_no_detector() -> None:
    for name in ("www.example.com", "mail.example.co.uk", "example.net", "", "_ldap._tcp.dc._msdcs.corp.example"):
        query = Query.of(name)
        assert [each.slug for each in QUERY if cue(each).wakes(query)] == []


def test_an_ordinary_answer_concerns_no_detector() -> None:
    subject = judged.response(
        "www.example.com",
        "www.example.com. 60 IN A 203.0.113.1",
        authority=("example.com. 60 IN NS ns1.example.com.", "example.com. 60 IN NS ns2.example.com."),
    )
    assert [each.slug for each in RESPONSE if cue(each).wakes(subject)] == []


def aliased(target: str) -> list[str]:
    """Detectors that an answer concerns which leads to a name."""
    owner, address = f"www.example.com. 60 IN CNAME {target}.", f"{target}. 60 IN A 203.0.113.1"
    subject = judged.response("www.example.com", owner, address)
    return [each.slug for each in RESPONSE if cue(each).wakes(subject)]


def test_an_alias_concerns_only_who_has_something_to_find_there() -> None:
    assert aliased("edge.cdn.example.net") == []
    assert aliased("pool.example.net") == ["currency_mining"]
    assert aliased("x.onion") == ["dark_web"]
    assert aliased(f"{'a' * 45}.host.example.net") == ["dark_web_proxy"]
    listed = next(key[-2::-1] for _, key, _ in LISTS.names())
    assert {"threat_intel", "dark_web", "dark_web_proxy", "currency_mining", "sinkholed_domain"} <= {*aliased(listed)}


def test_a_watched_address_concerns_the_sinkhole_detector() -> None:
    detector = next(each for each in RESPONSE if each.slug == "sinkholed_domain")
    subject = judged.response("www.example.com", "www.example.com. 60 IN A 203.0.113.1")
    ctx = context(detector)
    ctx.memory.of(Sinkholes).note(b"\xcb\0\x71\2", "evil.example", 0.0, listed=True)
    assert not detector.cue(ctx).wakes(subject)
    ctx.memory.of(Sinkholes).note(b"\xcb\0\x71\1", "evil.example", 0.0, listed=True)
    assert detector.cue(ctx).wakes(subject)
