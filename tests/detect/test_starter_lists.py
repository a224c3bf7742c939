"""Every entry of every starter list is found: in capitals, below it, and behind a CNAME."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.registry import QUERY, RESPONSE, Detector
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.starter import FILES
from dnsguard.intel.suffix import is_shared
from dnsguard.wire.answer import Answer
from dnsguard.wire.names import encode
from dnsguard.wire.query import Query
from tests import judged

NAMED = sorted({category for name, category in FILES.items() if not name.endswith("_addresses")})
ADDRESSED = sorted({category for name, category in FILES.items() if name.endswith("_addresses")})


@pytest.fixture(scope="module")
def intel() -> Snapshot:
    return judged.starters(*FILES.values())


def stage(detectors: tuple[Detector, ...], slug: str) -> Iterator[Detector]:
    yield from (detector for detector in detectors if detector.slug == slug)


def names(category: str) -> Iterator[str]:
    yield from (entry for entry in judged.entries(category) if not entry[-1].isdigit() and ":" not in entry)


@pytest.mark.parametrize("category", NAMED)
def test_names_asked_for(category: str, intel: Snapshot) -> None:
    for detector in stage(QUERY, category):
        context = Context(detector.config_type(), intel)
        for entry in names(category):
            spellings = [entry.upper()]
            if len(entry) < 240 and not is_shared(entry):
                spellings.append(f"A.b.{entry.title()}.")
            for spelling in spellings:
                assert detector.inspect(Query.of(spelling), context) is not None, spelling


@pytest.mark.parametrize("category", NAMED)
def test_names_behind_a_cname(category: str, intel: Snapshot) -> None:
    query = Query.of("www.shop.example")
    head = query.packet[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query.question
    for detector in stage(RESPONSE, category):
        context = Context(detector.config_type(), intel)
        for entry in names(category):
            target = encode(entry.title())
            record = b"\xc0\x0c\0\5\0\1\0\0\0\x3c" + len(target).to_bytes(2, "big") + target
            finding = detector.inspect(Response(query, Answer(head + record)), context)
            assert finding is not None, entry
            assert finding.subject == entry


@pytest.mark.parametrize("category", ADDRESSED)
def test_addresses_in_answers(category: str, intel: Snapshot) -> None:
    query = Query.of("www.shop.example")
    head = query.packet[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query.question
    for detector in stage(RESPONSE, category):
        context = Context(detector.config_type(), intel)
        for entry in judged.entries(category):
            if entry[-1].isdigit() or ":" in entry:
                network = ip_network(entry)
                for address in {network[0], network[-1]}:
                    packed = address.packed
                    rtype = b"\0\1" if len(packed) == 4 else b"\0\x1c"
                    record = b"\xc0\x0c" + rtype + b"\0\1\0\0\0\x3c" + len(packed).to_bytes(2, "big") + packed
                    finding = detector.inspect(Response(query, Answer(head + record)), context)
                    assert finding is not None, entry
                    assert finding.evidence["address"] == str(address)


def test_each_category_has_a_detector() -> None:
    for category in FILES.values():
        assert [*stage(QUERY, category), *stage(RESPONSE, category)]
