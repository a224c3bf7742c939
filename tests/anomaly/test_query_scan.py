import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.anomaly.checks import CHECKS
from dnsguard.anomaly.query_scan import query_hits
from dnsguard.wire.names import encode
from tests.anomaly.case import Case
from tests.anomaly.made import in_query, query, question
from tests.anomaly.query_cases import CASES, SILENT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_packet_that_fails_it_and_nothing_else(case: Case) -> None:
    assert in_query(case.odd) == {case.check, *case.beside}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_its_nearest_honest_neighbour(case: Case) -> None:
    assert in_query(case.honest) == set()


@pytest.mark.parametrize("packet", SILENT, ids=lambda packet: packet[12:60].decode("latin-1").replace("\0", "."))
def test_what_honest_software_sends(packet: bytes) -> None:
    assert in_query(packet) == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
def test_a_hit_says_where(case: Case) -> None:
    for hit in query_hits(case.odd, stream=False):
        assert 0 <= hit.at <= len(case.odd)
        assert 0 <= hit.size <= len(case.odd) - hit.at


def test_long_queries_are_odd_over_udp_only() -> None:
    packet = next(case.odd for case in CASES if case.check == "query_large")
    assert in_query(packet, stream=True) == set()
    assert in_query(packet + bytes(4096), stream=True) == {"query_large", "trailing_bytes"}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets_are_read(packet: bytes) -> None:
    for data in (packet, query(packet), query(question() + packet)):
        for hit in query_hits(data, stream=False):
            assert hit.check in CHECKS
            assert 0 <= hit.at <= hit.at + hit.size <= len(data)


label = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(st.lists(label, max_size=6), st.sampled_from([1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 46, 48, 64, 65, 257]))
def test_no_ordinary_question_fails(labels: list[str], qtype: int) -> None:
    assert in_query(query(question(encode(".".join(labels)), qtype))) == set()
