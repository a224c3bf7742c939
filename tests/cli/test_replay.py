"""The command as a person runs it: in a process of its own, on files made by hand."""

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests import recordings as rec

COMMAND = [sys.executable, "-m", "dnsguard", "replay"]
EVIL = rec.query("x.evil.example", "TXT", number=1)
GOOD = rec.query("good.example", number=2)
FRAMES = [
    (1700000000.25, rec.ethernet(rec.asked(EVIL))),
    (1700000000.5, rec.ethernet(rec.answered(rec.response(EVIL, rcode=3)))),
    (1700000001.0, rec.ethernet(rec.asked(GOOD))),
    (1700000001.125, rec.ethernet(rec.answered(rec.response(GOOD, "good.example 60 CNAME cdn.worse.example")))),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bad.txt").write_text("evil.example\nworse.example\n")
    (tmp_path / "config.toml").write_text(
        f'starter_lists = false\nstate_dir = "{tmp_path / "state"}"\n'
        '[[lists]]\nname = "mine"\ncategory = "threat_intel"\npath = "bad.txt"\n'
    )
    (tmp_path / "one.pcap").write_bytes(rec.pcap(FRAMES))
    return tmp_path


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *arguments, "--config", str(folder / "config.toml")]
    return subprocess.run(command, cwd=Path.cwd(), input=stdin, capture_output=True, timeout=60, check=False)


def test_a_line_for_each_alert(folder: Path) -> None:
    done = run(folder, str(folder / "one.pcap"))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.decode().splitlines()
    for part in (
        "2023-11-14T22:13:20.250Z",
        "Medium",
        "AzureDNS_ThreatIntelSuspectDomain",
        rec.CLIENT,
        "x.evil.example",
    ):
        assert part in first
    assert "good.example" in second
    assert done.stderr.decode() == "2 queries, 2 responses, 2 alerts\n"
    assert not (folder / "state").exists()


def test_json_has_recorded_times_and_a_second_run_says_the_same(folder: Path) -> None:
    done = run(folder, str(folder / "one.pcap"), "--json")
    first, _ = map(json.loads, done.stdout.splitlines())
    assert (first["alertType"], first["severity"], first["compromisedEntity"]) == (
        "AzureDNS_ThreatIntelSuspectDomain", "Medium", rec.CLIENT,
    )  # fmt: skip
    times = {first[key] for key in ("startTimeUtc", "endTimeUtc", "timeGeneratedUtc", "processingEndTimeUtc")}
    assert times == {"2023-11-14T22:13:20.250Z"}
    again = run(folder, str(folder / "one.pcap"), "--json")
    assert len({json.loads(line)["systemAlertId"] for line in (done.stdout + again.stdout).splitlines()}) == 2


def test_the_same_from_pcapng_gzip_zeek_and_standard_input(folder: Path) -> None:
    pcapng = rec.section() + rec.interface(1) + b"".join(rec.enhanced(int(t * 1e6), f) for t, f in FRAMES)
    entry = {"ts": 1700000000.25, "id.orig_h": rec.CLIENT, "id.orig_p": 1, "id.resp_h": rec.SERVER, "id.resp_p": 53}
    lines = [
        {**entry, "query": "x.evil.example", "qtype": 16, "rcode": 3},
        {**entry, "ts": 1700000001.0, "query": "good.example", "qtype": 1, "rcode": 0, "answers": ["a.worse.example"]},
    ]
    contents = {
        "b": pcapng,
        "c": gzip.compress(rec.pcap(FRAMES)),
        "d": "".join(json.dumps(line) + "\n" for line in lines).encode(),
    }
    expected = run(folder, str(folder / "one.pcap")).stdout
    for name, data in contents.items():
        (folder / name).write_bytes(data)
        assert run(folder, str(folder / name)).stdout == expected
        assert run(folder, "-", stdin=data).stdout == expected


def test_damage_is_said_and_what_came_before_it_counts(folder: Path) -> None:
    (folder / "cut.pcap").write_bytes(rec.pcap(FRAMES)[:-5])
    (folder / "picture.png").write_bytes(b"\x89PNG")
    done = run(folder, *(str(folder / name) for name in ("cut.pcap", "picture.png", "gone.pcap")))
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    told = done.stderr.decode()
    assert "cut.pcap: byte " in told
    assert "picture.png: neither pcap, pcapng nor Zeek's dns.log" in told
    assert "gone.pcap: No such file" in told
    assert "Traceback" not in told


def test_other_ports_and_what_was_left_out(folder: Path) -> None:
    moved = rec.udp(rec.CLIENT, 4000, rec.SERVER, 5335, EVIL)
    (folder / "moved.pcap").write_bytes(rec.pcap([(1.0, moved), (2.0, rec.asked(GOOD)[:-4])], link=101))
    done = run(folder, str(folder / "moved.pcap"))
    assert done.stdout == b""
    assert b"left out: 1 packets cut short by the capture" in done.stderr
    assert len(run(folder, str(folder / "moved.pcap"), "--port", "5335").stdout.splitlines()) == 1


def test_a_broken_configuration_and_wrong_usage(folder: Path) -> None:
    assert run(folder).returncode == 2
    (folder / "config.toml").write_text("mode = 3\n")
    done = run(folder, str(folder / "one.pcap"))
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"mode" in done.stderr


def test_a_bar_on_a_terminal_stays_out_of_the_alerts(folder: Path) -> None:
    main, terminal = pty.openpty()
    command = [*COMMAND, str(folder / "one.pcap"), "--config", str(folder / "config.toml")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=terminal, env={**os.environ, "TERM": "xterm"}
    ) as process:
        out, _ = process.communicate(timeout=60)
    os.close(terminal)
    seen = os.read(main, 65536)
    os.close(main)
    assert len(out.splitlines()) == 2
    assert b"\x1b" not in out
    assert b"2 queries, 2 responses, 2 alerts" in seen


def test_a_reader_that_goes_away_ends_it_quietly(folder: Path) -> None:
    frames = [
        (float(n), rec.asked(rec.query("x.evil.example"), client=f"10.0.{n // 250}.{n % 250 + 1}"))
        for n in range(20000)
    ]
    (folder / "big.pcap").write_bytes(rec.pcap(frames, link=101))
    command = [*COMMAND, str(folder / "big.pcap"), "--config", str(folder / "config.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
