"""The command as a person, or a program with many names, runs it: in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "dnsguard", "explain"]


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "bad.txt").write_text("# evil\nevil.example\nxn--bcher-kva.example\n")
    (tmp_path / "config.toml").write_text(
        f'starter_lists = false\nstate_dir = "{tmp_path / "state"}"\n'
        '[[lists]]\nname = "mine"\ncategory = "threat_intel"\npath = "bad.txt"\n'
        '[allow]\nnames = ["good.evil.example"]\n'
    )
    return str(tmp_path / "config.toml")


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, timeout=60, check=False)


def test_json_has_a_line_for_each_name_in_order(config: str) -> None:
    done = run("evil.example", "fine.example", "bücher.example", "--json", "--config", config)
    assert (done.returncode, done.stderr) == (0, b"")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(entry["name"], entry["verdict"]) for entry in said] == [
        ("evil.example", "alert"),
        ("fine.example", "allow"),
        ("xn--bcher-kva.example", "alert"),
    ]
    assert list(said[0])[:4] == ["name", "verdict", "findings", "scores"]
    assert not Path(config).parent.joinpath("state").exists()


def test_every_line_of_standard_input_gets_a_line(config: str) -> None:
    lines = [
        b"evil.example",
        b"",
        b"  spaced.example  ",
        b"a..b",
        b"\xff\xfe",
        b"x" * 200_000,
        b"crlf.example\r",
        b"last.example",
    ]
    done = run("-", "--json", "--config", config, stdin=b"\n".join(lines))
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert len(said) == len(lines)
    assert [set(entry) == {"name", "error"} for entry in said] == [False, True, False, True, True, True, False, False]
    assert [said[i]["name"] for i in (0, 1, 2, 3, 6, 7)] == [
        "evil.example", "", "spaced.example", "a..b", "crlf.example", "last.example",
    ]  # fmt: skip


def test_a_line_comes_as_soon_as_its_name_was_sent(config: str) -> None:
    command = [*COMMAND, "-", "--json", "--config", config]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name in ("evil.example", "fine.example"):
            process.stdin.write(name.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["name"] == name
        process.stdin.close()
        assert process.wait(30) == 0


def test_for_people(config: str) -> None:
    done = run("x.evil.example", "good.evil.example", "bücher.example", "fine.example", "--config", config)
    text = done.stdout.decode()
    assert done.returncode == 0
    for part in (
        "x.evil.example A, asked by 127.0.0.1: alert",
        "list mine, entry evil.example, line 2, since 20",
        'to block it: [detect.threat_intel] mode = "block"',
        'to let it pass untold: [allow] names = ["evil.example"]',
        "always allowed by the entry good.evil.example of an allow list; without it: alert",
        "xn--bcher-kva.example (bücher.example)",
        "threat_intel: nothing found, score 0",
    ):
        assert part in text


def test_a_name_that_is_none_is_said_once_on_standard_error(config: str) -> None:
    done = run("a..b", "evil.example", "--json", "--config", config)
    assert done.returncode == 1
    assert [json.loads(line).get("verdict") for line in done.stdout.splitlines()] == [None, "alert"]
    assert done.stderr.decode().splitlines() == ["dnsguard: 'a..b' has an empty label"]


def test_a_terminal_does_not_obey_what_stands_in_a_file_of_names(config: str) -> None:
    assert b"\x1b" not in run("-", "--config", config, stdin=b"\x1b[2J.example\n").stdout


@pytest.mark.parametrize("wrong", [["--type", "NOSUCH"], ["--client", "nowhere"]])
def test_wrong_usage(config: str, wrong: list[str]) -> None:
    assert run("evil.example", *wrong, "--config", config).returncode == 2
    assert run("--config", config).returncode == 2


def test_a_list_that_cannot_be_read_is_said_and_the_others_hold(config: str) -> None:
    path = Path(config)
    path.write_text(path.read_text() + '[[lists]]\nname = "gone"\ncategory = "threat_intel"\npath = "gone.txt"\n')
    done = run("evil.example", "--json", "--config", config)
    assert json.loads(done.stdout)["verdict"] == "alert"
    assert b"gone" in done.stderr
