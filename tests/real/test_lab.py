"""The lab itself: what the other tests here lean on."""

import contextlib
import tomllib
from pathlib import Path

import pytest

from tests import ask, lab, needs, zones
from tests.process import pids, ticks


def test_upstream_has_every_type(nsd: int) -> None:
    for rtype in zones.TYPES:
        assert ask.ask(nsd, f"{rtype.lower()}.types.example.net", rtype).answer, rtype


def test_upstream_signs(nsd: int) -> None:
    types = {rrset.rdtype.name for rrset in ask.ask(nsd, "www.signed.example.net", do=True).answer}
    assert types == {"A", "RRSIG"}


def test_large_answers_need_tcp(nsd: int) -> None:
    assert ask.ask(nsd, "big.example.net", "TXT").flags & 0x0200  # TC
    assert len(ask.ask(nsd, "big.example.net", "TXT", tcp=True).answer[0]) == 20


def test_everything_a_lab_started_is_gone() -> None:
    with lab.Lab() as own:
        script = "import os, time; os.fork() or os.setsid(); time.sleep(600)"  # a child that leaves its group
        process = own.start("sleeper", "python3", "-c", script)
        lab.eventually(lambda: len(own_processes(own)) == 2, "both processes run")
        assert ticks(process.pid).user >= 0
    assert not own.dir.exists()
    lab.eventually(lambda: not own_processes(own), "both are gone")


def own_processes(own: lab.Lab) -> list[int]:
    """Those that carry the lab's mark."""
    found = []
    for pid in pids():
        with contextlib.suppress(OSError):
            found += [pid] if str(own.dir).encode() in Path(f"/proc/{pid}/environ").read_bytes() else []
    return found


def test_toml_of_nested_tables() -> None:
    config = {
        "mode": "block",
        "detect": {"threat_intel": {"mode": "off"}},
        "groups": [{"name": "a", "detect": {"x": "off"}}],
    }
    assert tomllib.loads(lab.toml(config)) == config


def test_missing_tool_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "CI", False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such-tool"):
        needs.need("no-such-tool")
    monkeypatch.setattr(needs, "CI", True)
    with pytest.raises(pytest.fail.Exception, match="needs no-such-tool"):
        needs.need("no-such-tool")
