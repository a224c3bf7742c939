import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard import link
from dnsguard.link import frames
from tests.found import detection

FROM_WORKER = [
    link.Hello("uuid", 1, 42, "epoch"),
    link.Findings(1, [detection(), detection("b.example", evidence={"list": "x", "n": [1, 2.5, None]})]),
    link.Ready(3),
    link.Refused(4, "no such server"),
    link.Status([link.UpstreamStatus("192.0.2.1", healthy=False, error="timeout")], 7, draining=True),
]


def test_messages_survive_the_wire_however_it_cuts_them():
    data = b"".join(map(link.frame, FROM_WORKER))
    for size in (1, 3, 7, len(data)):
        reader = link.worker_messages()
        parts = [data[i : i + size] for i in range(0, len(data), size)]
        assert [message for part in parts for message in reader.feed(part)] == FROM_WORKER


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\x01\0\0\x01",
        b"\0\0\0\x01\xc1",
        link.frame(link.Ack(1)),
        b"\0\0\0\x04abcd",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_message_is_an_error(data):
    with pytest.raises(link.LinkError):
        link.worker_messages().feed(data)


@given(st.binary(max_size=200))
def test_random_bytes_are_messages_or_an_error(data):
    with contextlib.suppress(link.LinkError):
        link.worker_messages().feed(data)


def test_a_message_beyond_the_bound_is_not_sent():
    with pytest.raises(link.LinkError):
        link.frame(link.Configure(1, "x" * (frames.MAX_FRAME + 1), "/", ""))


def test_fields_of_a_later_version_are_passed_over():
    body = msgspec.msgpack.encode({"type": "Ready", "number": 5, "later": True})
    assert link.worker_messages().feed(len(body).to_bytes(4) + body) == [link.Ready(5)]
