import gzip
import io
from pathlib import Path

import pytest

from dnsguard.replay.recorded import DamagedError
from dnsguard.replay.source import Source


def test_takes_in_order_and_ends_empty() -> None:
    source = Source(io.BytesIO(b"abcdef"), "x")
    assert source.peek()[:2] == b"ab"
    assert (source.take(2, "t"), source.need(4, "t"), source.take(1, "t")) == (b"ab", b"cdef", b"")


def test_gzip_is_told_by_its_magic_and_offsets_count_what_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "not.named.so"
    path.write_bytes(gzip.compress(b"abc") + gzip.compress(b"def"))  # members one after the other are one file
    source = Source.open(path)
    assert source.need(5, "t") == b"abcde"
    with pytest.raises(DamagedError, match="byte 5 after unpacking: the file ends inside the rest: 1 of 9 bytes"):
        source.need(9, "the rest")
    source.close()


def test_truncated_gzip_gives_what_is_there_and_then_says_so() -> None:
    packed = gzip.compress(bytes(range(256)) * 4000)
    source = Source(io.BytesIO(packed[:-20]), "x.gz")
    taken = 0
    with pytest.raises(DamagedError, match=r"x\.gz: byte \d+ after unpacking: .*the gzip data ends too early"):  # noqa: PT012
        while True:
            taken += len(source.need(100, "a piece"))
    assert taken > 900_000


def test_broken_gzip_is_damage() -> None:
    packed = bytearray(gzip.compress(b"a" * 100_000))
    packed[20:30] = bytes(10)
    with pytest.raises(DamagedError, match="the gzip data is broken"):
        Source(io.BytesIO(bytes(packed)), "x.gz").need(100_000, "all")


def test_a_line_has_a_bound() -> None:
    source = Source(io.BytesIO(b"one\n" + b"x" * 100), "x")
    assert source.line(10) == b"one\n"
    with pytest.raises(DamagedError, match="byte 4: a line has more than 10 bytes"):
        source.line(10)


def test_position_follows_the_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(1_000_000))
    source = Source.open(path)
    source.need(900_000, "t")
    assert source.size == 1_000_000
    assert 900_000 <= source.position() <= source.size
    source.close()
