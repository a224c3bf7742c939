import subprocess
import sys
from pathlib import Path

import pytest

from dnsguard import __main__
from dnsguard.errors import ConfigError, DnsguardError


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (DnsguardError("port 53 is taken"), ["dnsguard: port 53 is taken"]),
        (DnsguardError("two\nlines"), ["dnsguard: two lines"]),
        (ConfigError(["a: is wrong", "b: is wrong"]), ["a: is wrong", "b: is wrong"]),
        (OSError(28, "No space left on device"), ["dnsguard: [Errno 28] No space left on device"]),
    ],
)
def test_what_a_person_can_mend_is_a_line(
    error: Exception, lines: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(prog_name: str) -> None:
        raise error

    monkeypatch.setattr(__main__, "app", app)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 1
    assert capsys.readouterr() == ("", "".join(f"{line}\n" for line in lines))


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(prog_name: str) -> None:
        raise KeyError("bug")

    monkeypatch.setattr(__main__, "app", app)
    with pytest.raises(KeyError):
        __main__.main()


@pytest.mark.parametrize("command", ["check", "check --default", "check --json", "--version"])
def test_a_full_disk_is_told(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dnsguard", *command.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "dnsguard: [Errno 28] No space left on device\n")


@pytest.mark.parametrize("command", ["check", "check --default", "check --json"])
def test_a_reader_that_has_enough_is_no_error(command: str) -> None:
    line = f"{sys.executable} -m dnsguard {command} | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
