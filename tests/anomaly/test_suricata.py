"""Each of Suricata's DNS events (rules/dns-events.rules and its parser's own) is one of ours, alone or among others."""

import pytest

from tests.anomaly.answer_cases import GOOD, HOST
from tests.anomaly.made import A, answer, header, in_answer, in_query, opt, query, question, record

PLAIN = query()
MANY_LABELS = b"\1a" * 126 + b"\2bc\0"


@pytest.mark.parametrize(
    ("event", "packet", "check"),
    [
        ("malformed_data", PLAIN[:-2], "name_runs_off"),
        ("malformed_data", PLAIN[:9], "header_short"),
        ("malformed_data", header(0x0100, 1, 0, 0, 1) + question(), "record_runs_off"),
        ("malformed_data", query(question(b"\x80abc\0")), "label_type"),
        ("not_request", query(flags=0x8100), "qr_in_query"),
        ("z_flag_set", query(flags=0x0140), "z_flag"),
        ("invalid_opcode", query(flags=0x3900), "opcode_unassigned"),
        ("invalid_opcode", query(flags=0x7900), "opcode_unassigned"),
        ("infinite_loop", query(question(b"\xc0\x0c")), "pointer_loop"),
        ("name_too_long", query(question((b"\x3f" + b"a" * 63) * 4 + b"\0")), "name_too_long"),
        ("too_many_labels", query(question(MANY_LABELS)), "labels_many"),
        ("invalid_additionals", query(question(), opt(), record(A, b"\0")), "query_additional"),
        ("invalid_authorities", query(question(), record(6, b"\0" * 22), authority=1), "query_authority"),
    ],
)
def test_events_of_requests(event: str, packet: bytes, check: str) -> None:
    assert check in in_query(packet), event


@pytest.mark.parametrize(
    ("event", "message", "check"),
    [
        ("malformed_data", answer(HOST[:-1]), "record_runs_off"),
        ("malformed_data", GOOD[:10], "header_short"),
        ("not_response", answer(HOST, flags=0x0180), "not_a_response"),
        ("z_flag_set", answer(HOST, flags=0x81C0), "z_flag"),
        ("invalid_opcode", answer(HOST, flags=0xB980), "opcode_answer"),
        ("infinite_loop", answer(record(A, b"\1\1\1\1", b"\xc0\x21")), "pointer_loop"),
        ("name_too_long", answer(record(A, b"\1\1\1\1", (b"\x3f" + b"a" * 63) * 4 + b"\0")), "name_too_long"),
    ],
)
def test_events_of_responses(event: str, message: bytes, check: str) -> None:
    assert check in in_answer(message), event
