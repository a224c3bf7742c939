import json
import re
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dnsguard.alerts import operational
from dnsguard.alerts.config import Config, WebhookConfig
from dnsguard.alerts.outbox import Outbox
from dnsguard.cli import alert_view
from dnsguard.config import load
from dnsguard.model import Severity
from tests.alerts.made import HOOK, detection

OTHER = WebhookConfig(url="http://127.0.0.1:9/x", name="siem")
NOW = 1_767_225_600.0  # 2026-01-01


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('state_dir = "state"\n')
    (tmp_path / "state").mkdir()
    return tmp_path


@pytest.fixture
def box(state: Path) -> Outbox:
    return Outbox(state / "state" / "alerts.sqlite", Config(), (HOOK, OTHER))


def command(state: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "dnsguard", "alerts", *args, "--config", str(state / "config.toml")]


def run(state: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(state, *args), capture_output=True, text=True, timeout=60, check=False)


def fill(box: Outbox) -> None:
    box.record("w", 1, [detection(1, time=NOW), detection(2, time=NOW + 5, count=7, name="c.listed.example")])
    sent = detection(
        3,
        time=NOW + 9,
        zone="evil.example",
        name="abc\x1b]0;x.evil.example",
        slug="data_exfiltration",
        severity=Severity.HIGH,
        action="alert",
        group="kids",
        score=8211.0,
        threshold=4096.0,
        reason="bytes over bound",
        evidence={"samples": ["[red]x\x1b[31m.example"]},
    )
    box.record("w", 2, [sent])


