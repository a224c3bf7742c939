"""Frame Streams against another end that a test plays, byte by byte."""

import socket
import struct
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.dnstap.frames import (
    ACCEPT,
    CONTENT_TYPE,
    FINISH,
    READY,
    START,
    STOP,
    FrameError,
    Writer,
    content_types,
    control,
    framed,
)


def exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read(sock: socket.socket) -> tuple[int, bytes] | bytes:
    """A control frame, or a data frame."""
    (size,) = struct.unpack("!I", exactly(sock, 4))
    if size:
        return exactly(sock, size)
    (size,) = struct.unpack("!I", exactly(sock, 4))
    body = exactly(sock, size)
    return int.from_bytes(body[:4]), body[4:]


def played(other: Callable[[socket.socket], None]) -> tuple[socket.socket, threading.Thread]:
    """Our end, and the thread that plays the other."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)

    def play() -> None:
        with theirs:
            other(theirs)

    thread = threading.Thread(target=play)
    thread.start()
    return ours, thread


def test_a_whole_stream() -> None:
    seen: list[object] = []

    def reader(sock: socket.socket) -> None:
        seen.append(read(sock))
        sock.sendall(control(ACCEPT, b"other", CONTENT_TYPE))
        while len(seen) < 5:
            seen.append(read(sock))
        sock.sendall(control(FINISH))

    ours, thread = played(reader)
    writer = Writer(ours)
    assert not writer.gone
    writer.send([b"one", b"three"])
    writer.close(politely=True)
    thread.join()
    field = struct.pack("!II", 1, 22) + CONTENT_TYPE
    assert seen == [(READY, field), (START, field), b"one", b"three", (STOP, b"")]


def test_the_octets_are_those_of_the_specification() -> None:
    assert control(STOP) == bytes.fromhex("00000000 00000004 00000003")
    assert control(READY, b"ab") == bytes.fromhex("00000000 0000000e 00000004 00000001 00000002 6162")
    assert framed([b"ab", b""]) == bytes.fromhex("00000002 6162 00000000")


def test_a_receiver_of_anything_names_no_type() -> None:
    def reader(sock: socket.socket) -> None:
        read(sock)
        sock.sendall(control(ACCEPT))
        read(sock)

    ours, thread = played(reader)
    Writer(ours).close(politely=False)
    thread.join()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (control(ACCEPT, b"protobuf:other"), "takes no dnstap"),
        (control(START, CONTENT_TYPE), "control frame 2"),
        (b"HTTP/1.1 400 Bad Request", "sends data"),
        (bytes(8), "of 0 bytes"),
        (bytes(4) + b"\xff\xff\xff\xff", "4 to 512"),
        (control(ACCEPT)[:7] + b"\x07" + control(ACCEPT)[8:] + b"abc", "within a field"),
        (b"\0\0", "closed"),
        (b"", "closed"),
    ],
)
def test_who_speaks_otherwise_is_left(said: bytes, error: str) -> None:
    def reader(sock: socket.socket) -> None:
        read(sock)
        sock.sendall(said)

    ours, thread = played(reader)
    with pytest.raises(FrameError, match=error):
        Writer(ours)
    thread.join()
    assert ours.fileno() == -1


def test_a_receiver_that_goes_is_seen() -> None:
    def reader(sock: socket.socket) -> None:
        read(sock)
        sock.sendall(control(ACCEPT, CONTENT_TYPE))
        read(sock)

    ours, thread = played(reader)
    writer = Writer(ours)
    thread.join()
    assert writer.gone
    writer.close(politely=True)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_control_frame_breaks_it(body: bytes) -> None:
    try:
        found = content_types(body)
    except FrameError:
        return
    assert sum(8 + len(one) for one in found) <= len(body)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_what_is_written_is_read(types: list[bytes]) -> None:
    assert content_types(control(ACCEPT, *types)[12:]) == types
