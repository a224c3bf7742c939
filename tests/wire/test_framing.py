from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import WireError
from dnsguard.wire.framing import MAX_MESSAGE, Unframer, framed

MESSAGES = st.lists(st.binary(min_size=12, max_size=300), max_size=12)


def segments(stream, cuts):
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def take(unframer, data, most):
    found = unframer.feed(data, most)
    while unframer.waiting:
        found += unframer.feed(b"", most)
    return found


@given(MESSAGES, st.lists(st.integers(min_value=0), max_size=20), st.integers(1, 5))
def test_any_segmentation_gives_the_same_messages(messages, cuts, most) -> None:
    unframer = Unframer()
    found = []
    for segment in segments(b"".join(map(framed, messages)), cuts):
        found += take(unframer, segment, most)
    assert found == messages
    assert not unframer.partial


@given(MESSAGES, st.binary(max_size=11), st.lists(st.integers(min_value=0), max_size=20))
def test_what_came_before_a_bad_length_is_given(messages, short, cuts) -> None:
    unframer = Unframer()
    found = []

    def run() -> None:
        for segment in segments(b"".join(map(framed, [*messages, short])), cuts):
            data = segment
            while True:
                found.extend(unframer.feed(data, 100))
                if not unframer.waiting:
                    break
                data = b""

    with pytest.raises(WireError):
        run()
    assert found == messages


@given(st.binary(max_size=2000), st.lists(st.integers(min_value=0), max_size=20))
def test_noise_ends_in_messages_or_an_error(noise, cuts) -> None:
    unframer = Unframer()
    try:
        for segment in segments(noise, cuts):
            assert all(len(message) >= 12 for message in take(unframer, segment, 3))
    except WireError:
        pass


def test_single_bytes() -> None:
    stream = framed(bytes(range(40))) + framed(b"x" * 12)
    unframer = Unframer()
    found = [message for at in range(len(stream)) for message in unframer.feed(stream[at : at + 1], 1)]
    assert found == [bytes(range(40)), b"x" * 12]


def test_a_bound_holds_the_rest_back() -> None:
    unframer = Unframer()
    assert unframer.feed(framed(b"a" * 12) * 5, 2) == [b"a" * 12] * 2
    assert unframer.waiting
    assert unframer.feed(b"", 0) == []
    assert unframer.waiting
    assert unframer.feed(b"", 9) == [b"a" * 12] * 3
    assert not unframer.waiting


def test_the_longest_message_fits_and_no_longer() -> None:
    longest = b"z" * MAX_MESSAGE
    assert Unframer().feed(framed(longest), 1) == [longest]
    with pytest.raises(WireError):
        framed(longest + b"z")
