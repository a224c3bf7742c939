import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.anomaly.answer_scan import answer_hits
from dnsguard.anomaly.checks import CHECKS
from dnsguard.wire.names import encode
from tests.anomaly.answer_cases import CASES, GOOD, HOST, SILENT
from tests.anomaly.case import Case
from tests.anomaly.made import answer, in_answer, question, record

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)


@each
def test_a_message_that_fails_it_and_nothing_else(case: Case) -> None:
    assert in_answer(case.odd) == {case.check, *case.beside}


@each
def test_its_nearest_honest_neighbour(case: Case) -> None:
    assert in_answer(case.honest) == set()


@pytest.mark.parametrize("message", SILENT, ids=lambda message: message[6:80].hex())
def test_what_honest_servers_say(message: bytes) -> None:
    assert in_answer(message) == set()


@each
def test_a_hit_says_where(case: Case) -> None:
    for hit in answer_hits(case.odd, b""):
        assert 0 <= hit.at <= hit.at + hit.size <= len(case.odd)


@pytest.mark.parametrize(
    ("asked", "fails"),
    [
        (question(encode("WWW.example.com")), set()),
        (question(encode("www.example.net")), {"question_mismatch"}),
        (question(qtype=28), {"question_mismatch"}),
        (question(qclass=3), {"question_mismatch"}),
    ],
)
def test_the_question_is_compared(asked: bytes, fails: set[str]) -> None:
    assert in_answer(GOOD, asked) == fails


@pytest.mark.parametrize(
    ("asked", "fails"),
    [
        (question(b"\x43www\0"), {"label_type"}),
        (question(b"\x83www\0"), {"label_type"}),
        (question(b"\xc0\x0c"), {"pointer_loop"}),
        (question((b"\x3f" + b"a" * 63) * 4 + b"\0"), {"name_too_long"}),
        (b"\x3fwww\0", {"name_runs_off"}),
        (question()[:-1], {"name_runs_off"}),
    ],
)
def test_a_question_that_is_none_is_more_than_another_one(asked: bytes, fails: set[str]) -> None:
    assert in_answer(answer(asked=asked), question()) == fails | {"question_mismatch"}


def test_a_server_that_could_not_read_the_question_need_not_repeat_it() -> None:
    assert in_answer(answer(flags=0x8181)[:12].replace(b"\0\1\0\0", b"\0\0\0\0", 1), question()) == set()
    assert in_answer(answer()[:4] + bytes(8), question()) == {"question_mismatch"}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets_are_read(message: bytes) -> None:
    for data in (message, answer(HOST, message), answer(record(5, message[:200])), answer(message[:80], HOST)):
        for hit in answer_hits(data, question()):
            assert hit.check in CHECKS
            assert 0 <= hit.at <= hit.at + hit.size <= len(data)
