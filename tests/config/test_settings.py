import dataclasses
import os
from pathlib import Path

import pytest

from dnsguard.config import Settings, needs_restart, parse
from dnsguard.config.settings import default_state_dir


@pytest.mark.parametrize(
    ("environment", "root", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/private/dnsguard"}, False, "/var/lib/private/dnsguard"),
        ({"STATE_DIRECTORY": "/a:/b"}, True, "/a"),
        ({}, True, "/var/lib/dnsguard"),
        ({"XDG_STATE_HOME": "/x"}, True, "/var/lib/dnsguard"),
        ({"XDG_STATE_HOME": "/x"}, False, "/x/dnsguard"),
        ({"XDG_STATE_HOME": "relative"}, False, "/home/me/.local/state/dnsguard"),
        ({}, False, "/home/me/.local/state/dnsguard"),
    ],
)
def test_where_state_is_kept(
    environment: dict[str, str], root: bool, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    assert default_state_dir() == Path(folder)
    assert parse("", Path("/etc")).state_dir == Path(folder)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", ()),
        ('mode = "block"\nlisten.allow_from = ["any"]\ncache.size = "1MB"', ()),
        ("workers = 2", ("workers",)),
        ('state_dir = "/elsewhere"\nlisten.dns = ["127.0.0.1:1"]', ("state_dir", "listen.dns")),
        ('listen.web = ""', ("listen.web",)),
        ('[console]\ncert = "/c.pem"\nkey = "/k.pem"', ("console.cert",)),
    ],
)
def test_what_holds_only_from_the_next_start(text: str, changed: tuple[str, ...]) -> None:
    assert needs_restart(Settings(), parse(text, Path("/"))) == changed


def test_another_certificate_is_taken_at_once() -> None:
    one, other = (
        parse(f'[console]\ncert = "/{name}.pem"\nkey = "/{name}.key"', Path("/")) for name in ("one", "other")
    )
    assert needs_restart(one, other) == ()


def test_two_readings_are_equal_however_they_were_written() -> None:
    assert parse("workers = 1 # one", Path("/a"), "x.toml") == Settings()
    assert dataclasses.replace(Settings(), workers=2) != Settings()
