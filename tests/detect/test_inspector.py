from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.inspector import DetectorCrashError, Inspector
from dnsguard.detect.registry import Detector
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding, Mode
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.simulated import response

QUERY = Query.of("a.example")


def finding(slug: str) -> Finding:
    return Finding(slug=slug, technique="T1071", reason="found", zone="a.example")


def finds(slug: str) -> Callable[[Any, Any], Finding]:
    return lambda _subject, _context: finding(slug)


def nothing(_subject: object, _context: object) -> None:
    return None


def crashes(_subject: object, _context: object) -> None:
    raise ZeroDivisionError


def inspector(
    query: dict[str, Any] | None = None, answer: dict[str, Any] | None = None, **more: Any
) -> tuple[Inspector, list[str]]:
    crashed: list[str] = []
    registry: dict[str, Any] = {
        "QUERY": tuple(Detector(slug, "query", run, DetectorConfig, QueryCue) for slug, run in (query or {}).items()),
        "RESPONSE": tuple(
            Detector(slug, "response", run, DetectorConfig, ResponseCue) for slug, run in (answer or {}).items()
        ),
    }
    defaults: dict[str, Any] = {"configs": {}, "intel": EMPTY, "active": lambda _: True}
    with mock.patch.multiple("dnsguard.detect.inspector", **registry):
        made = Inspector(**{**defaults, **more}, on_crash=lambda slug, _: crashed.append(slug))
    return made, crashed


def test_all_are_asked_in_order() -> None:
    made, _ = inspector(
        {"dark_web": finds("dark_web"), "random_domain": nothing, "threat_intel": finds("threat_intel")}
    )
    assert [each.slug for each in made.query(QUERY)] == ["dark_web", "threat_intel"]


def test_each_stage_asks_its_own() -> None:
    made, _ = inspector({"dark_web": finds("dark_web")}, {"threat_intel": finds("threat_intel")})
    read = Response(QUERY, Answer(response(QUERY.packet)))
    assert [each.slug for each in made.query(QUERY)] == ["dark_web"]
    assert [each.slug for each in made.response(read)] == ["threat_intel"]


def test_the_inactive_are_not_asked() -> None:
    made, crashed = inspector({"dark_web": crashes}, active=lambda slug: slug != "dark_web")
    assert (made.query(QUERY), crashed) == ((), [])


def test_a_crash_is_reported_and_the_others_are_still_asked() -> None:
    made, crashed = inspector({"dark_web": crashes, "threat_intel": finds("threat_intel")})
    assert [each.slug for each in made.query(QUERY)] == ["threat_intel"]
    assert crashed == ["dark_web"]


def test_fail_closed_raises_once_it_is_reported() -> None:
    made, crashed = inspector({"dark_web": crashes}, fail_closed=True)
    with pytest.raises(DetectorCrashError):
        made.query(QUERY)
    assert crashed == ["dark_web"]


def test_a_detector_gets_its_own_config_or_the_default_one() -> None:
    seen = {}

    def look(slug: str) -> Callable[[Any, Any], None]:
        return lambda _, context: seen.update({slug: (context.config, context.intel)})

    own = DetectorConfig(mode=Mode.SHADOW)
    made, _ = inspector({"dark_web": look("dark_web"), "threat_intel": look("threat_intel")}, configs={"dark_web": own})
    made.query(QUERY)
    assert seen == {"dark_web": (own, EMPTY), "threat_intel": (DetectorConfig(), EMPTY)}
