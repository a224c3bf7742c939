import codecs
import mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.readers import lines as module
from dnsguard.intel.readers.lines import lines


def expected(data: bytes) -> list[tuple[int, str]]:
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    pairs = ((number, line[: module.MAX_LINE].rstrip()) for number, line in enumerate(text.split("\n"), 1))
    return [pair for pair in pairs if pair[1]]


PIECES = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b" ", "ü".encode(), b"\xff", b"bcd"]), max_size=40)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 20])
@given(data=PIECES.map(b"".join))
def test_lines_are_the_same_however_they_are_cut(chunk: int, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        found = list(lines(data))
    # invalid octets next to a cut may be replaced one by one or together
    assert [(n, t.replace("\ufffd", "")) for n, t in found if t.strip("\ufffd")] == [
        (n, t.replace("\ufffd", "")) for n, t in expected(data) if t.strip("\ufffd")
    ]


def test_a_line_without_end_is_cut_and_its_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 1 << 15)
    data = b"a\n" + b"x" * (1 << 18) + b"\nb\n"
    assert [(number, len(text)) for number, text in lines(data)] == [(1, 1), (2, module.MAX_LINE), (3, 1)]


@pytest.mark.parametrize("chunk", [3, 1 << 20])
def test_utf_16(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    assert list(lines("a\nü\r\nc".encode("utf-16"))) == [(1, "a"), (2, "ü"), (3, "c")]


def test_mapped_files(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"a\nb\n")
    with (tmp_path / "list").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert list(lines(data)) == [(1, "a"), (2, "b")]
