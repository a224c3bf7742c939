"""Bodies of all sorts on their way to a file."""

import gzip
import hashlib
import io
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.hub.feeds.body import Body, Gunzip
from dnsguard.hub.feeds.errors import FetchError, RefusedError

TEXT = b"evil.example\nworse.example\n"


def taken(*parts: bytes, packed: bool = False, max_size: int = 1 << 20) -> tuple[bytes, Body]:
    file = io.BytesIO()
    body = Body(file, max_size, gzip=packed)
    for part in parts:
        body.feed(part)
    body.close()
    return file.getvalue(), body


@given(st.binary(min_size=1, max_size=3000).filter(lambda data: data[:2] != b"\x1f\x8b"), st.data())
def test_however_it_is_cut_and_packed_the_same_comes_out(data: bytes, draw: st.DataObject) -> None:
    data = b"a" + data
    inner = draw.draw(st.sampled_from([False, True]))
    outer = draw.draw(st.sampled_from([False, True]))
    served = gzip.compress(data) if inner else data
    sent = gzip.compress(served) if outer else served
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    parts = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    got, body = taken(*parts, packed=outer)
    assert got == data
    assert body.size == len(data)
    assert body.digest == hashlib.sha256(data).hexdigest()
    assert body.digests == {hashlib.sha256(data).hexdigest(), hashlib.sha256(served).hexdigest()}


def test_several_members_and_padding_are_one_file() -> None:
    assert taken(gzip.compress(b"a\n") + gzip.compress(b"b\n") + bytes(700))[0] == b"a\nb\n"


@pytest.mark.parametrize("outer", [False, True])
def test_a_bomb_ends_at_the_bound(outer: bool) -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)
    if outer:
        bomb = gzip.compress(bomb, 9)
    file = io.BytesIO()
    body = Body(file, 1 << 20, gzip=outer)
    with pytest.raises(RefusedError, match="more than 1 MB, its max_size"):
        body.feed(bomb)
    assert file.tell() <= 1 << 20


def test_no_piece_is_larger_than_it_must_be() -> None:
    unpacked = Gunzip()
    assert max(map(len, unpacked.feed(gzip.compress(bytes(8 << 20))))) <= 1 << 16
    assert unpacked.complete


def test_what_is_sent_counts_too() -> None:
    with pytest.raises(RefusedError, match="max_size"):
        taken(*[os.urandom(1024)] * 3, max_size=2048)


@pytest.mark.parametrize("keep", [1, 5, 20, -1])
def test_a_packed_body_that_ends_early_is_no_body(keep: int) -> None:
    packed = gzip.compress(TEXT * 50)
    with pytest.raises(FetchError, match="gzip"):
        taken(packed[:keep], packed=True)


def test_damaged_gzip_is_a_failure() -> None:
    packed = bytearray(gzip.compress(TEXT * 50))
    packed[30] ^= 0xFF
    with pytest.raises(FetchError, match="damaged gzip"):
        taken(bytes(packed))


def test_a_raw_deflate_stream_is_none() -> None:
    with pytest.raises(FetchError, match="damaged gzip"):
        taken(zlib.compress(TEXT), packed=True)


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body>Not Found</body></html>",
        b"\xef\xbb\xbf\r\n  <html>",
        b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
        b"\n\n<!-- moved -->\n<HTML>",
    ],
)
def test_a_page_is_no_list(page: bytes) -> None:
    with pytest.raises(RefusedError, match="web page"):
        taken(page)
    with pytest.raises(RefusedError, match="web page"):
        taken(gzip.compress(page), packed=True)


@pytest.mark.parametrize("nothing", [b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf"])
def test_nothing_is_no_list(nothing: bytes) -> None:
    with pytest.raises(RefusedError, match="is empty"):
        taken(nothing)


def test_one_byte_is_a_body() -> None:
    assert taken(b"#")[0] == b"#"
