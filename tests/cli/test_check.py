import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dnsguard.cli.app import app
from dnsguard.config import generate, parse
from dnsguard.config.faults import FaultyConfigError

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dnsguard", *args], capture_output=True, text=True, timeout=60, check=False
    )


def check(path: Path, text: str, *args: str) -> "subprocess.CompletedProcess[str]":
    path.write_text(text)
    return run("check", "--config", str(path), *args)


def test_defaults_are_good_and_shown_as_toml() -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'mode = "alert"' in done.stdout.splitlines()
    assert 'dns = ["127.0.0.1:5335"]' in done.stdout.splitlines()
    starters = done.stdout.replace("starter:", "other:")  # starter lists are shown, and would then be there twice
    assert parse(starters, Path("/")).listen == parse("", Path("/")).listen


def test_every_fault_is_one_line_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    done = check(file, '[listen]\ndsn = []\n\n[cache]\nsize = "big"\n')
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f'{file}:2: listen.dsn: unknown key; did you mean "dns"?',
        f'{file}:5: cache.size: "big" is no size; write "64MB", "512kB", "1GB" or a number of bytes',
    ]


def test_faults_as_json(tmp_path: Path) -> None:
    done = check(tmp_path / "c.toml", "workers = 0\n", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "ok": False,
        "faults": [
            {
                "file": str(tmp_path / "c.toml"),
                "line": 1,
                "key": "workers",
                "problem": "0 is too little; at least 1",
            }
        ],
    }


def test_settings_as_json_with_secrets_masked(tmp_path: Path) -> None:
    text = f'mode = "block"\n[[webhooks]]\nurl = "https://u:pw@hooks.example/x?token=t0ken"\nsecret = "{SECRET}"\n'
    done = check(tmp_path / "c.toml", text, "--json")
    assert done.returncode == 0
    settings = json.loads(done.stdout)["settings"]
    assert settings["webhooks"][0]["secret"] == "***"
    assert settings["webhooks"][0]["url"] == "https://***@hooks.example/***?***"
    assert settings["detect"]["threat_intel"] == {
        "mode": "block",
        "severity": "Medium",
        "half_life": "0s",
        "threshold": 0.2,
    }
    assert settings["cache"]["size"] == "64MB"


def test_no_secret_is_printed(tmp_path: Path) -> None:
    good = check(tmp_path / "c.toml", f'[[webhooks]]\nurl = "https://u:pw@h.example/?t0ken"\nsecret = "{SECRET}"\n')
    chat = check(tmp_path / "c.toml", '[[webhooks]]\nurl = "https://h.example/services/T0/t0ken"\nformat = "slack"\n')
    bad = check(tmp_path / "c.toml", '[[webhooks]]\nurl = "ftp://u:pw@h.example/?t0ken"\nsecret = "whsec_hush"\n')
    worse = check(tmp_path / "c.toml", '[[webhooks]]\nurl = "https://h.example/"\nsecret = ["whsec_hush"]\n')
    assert (good.returncode, chat.returncode, bad.returncode, worse.returncode) == (0, 0, 1, 1)
    for done in (good, chat, bad, worse):
        for secret in (SECRET, "hush", "t0ken", "pw"):
            assert secret not in done.stdout + done.stderr


def test_warnings_go_to_stderr_and_all_is_good(tmp_path: Path) -> None:
    done = check(tmp_path / "c.toml", '[listen]\nweb = "0.0.0.0:8053"\n[console]\nproxies = ["192.0.2.1"]\n')
    assert done.returncode == 0
    assert done.stderr.startswith(f"warning: {tmp_path / 'c.toml'}:2: listen.web: ")


def test_a_missing_list_is_a_fault(tmp_path: Path) -> None:
    done = check(tmp_path / "c.toml", '[[lists]]\nname = "a"\ncategory = "threat_intel"\npath = "gone.txt"\n')
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path / 'c.toml'}:4: lists[0].path: {tmp_path / 'gone.txt'} does not exist\n"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "does not exist"),
        (Path.mkdir, "is a folder, not a file"),
        (lambda path: path.write_bytes(b"mode = \xff"), "is not UTF-8 text; save it as UTF-8"),
        (lambda path: path.write_bytes(b"#" * (5 << 20)), "is larger than 4 MB, so it is no configuration"),
        (lambda path: path.write_text("a = 1\nmode ="), "is not valid TOML: Invalid value"),
    ],
)
def test_an_unreadable_file_is_one_line(tmp_path: Path, make, says: str) -> None:
    path = tmp_path / "c.toml"
    make(path)
    done = run("check", "--config", str(path))
    assert done.returncode == 1
    assert done.stderr.startswith(str(path))
    assert done.stderr.endswith(f"{says}\n")
    assert done.stderr.count("\n") == 1


def test_default_prints_what_generate_writes() -> None:
    assert CliRunner().invoke(app, ["check", "--default"]).output == generate()


def test_default_stands_alone() -> None:
    assert run("check", "--default", "--json").returncode == 2


def test_faults_reach_python_callers_in_parts(tmp_path: Path) -> None:
    with pytest.raises(FaultyConfigError) as caught:
        parse("workers = 0", tmp_path)
    assert [(fault.key, fault.line) for fault in caught.value.details] == [("workers", 1)]
    assert caught.value.faults == ["config.toml:1: workers: 0 is too little; at least 1"]