def test_list(state: Path, box: Outbox) -> None:
    fill(box)
    for hook in (HOOK, OTHER):
        for message in box.due(hook.key, NOW + 10, 10):
            box.delivered(message.id, NOW + 10)
    done = run(state, "list")
    heading, *rows = done.stdout.splitlines()
    assert heading.split()[:3] == ["LAST", "SEEN", "(UTC)"]
    assert [re.split(r"\s{2,}", row.strip()) for row in rows] == [
        ["2026-01-01 00:00:09", "High", "192.0.2.7", "evil.example", "data_exfiltration", "allowed", "1", "delivered",
         "00000000"],
        ["2026-01-01 00:00:05", "Medium", "192.0.2.7", "listed.example", "threat_intel", "blocked", "8", "delivered",
         "00000000"],
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_list_marks_what_was_given_up(state: Path, box: Outbox) -> None:
    fill(box)
    box.sweep(NOW)
    box.sweep(NOW + 90_000)
    assert run(state, "list").stdout.count("GIVEN UP") == 2
    shown = run(state, "show", detection(1).id).stdout
    assert "hook, told 2026-01-01 01:00:00: GIVEN UP 2026-01-02 01:00:00 after 0 attempts" in shown


def test_list_as_json_has_microsofts_fields(state: Path, box: Outbox) -> None:
    fill(box)
    lines = [json.loads(line) for line in run(state, "list", "--json").stdout.splitlines()]
    assert [line["alertType"] for line in lines] == ["AzureDNS_DataExfiltration", "AzureDNS_ThreatIntelSuspectDomain"]
    assert lines[1]["delivery"] == {"messages": 2, "pending": 2, "givenUp": 0}


@pytest.mark.parametrize(
    ("args", "count"),
    [
        (("--severity", "high"), 1),
        (("--client", "192.0.2.9"), 0),
        (("--domain", "Listed.Example."), 1),
        (("--type", "threat_intel"), 1),
        (("--since", "1h"), 0),
        (("-n", "1"), 1),
    ],
)
def test_list_filters(state: Path, box: Outbox, args: tuple[str, ...], count: int) -> None:
    fill(box)
    assert len(run(state, "list", "--json", *args).stdout.splitlines()) == count


@pytest.mark.parametrize(
    "args",
    [
        ("list", "--severity", "huge"),
        ("list", "--since", "soon"),
        ("list", "--type", "x"),
        ("list", "-n", "0"),
        ("show",),
    ],
)
def test_wrong_usage(state: Path, args: tuple[str, ...]) -> None:
    done = run(state, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_show_can_be_judged_from_its_first_lines(state: Path, box: Outbox) -> None:
    fill(box)
    done = run(state, "show", detection(1).id)
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[0] == "MEDIUM  Communication with suspicious domain identified by threat intelligence"
    assert lines[1].startswith('192.0.2.7 asked for www.listed.example (A), which is known as malicious (list "lab"')
    page = "\n".join(lines)
    for part in (
        "Action     blocked",
        "Seen       8 times, 2026-01-01 00:00:00 to 00:00:05 UTC",
        "Evidence   matched: listed.example",
        "lists: list lab, entry listed.example, line 3, since 2026-01-02T03:04:05Z",
        "also c.listed.example",
        "hook, told 2026-01-01 00:00:00: pending",
        "1. If this is expected, add listed.example to [allow] names in config.toml",
    ):
        assert part in page


def test_show_finds_the_id_a_client_was_told_and_its_beginning(state: Path, box: Outbox) -> None:
    box.record("w", 1, [detection(id="aaaa-1"), detection(id="bbbb-2"), detection(id="aaaa-3", zone="x.example")])
    for text in ("bbbb-2", "BBBB", "aaaa-1"):
        assert json.loads(run(state, "show", text, "--json").stdout)["systemAlertId"] == "aaaa-1"
    done = run(state, "show", "aaaa")
    assert (done.returncode, done.stderr) == (1, "dnsguard: aaaa begins several ids: aaaa-1, aaaa-3\n")
    done = run(state, "show", "zz\x1b[31m")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no alert zz\\x1b[31m" in done.stderr


def test_attackers_words_do_not_drive_the_terminal(state: Path, box: Outbox) -> None:
    fill(box)
    for args in (("show", detection(3).id), ("list",)):
        assert "\x1b" not in run(state, *args).stdout
    shown = run(state, "show", detection(3).id).stdout
    assert "[red]x\\x1b[31m.example" in shown


def test_no_outbox_yet(state: Path) -> None:
    done = run(state, "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no alerts\n")
    done = run(state, "show", "x")
    assert done.returncode == 1
    assert done.stderr.startswith("dnsguard: no alerts yet")
    assert list((state / "state").iterdir()) == []


def test_an_unreadable_outbox_is_one_line(state: Path) -> None:
    (state / "state" / "alerts.sqlite").write_bytes(b"x" * 5000)
    done = run(state, "list")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_tail_follows_from_before_the_first_start(state: Path) -> None:
    process = subprocess.Popen(
        command(state, "tail", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        box = Outbox(state / "state" / "alerts.sqlite", Config(), (HOOK,))
        box.record("w", 1, [detection(1, time=NOW), detection(2, time=NOW + 1)])
        first = json.loads(process.stdout.readline())
        box.sweep(NOW + 3600)
        again = json.loads(process.stdout.readline())
        box.record("w", 2, [detection(3, time=NOW + 4000, zone="x.example")])
        other = json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert first["systemAlertId"] == again["systemAlertId"] == detection(1).id
    assert again["extendedProperties"]["tellings"] == "2"
    assert other["systemAlertId"] == detection(3).id
    assert (process.returncode, errors) == (0, "")


def test_tail_begins_with_the_latest(state: Path, box: Outbox) -> None:
    fill(box)
    process = subprocess.Popen(command(state, "tail", "-n", "1"), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert line.startswith("2026-01-01 00:00:09  High          192.0.2.7 sends data out in names below evil.example")


@pytest.mark.parametrize(("width", "columns"), [(200, True), (112, True), (80, False)])
def test_no_column_is_cut_on_a_narrow_terminal(
    state: Path, box: Outbox, width: int, columns: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    from dnsguard.alerts.reader import Reader, Wanted

    fill(box)
    made: Any = alert_view.table(Reader(box.path).latest(Wanted(), 10), width)
    assert (made is not None) == columns
    if made:
        from rich.console import Console

        Console(width=width).print(made)
        shown = capsys.readouterr().out
        assert "…" not in shown
        assert shown.count("00000000") == 2


def test_alerts_about_dnsguard_itself_are_shown_as_such(state: Path, box: Outbox) -> None:
    told = operational.detection("feed_refused", "urlhaus", "is a web page, not a list", NOW, evidence={"url": "u"})
    over = operational.detection("feed_refused", "urlhaus", "is believed again", NOW + 9, resolved=True)
    box.record("hub", 1, [told, over])
    rows = run(state, "list", "--type", "feed_refused").stdout.splitlines()[1:]
    assert ["resolved" in row for row in rows] == [True, False]
    assert all("urlhaus" in row for row in rows)
    page = run(state, "show", told.id).stdout
    assert page.startswith("LOW  A threat list was refused\nList urlhaus: is a web page, not a list.\n")
    assert "Asked for" not in page
    assert "Technique" not in page
    assert "1. Look at what was kept aside" in page
    (line,) = run(state, "list", "--json", "-n", "1").stdout.splitlines()
    assert json.loads(line)["status"] == "Resolved"


def test_suppress_writes_a_section_that_says_why_and_until_when(state: Path, box: Outbox) -> None:
    fill(box)
    alert = detection(3)
    done = run(state, "suppress", alert.id[:36], "--reason", "the backup", "--for", "10d")
    assert (done.returncode, done.stderr) == (0, "")
    config = load(state / "config.toml")
    (one,) = config.suppressions
    assert (one.type, one.clients, one.zone) == ("data_exfiltration", ("192.0.2.7",), "evil.example")
    assert one.reason == "the backup"
    days = date.fromisoformat(one.expires) - datetime.now(UTC).date()
    assert days.days in {9, 10}
    assert f"# alert {alert.id}, suppressed 2" in (state / "config.toml").read_text()
    listed = run(state, "suppressions").stdout.splitlines()
    assert listed[1].split()[:4] == ["active", "data_exfiltration", "192.0.2.7", "evil.example"]


def test_suppress_for_everyone_for_ever_and_only_to_look(state: Path, box: Outbox) -> None:
    fill(box)
    before = (state / "config.toml").read_text()
    args = ("suppress", detection(3).id, "--reason", "x", "--for", "ever", "--any-client", "--dry-run")
    done = run(state, *args)
    assert done.returncode == 0
    assert (state / "config.toml").read_text() == before
    assert "[[suppressions]]" in done.stdout
    assert "clients" not in done.stdout
    assert "expires" not in done.stdout


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("suppress", "zz", "--reason", "x"), 1, "no alert zz"),
        (("suppress", "0000", "--reason", "x"), 1, "begins several ids"),
        (("suppress", detection(3).id), 2, "--reason"),
        (("suppress", detection(3).id, "--reason", " "), 2, "must not be empty"),
        (("suppress", detection(3).id, "--reason", "x", "--for", "soon"), 2, "is no duration"),
    ],
)
def test_suppress_says_what_is_wrong(state: Path, box: Outbox, args: tuple[str, ...], code: int, says: str) -> None:
    fill(box)
    done = run(state, *args)
    assert done.returncode == code
    assert says in done.stderr
    assert load(state / "config.toml").suppressions == ()


def test_report_says_what_blocking_would_have_done(state: Path, box: Outbox) -> None:
    now = datetime.now(UTC).timestamp()
    box.record(
        "w",
        1,
        [
            detection(1, time=now, action="shadow", count=7, zone="a\x1b[31m.example"),
            detection(2, time=now, action="suppressed", count=2, evidence={"suppressed": "ours"}),
            detection(3, time=now - 9 * 86400, action="shadow", count=100, zone="old.example"),
        ],
    )
    done = run(state, "report")
    heading, row, _, last = done.stdout.splitlines()
    assert heading.split()[:4] == ["DETECTOR", "GROUP", "BLOCKED", "ALERTED"]
    assert row.split()[:8] == ["threat_intel", "-", "-", "-", "7", "2", "1", "2"]
    assert last.startswith('mode = "block" would have blocked 7 queries more in the last 7d, of 1 client; most of them')
    assert "\x1b" not in done.stdout
    (line,) = run(state, "report", "--json", "--since", "30d").stdout.splitlines()
    assert json.loads(line)["wouldBlock"] == 107
    assert run(state, "list").stderr == "no alerts\n"
    assert len(run(state, "list", "--all").stdout.splitlines()) == 4


def test_feedback_is_kept_shown_and_summed_up(state: Path, box: Outbox) -> None:
    fill(box)
    box.close()
    done = run(state, "feedback", detection(1).id, "--false-positive", "--note", "our own printer")
    assert done.returncode == 0, done.stderr
    assert "is marked as a false positive" in done.stdout
    assert "alerts suppress 00000000 --reason" in done.stdout
    assert run(state, "feedback", detection(3).id, "--true-positive").returncode == 0
    shown = run(state, "show", detection(1).id).stdout
    assert re.search(r"Feedback +false positive, \S+, 20\d\d-\S+ \S+: our own printer", shown)
    (kept,) = [json.loads(line) for line in run(state, "show", detection(1).id, "--json").stdout.splitlines()]
    assert kept["feedback"] == "false_positive"
    report = run(state, "report", "--since", "30000d").stdout
    rows = {
        row.rsplit(maxsplit=2)[0].strip(): row.split()[-2:]
        for row in report.partition("FEEDBACK ON")[2].splitlines()[1:]
    }
    assert rows == {"threat_intel": ["-", "1"], "data_exfiltration": ["1", "-"], 'list "lab"': ["-", "1"]}
    lines = [json.loads(line) for line in run(state, "report", "--json", "--since", "30000d").stdout.splitlines()]
    assert {(one.get("detector") or one["list"], one["truePositives"], one["falsePositives"]) for one in lines} == {
        ("threat_intel", 0, 1),
        ("data_exfiltration", 1, 0),
        ("lab", 0, 1),
    }
    assert "has no mark any more" in run(state, "feedback", detection(1).id, "--retract").stdout
    assert "Feedback" not in run(state, "show", detection(1).id).stdout


@pytest.mark.parametrize("options", [(), ("--false-positive", "--true-positive"), ("--true-positive", "--retract")])
def test_feedback_says_one_thing(state: Path, box: Outbox, options: tuple[str, ...]) -> None:
    done = run(state, "feedback", "x", *options)
    assert done.returncode == 2
    assert "say one of" in done.stderr


def test_report_of_nothing(state: Path) -> None:
    done = run(state, "report")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing was found\n")


def test_suppressions_say_how_much_they_covered(state: Path, box: Outbox) -> None:
    (state / "config.toml").write_text(
        'state_dir = "state"\n[[suppressions]]\nreason = "ours"\nzone = "a.example"\nexpires = "2020-01-01"\n'
        '[[suppressions]]\nreason = "theirs"\ntype = "random_domain"\n'
    )
    evidence = {"suppressed": "ours (until 2020-01-01)"}
    box.record("w", 1, [detection(1, action="suppressed", count=12, evidence=evidence)])
    first, second = [json.loads(line) for line in run(state, "suppressions", "--json").stdout.splitlines()]
    assert (first["active"], first["covered"], first["expires"]) == (False, 12, "2020-01-01")
    assert (second["active"], second["covered"], second["clients"]) == (True, 0, [])
