"""Answers are built by dnslib, so that the detector reads bytes that our own code did not write."""

import itertools
from pathlib import Path

import dnslib
import pytest

from dnsguard.detect.chain import MAX_CHAIN
from dnsguard.detect.context import Context
from dnsguard.detect.response import threat_intel as det
from dnsguard.detect.response_view import Response
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.model import Duration, Finding
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests import judged


@pytest.fixture
def intel(tmp_path: Path) -> Snapshot:
    (tmp_path / "bad.txt").write_text("evil.example\n")
    config = ListConfig(name="bad", category="threat_intel", path="bad.txt")
    return Snapshot.open(compile_lists([config], tmp_path, tmp_path / "compiled", now=0.0).path)


def run(intel: Snapshot, *zone_lines: str) -> Finding | None:
    query = Query.of("www.shop.example")
    reply = dnslib.DNSRecord.parse(query.packet).reply()
    for line in zone_lines:
        reply.add_answer(*dnslib.RR.fromZone(line))
    return det.inspect(Response(query, Answer(bytes(reply.pack()))), Context(det.Config(), intel))


def test_an_answer_without_cnames(intel: Snapshot) -> None:
    assert run(intel, "www.shop.example. 60 IN A 192.0.2.1") is None


def test_an_innocent_chain(intel: Snapshot) -> None:
    assert run(intel, "www.shop.example. 60 IN CNAME cdn.example.", "cdn.example. 60 IN A 192.0.2.1") is None


def test_every_link_of_the_chain_is_looked_up_and_shown(intel: Snapshot) -> None:
    finding = run(
        intel,
        "www.shop.example. 60 IN CNAME a.cdn.example.",
        "a.cdn.example. 60 IN CNAME Track.EVIL.example.",
        "track.evil.example. 60 IN CNAME end.example.",
        "end.example. 60 IN A 192.0.2.1",
    )
    assert finding is not None
    assert (finding.slug, finding.zone, finding.subject) == ("threat_intel", "evil.example", "track.evil.example")
    assert finding.evidence["target"] == "track.evil.example"
    assert finding.evidence["chain"] == ["www.shop.example", "a.cdn.example", "track.evil.example"]


def test_order_of_the_records_does_not_matter(intel: Snapshot) -> None:
    finding = run(
        intel,
        "a.cdn.example. 60 IN CNAME x.evil.example.",
        "www.shop.example. 60 IN CNAME a.cdn.example.",
    )
    assert finding is not None
    assert finding.evidence["chain"] == ["www.shop.example", "a.cdn.example", "x.evil.example"]


def test_a_cname_that_nothing_leads_to(intel: Snapshot) -> None:
    finding = run(intel, "stray.example. 60 IN CNAME x.evil.example.")
    assert finding is not None
    assert finding.evidence["chain"] == ["www.shop.example", "x.evil.example"]


def test_a_loop_ends(intel: Snapshot) -> None:
    assert run(intel, "www.shop.example. 60 IN CNAME b.example.", "b.example. 60 IN CNAME www.shop.example.") is None


def test_a_chain_in_the_evidence_is_bounded(intel: Snapshot) -> None:
    links = ["www.shop.example", *(f"n{i}.example" for i in range(24)), "x.evil.example"]
    finding = run(intel, *(f"{a}. 60 IN CNAME {b}." for a, b in itertools.pairwise(links)))
    assert finding is not None
    chain = finding.evidence["chain"]
    assert isinstance(chain, list)
    assert (len(chain), chain[-1]) == (MAX_CHAIN, "x.evil.example")


LISTS = judged.snapshot({"threat_intel": "evil.example\n", "threat_intel.addresses": "192.0.2.0/28\n2001:db8::1\n"})


@pytest.mark.parametrize("line", ["A 192.0.2.7", "AAAA 2001:db8::1"])
def test_an_address_on_a_list(line: str) -> None:
    finding = judged.answer(det, judged.response("x.shop.example", f"x.shop.example. 1 IN {line}"), LISTS)
    assert finding is not None
    assert (finding.zone, finding.subject) == ("shop.example", "")
    assert finding.evidence["address"] == line.split()[1]


def test_a_name_server_on_a_list() -> None:
    for record in ("NS ns1.evil.example.", "SOA ns1.evil.example. mail.example. 1 2 3 4 5"):
        finding = judged.answer(
            det, judged.response("shop.example", authority=(f"shop.example. 1 IN {record}",)), LISTS
        )
        assert finding is not None
        assert (finding.zone, finding.evidence["server"]) == ("shop.example", "ns1.evil.example")
        assert finding.evidence["record"] == record.split()[0]


def test_neighbours_of_what_is_listed() -> None:
    assert judged.answer(det, judged.response("a.example", "a.example. 1 IN A 192.0.2.16"), LISTS) is None
    assert (
        judged.answer(det, judged.response("a.example", authority=("a.example. 1 IN NS ns.example.",)), LISTS) is None
    )


def test_age_counts_for_answers_too() -> None:
    subject = judged.response("a.example", "a.example. 1 IN A 192.0.2.7", time=5 * 365 * 86400.0)
    finding = judged.answer(det, subject, LISTS, half_life=Duration(365 * 86400))
    assert finding is not None
    assert finding.score < finding.threshold
