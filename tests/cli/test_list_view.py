from pathlib import Path

from dnsguard.cli.list_view import notes, row, when
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import ListMeta
from dnsguard.model import Mode

META = ListMeta(
    name="a",
    category="threat_intel",
    entries=3,
    digest="",
    read=86400.0,
    format="adblock",
    refused={"has the modifier $third-party": 2, "is empty": 5},
    ignored={"rules that hide elements of pages": 1000},
    exceptions=1,
)


def test_reasons_are_told_the_most_frequent_first() -> None:
    told = [str(text) for text in notes(row(META, None, Mode.ALERT))]
    assert told == [
        "a, refused: is empty (5), has the modifier $third-party (2)",
        "a, ignored: rules that hide elements of pages (1,000)",
        "a: 1 exceptions shield names from its other entries",
    ]


def test_the_first_refused_lines_are_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("||a.example^\n||b.example^$x\n")
    config = ListConfig(name="a", category="threat_intel", path=str(tmp_path / "a"))
    assert [line["line"] for line in row(META, config, Mode.ALERT)["refused"]] == [2]
    (tmp_path / "a").write_bytes(b"\0\0")
    assert row(META, config, Mode.ALERT)["refused"] == []
    (tmp_path / "a").unlink()
    assert row(META, config, Mode.ALERT)["refused"] == []


def test_every_refused_signature_is_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("".join(f"alert dns any any -> any any (foo; sid:{sid};)\n" for sid in range(1, 31)))
    config = ListConfig(name="a", category="suspicious_domain", path=str(tmp_path / "a"))
    refused = row(META, config, Mode.ALERT)["refused"]
    assert len(refused) == 30
    assert refused[29] == {"line": 30, "text": "sid 30:", "reason": "foo is not supported"}


def test_times_are_utc() -> None:
    assert when(86400.0) == "1970-01-02T00:00:00Z"
