import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dnsguard.cli.lists import app
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.once import SNAPSHOTS
from dnsguard.intel.starter import starter_lists

CONFIG = """
starter_lists = false
state_dir = "state"
[[lists]]
name = "mine"
category = "threat_intel"
path = "mine.txt"
[allow]
names = ["good.evil.example"]
[[groups]]
name = "lab"
clients = ["192.0.2.0/24"]
mode = "block"
[[groups]]
name = "free"
clients = ["198.51.100.0/24"]
allow = ["evil.example"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "mine.txt").write_text("# mine\nevil.example\nno name\ncom\n")
    return tmp_path


def run(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(app, [*args, "--config", str(folder / "config.toml")])


def objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_lookup_says_list_line_date_and_what_it_does(folder: Path) -> None:
    config = ListConfig(name="mine", category="threat_intel", path="mine.txt")
    compile_lists([config], folder, folder / "state" / SNAPSHOTS, now=86400.0)
    bad, good = objects(run(folder, "lookup", "X.Evil.Example.", "example.org", "--json"))
    assert bad == {
        "name": "x.evil.example",
        "action": "alert",
        "allowed_by": "",
        "groups": {
            "lab": {"action": "block", "allowed_by": ""},
            "free": {"action": "off", "allowed_by": "evil.example"},
        },
        "matches": [
            {
                "list": "mine",
                "category": "threat_intel",
                "entry": "evil.example",
                "line": 2,
                "path": str(folder / "mine.txt"),
                "since": "1970-01-02T00:00:00Z",
                "confidence": 75,
                "action": "block",
                "mode": "alert",
            }
        ],
    }
    assert good == {"name": "example.org", "action": "off", "allowed_by": "", "groups": {}, "matches": []}


def test_lookup_of_an_allowed_name(folder: Path) -> None:
    (found,) = objects(run(folder, "lookup", "x.good.evil.example", "--json"))
    assert (found["action"], found["allowed_by"], len(found["matches"])) == ("off", "good.evil.example", 1)


def test_lookup_for_people(folder: Path) -> None:
    lines = run(
        folder, "lookup", "x.evil.example", "evil.example", "a.good.evil.example", "b.example"
    ).stdout.splitlines()
    assert lines[0] == "x.evil.example  alert"
    assert lines[1].startswith("  evil.example: mine, line 2 (threat_intel), since ")
    assert lines[2] == f"    {folder / 'mine.txt'}"
    assert lines[3:5] == ["  group lab: block", "  group free: allowed by evil.example"]
    assert "evil.example  alert" in lines
    assert "a.good.evil.example  allowed by good.evil.example" in lines
    assert lines[-1] == "b.example  on no list"


def test_lookup_of_what_is_no_name_is_wrong_usage(folder: Path) -> None:
    result = run(folder, "lookup", "a b")
    assert result.exit_code == 2
    assert "has the character ' '" in result.stderr


def test_a_detector_that_is_off(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG + '[detect.threat_intel]\nmode = "off"\n')
    (found,) = objects(run(folder, "lookup", "evil.example", "--json"))
    assert (found["action"], [match["mode"] for match in found["matches"]]) == ("off", ["off"])


def test_show(folder: Path) -> None:
    (shown,) = objects(run(folder, "show", "--json"))
    assert {**shown, "changed": ""} == {
        "list": "mine",
        "category": "threat_intel",
        "mode": "alert",
        "format": "domains",
        "entries": 1,
        "networks": 0,
        "exceptions": 0,
        "junk": 1,
        "public_suffixes": 1,
        "changed": "",
        "path": str(folder / "mine.txt"),
        "reasons": {
            "refused": {"has more on the line than a name": 1},
            "quarantined": {"is a public suffix": 1},
            "ignored": {},
        },
        "treated_as_block": {},
        "not_enforced": {},
        "refused": [
            {"line": 3, "text": "no name", "reason": "has more on the line than a name"},
            {"line": 4, "text": "com", "reason": "is a public suffix: it would match all names of a registry"},
        ],
    }
    lines = run(folder, "show").stdout.splitlines()
    assert lines[0].split() == ["list", "category", "match", "names", "refused", "changed"]
    assert lines[1].split()[:5] == ["mine", "threat_intel", "alert", "1", "2"]
    assert lines[2:5] == [
        "mine, refused: has more on the line than a name (1)",
        "mine, quarantined: is a public suffix (1)",
        "mine, line 3: no name has more on the line than a name",
    ]


ZONE = """\
$TTL 60
@ SOA localhost. root.localhost. 1 2 3 4 5
evil.example CNAME .
drop.example CNAME rpz-drop.
good.evil.example CNAME rpz-passthru.
32.7.100.51.198.rpz-client-ip CNAME .
24.0.100.51.198.rpz-ip CNAME .
"""


def test_what_is_only_kept_is_said(folder: Path) -> None:
    (folder / "mine.txt").write_text(ZONE)
    (shown,) = objects(run(folder, "show", "--json"))
    assert (shown["format"], shown["entries"], shown["networks"], shown["exceptions"]) == ("rpz", 4, 2, 1)
    assert shown["treated_as_block"] == {"nxdomain": 3, "drop": 1}
    assert shown["not_enforced"] == {"rpz-client-ip": 1}
    lines = run(folder, "show").stdout.splitlines()
    assert "mine: 1 entries ask for drop; treated as block" in lines
    assert "mine: 1 entries are of rpz-client-ip; kept, not enforced" in lines
    assert "mine: 1 exceptions shield names from its other entries" in lines


def test_lookup_of_an_address_and_of_what_an_exception_shields(folder: Path) -> None:
    (folder / "mine.txt").write_text(ZONE)
    found = objects(
        run(folder, "lookup", "198.51.100.9", "198.51.101.9", "drop.example", "good.evil.example", "--json")
    )
    assert [[match["entry"] for match in item["matches"]] for item in found] == [
        ["198.51.100.0/24"], [], ["drop.example"], [],
    ]  # fmt: skip
    assert found[2]["matches"][0]["action"] == "drop"
    lines = run(folder, "lookup", "198.51.100.9", "drop.example").stdout.splitlines()
    assert lines[1].startswith("  198.51.100.0/24: mine, line 7 (threat_intel), since ")
    assert [line for line in lines if "asks for drop" in line]


def test_what_is_believed_is_taken(folder: Path) -> None:
    (folder / "mine.txt").write_text("google.com\nwww.facebook.com\nx.google.com\n")
    (shown,) = objects(run(folder, "show", "--json"))
    assert (shown["entries"], shown["reasons"]["quarantined"]) == (1, {"is among the most popular names": 2})
    (folder / "config.toml").write_text(
        CONFIG.replace('path = "mine.txt"', 'path = "mine.txt"\nbelieve = ["google.com"]')
    )
    assert objects(run(folder, "show", "--json"))[0]["entries"] == 2


def test_diff(folder: Path) -> None:
    assert "no server has compiled the lists yet" in str(run(folder, "diff").exception)
    config = ListConfig(name="mine", category="threat_intel", path="mine.txt")
    (folder / "mine.txt").write_text("".join(f"n{i}.example\n" for i in range(30)))
    compile_lists([config], folder, folder / "state" / SNAPSHOTS, now=86400.0)
    (folder / "mine.txt").write_text("".join(f"n{i}.example\n" for i in range(12, 32)))
    compile_lists([config], folder, folder / "state" / SNAPSHOTS, now=2 * 86400.0)
    (change,) = objects(run(folder, "diff", "--json"))
    assert (change["name"], change["added"], change["removed"]) == ("mine", 2, 12)
    assert sorted(change["new"]) == ["n30.example", "n31.example"]
    lines = run(folder, "diff").stdout.splitlines()
    assert lines[:2] == ["1970-01-03T00:00:00Z, snapshot 2", "mine (threat_intel): +2 -12"]
    assert lines[-1] == "  - … and 2 more"


def test_a_list_that_cannot_be_read_is_said_and_fails(folder: Path) -> None:
    (folder / "mine.txt").unlink()
    result = run(folder, "show")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "mine.txt: No such file or directory" in result.stderr
    assert "never read" in result.stdout


def test_no_lists(folder: Path) -> None:
    (folder / "config.toml").write_text("starter_lists = false\n")
    assert run(folder, "show").stdout == "no lists\n"


def test_the_starter_lists_without_a_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    shown = objects(CliRunner().invoke(app, ["show", "--json"]))
    assert [each["list"] for each in shown] == [config.name for config in starter_lists()]
    assert {each["junk"] for each in shown} == {0}
