import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnsguard.detect.memory import Memory
from dnsguard.memory_file import MAGIC, MemoryFile
from dnsguard.state.tunnels import Tunnels


class Whole:
    """Saves itself in one piece."""

    def __init__(self) -> None:
        self.text = ""

    def dump(self) -> bytes:
        return self.text.encode()

    def load(self, data: bytes) -> None:
        if data.startswith(b"bad"):
            raise ValueError("bad text")
        self.text = data.decode()


class Pieces(Whole):
    def dump(self) -> Iterator[bytes]:  # type: ignore[override]
        for each in self.text:
            yield each.encode()


class Forgetful:
    pass


def kept(path: Path) -> Memory:
    memory = Memory()
    MemoryFile(path, 0, memory)
    return memory


async def save(path: Path, memory: Memory) -> None:
    # what an earlier worker left is not what this one has
    (path / "memory-0").unlink(missing_ok=True)
    await MemoryFile(path, 0, memory).write()


async def test_what_is_saved_is_read_by_the_next(tmp_path: Path) -> None:
    memory = Memory()
    memory.of(Whole).text = "one"
    memory.of(Pieces).text = "two"
    memory.of(Forgetful)
    memory.of(Tunnels).open("a.example", 1.0, 5.0)
    await save(tmp_path, memory)
    assert (tmp_path / "memory-0").stat().st_mode & 0o777 == 0o600
    read = kept(tmp_path)
    assert (read.of(Whole).text, read.of(Pieces).text) == ("one", "two")
    assert "a.example" in read.of(Tunnels).zones


async def test_what_nobody_asked_for_is_passed_on(tmp_path: Path) -> None:
    memory = Memory()
    memory.of(Whole).text = "one"
    await save(tmp_path, memory)
    await save(tmp_path, kept(tmp_path))
    assert kept(tmp_path).of(Whole).text == "one"


async def test_a_damaged_file_is_ignored_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory()
    memory.of(Whole).text = "one two three"
    await save(tmp_path, memory)
    good = (tmp_path / "memory-0").read_bytes()
    cut = [good[:size] for size in range(len(good))]
    flipped = [good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :] for at in range(len(MAGIC), len(good))]
    for data in (*cut, *flipped, b"", b"another format"):
        caplog.clear()
        (tmp_path / "memory-0").write_bytes(data)
        with caplog.at_level(logging.WARNING):
            assert kept(tmp_path).of(Whole).text == ""
        assert "starting anew" in caplog.text


async def test_a_kind_that_can_t_read_its_own_starts_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory()
    memory.of(Whole).text = "bad, for it was of another version"
    memory.of(Pieces).text = "two"
    await save(tmp_path, memory)
    read = Memory()
    file = MemoryFile(tmp_path, 0, read)
    assert (read.of(Whole).text, read.of(Pieces).text) == ("", "two")
    with caplog.at_level(logging.WARNING):
        await file.write()
    assert "bad text" in str([record.__dict__ for record in caplog.records])
    assert kept(tmp_path).of(Pieces).text == "two"


async def test_a_disk_that_takes_nothing_keeps_the_old_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory()
    memory.of(Whole).text = "one"
    await save(tmp_path, memory)
    (tmp_path / "memory-0.new").mkdir()
    with caplog.at_level(logging.WARNING):
        await MemoryFile(tmp_path, 0, memory).write()
    assert "can't be saved" in caplog.text
    assert kept(tmp_path).of(Whole).text == "one"


async def test_two_at_once_take_turns(tmp_path: Path) -> None:
    memory = Memory()
    memory.of(Pieces).text = "abcdefgh" * 50
    file = MemoryFile(tmp_path, 0, memory)
    await asyncio.gather(file.write(), file.write(), file.write())
    assert kept(tmp_path).of(Pieces).text == "abcdefgh" * 50
