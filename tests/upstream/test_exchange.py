import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.upstream.exchange import answers, bare_error, question
from tests.upstream.scripted import answer, query


def test_a_question_is_compared_without_case() -> None:
    assert question(query("WwW.Example")) == question(query("www.example"))
    assert question(query("www.example")) != question(query("www.example", rdtype="AAAA"))


def test_types_are_no_letters() -> None:
    # type 65 is the letter A, type 97 the letter a
    assert question(query(rdtype="TYPE65")) != question(query(rdtype="TYPE97"))


@pytest.mark.parametrize("packet", [b"", b"\0" * 12, query()[:-1], query()[:4] + b"\0\2" + query()[6:]])
def test_what_has_not_one_question_has_none(packet) -> None:
    with pytest.raises(WireError):
        question(packet)
    assert not answers(packet, b"")


def test_only_a_response_to_the_question_answers() -> None:
    asked = question(query("a.example"))
    assert answers(answer(query("a.example")), asked)
    assert answers(answer(query("A.eXample")), asked)
    assert not answers(query("a.example"), asked)
    assert not answers(answer(query("b.example")), asked)
    assert not answers(answer(query("a.example", rdtype="TXT"), "1 IN TXT x"), asked)
    notify = bytearray(answer(query("a.example")))
    notify[2] |= 4 << 3
    assert not answers(bytes(notify), asked)


@given(st.binary(max_size=100))
def test_noise_answers_nothing(noise) -> None:
    assert not answers(noise, question(query()))


@given(st.binary(max_size=40), st.integers(0, 40))
def test_a_changed_question_answers_nothing(noise, at) -> None:
    asked = question(query())
    packet = answer(query())
    changed = packet[:at] + noise + packet[at + len(noise) :]
    if answers(changed, asked):
        assert dns.message.from_wire(changed, ignore_trailing=True, continue_on_error=True).question == (
            dns.message.from_wire(query()).question
        )


def test_errors_without_a_question_are_told_apart() -> None:
    assert bare_error(b"\0\7\x80\x01" + bytes(8)) == 1
    assert bare_error(b"\0\7\x00\x01" + bytes(8)) == 0
    assert bare_error(answer(query())) == 0
    assert bare_error(b"\0\7\x80\x01") == 0
