import pytest

from dnsguard.detect import cues
from dnsguard.detect.context import Context
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.response import protocol_anomaly as det
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.state.anomalies import Anomalies
from dnsguard.wire.answer import Answer
from dnsguard.wire.names import encode
from dnsguard.wire.query import Query
from tests import judged
from tests.anomaly.answer_cases import ALIAS, BEHIND, HOST, PUBLIC, TARGET
from tests.anomaly.case import ids
from tests.anomaly.made import A, answer, header, query, question, record

CLIENT = b"\xc0\0\2\7"
CLEAN = answer(HOST, record(A, bytes(5)))
LAN = b"\xc0\xa8\1\1"


def context(**config: object) -> Context[det.Config]:
    return Context(det.Config(**config), EMPTY)


def ask(ctx: Context[det.Config], message: bytes, now: float = 0.0) -> Finding | None:
    read = Answer(message)
    return judged.ask(det, Response(Query(query(message[12 : read.question_end]), CLIENT, now), read), ctx)


def test_a_severe_check_tells_at_once() -> None:
    finding = ask(context(), answer(record(A, bytes(7))))
    assert ids(finding) == ["rdata_size"]
    assert finding is not None
    assert finding.evidence["checks"][0]["octets"] == "0007" + bytes(7).hex()
    assert finding.evidence["checks"][0]["offset"] == 43


def test_an_ordinary_answer_is_silent() -> None:
    ctx = context()
    for message in (answer(HOST), answer(ALIAS, BEHIND)):
        assert [ask(ctx, message) for _ in range(9)] == [None] * 9
    assert ctx.memory.of(Anomalies).queries == 0  # they were counted as queries


def test_a_rare_check_takes_three_within_ten_minutes() -> None:
    ctx = context()
    odd = answer(record(A, PUBLIC, ttl=1 << 31))
    assert [ask(ctx, odd, now) for now in (0, 300)] == [None] * 2
    assert ids(ask(ctx, odd, 600)) == ["ttl_negative"]
    assert [ask(context(), odd, now) for now in (0, 301, 602)] == [None] * 3


def test_a_network_of_private_addresses_is_ordinary() -> None:
    ctx = context()
    assert [ask(ctx, answer(record(A, LAN)), now) for now in range(20)] == [None] * 20


def test_an_address_that_turns_private_is_rebinding() -> None:
    ctx = context()
    turned = [(record(A, PUBLIC, ttl=1), record(A, LAN, ttl=1))[now % 2] for now in range(6)]
    found = [ask(ctx, answer(each), now) for now, each in enumerate(turned)]
    assert ids(found[-1]) == ["rebinding", "private_address"]
    assert found[:-1] == [None] * 5


@pytest.mark.parametrize("ttl", [61, 3600])
def test_an_address_that_is_kept_cannot_rebind(ttl: int) -> None:
    ctx = context()
    for now in range(6):
        each = (record(A, PUBLIC, ttl=ttl), record(A, LAN, ttl=1))[now % 2]
        assert ask(ctx, answer(each), now) is None


def test_an_address_that_turned_private_hours_later_moved() -> None:
    ctx = context()
    assert ask(ctx, answer(record(A, PUBLIC, ttl=1)), 0) is None
    assert [ask(ctx, answer(record(A, LAN, ttl=1)), 3601 + now) for now in range(4)] == [None] * 4


def long_ttls(ctx: Context[det.Config], ttls: list[int]) -> list[Finding | None]:
    return [
        ask(ctx, answer(record(A, PUBLIC, ttl=ttl), asked=question(encode(f"h{number}.t.example"))), number)
        for number, ttl in enumerate(ttls)
    ]


def test_times_to_live_that_change_each_time_are_churn() -> None:
    found = long_ttls(context(), [700_000 + 1234 * number for number in range(6)])
    assert ids(found[-1]) == ["ttl_churn", "ttl_long"]
    assert found[:-1] == [None] * 5


def test_times_to_live_that_are_only_long_are_not() -> None:
    assert long_ttls(context(), [2_592_000] * 20) == [None] * 20


def rejected(ctx: Context[det.Config], message: bytes, *, cleaned: bytes = b"", now: float = 0.0) -> Finding | None:
    asked = Query(query(), CLIENT, now)
    return det.malformed(Malformed(message, CLIENT, now, query=asked, cleaned=cleaned), ctx)


def test_a_rejected_answer_tells_why() -> None:
    assert ids(rejected(context(), answer(HOST[:-1]))) == ["record_runs_off"]
    assert ids(rejected(context(), query())) == ["not_a_response"]
    assert ids(rejected(context(), b"")) == ["header_short"]


def test_a_rejected_answer_that_is_only_unreadable_tells_that_in_time() -> None:
    ctx = context()
    assert [rejected(ctx, answer(HOST)) for _ in range(2)] == [None] * 2
    assert ids(rejected(ctx, answer(HOST))) == ["unreadable"]


def test_a_bare_error_says_nothing() -> None:
    ctx = context()
    assert [rejected(ctx, header(0x8181, 0)) for _ in range(5)] == [None] * 5


def test_another_question_answered_again_and_again_is_told() -> None:
    ctx = context()
    other = answer(HOST, asked=question(TARGET))
    assert [rejected(ctx, other, now=now) for now in (0, 1)] == [None] * 2
    assert ids(rejected(ctx, other, now=2)) == ["question_mismatch"]


def test_what_was_cleaned_away_is_counted() -> None:
    ctx = context()
    foreign = answer(HOST, record(A, PUBLIC, TARGET), record(A, bytes(5)))
    assert [rejected(ctx, foreign, cleaned=CLEAN, now=now) for now in (0, 1)] == [None] * 2
    assert ids(rejected(ctx, foreign, cleaned=CLEAN, now=2)) == ["answer_foreign"]


def test_the_cue_keeps_short_lived_public_names() -> None:
    ctx = context()
    asked = Query(query(), CLIENT, 5.0)
    assert not cues.OddResponse(ctx).wakes(Response(asked, Answer(answer(record(A, PUBLIC, ttl=60)))))
    assert ctx.memory.of(Anomalies).oddities.was_public("www.example.com", 6.0)
    assert not ctx.memory.of(Anomalies).oddities.was_public("www.example.net", 6.0)
