from pathlib import Path

import pytest

from dnsguard.config import parse
from dnsguard.config.effective import effective
from dnsguard.config.targets import syslog_server
from dnsguard.errors import ConfigError


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(text, Path("/base"))
    return raised.value.faults


@pytest.mark.parametrize("server", ["udp://192.0.2.5", "tcp://[2001:db8::1]:514", "tls://siem.example:6514/"])
def test_servers(server: str) -> None:
    assert syslog_server(server) == server.rstrip("/")


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        ("192.0.2.5:514", "must begin with udp://, tcp:// or tls://"),
        ("http://x", "must begin with udp://, tcp:// or tls://"),
        ("udp://", "names no host"),
        ("udp://x:0", "names no port"),
        ("udp://x:99999", "is no URL"),
        ("tcp://x/path", "more than a host and a port"),
        ("tcp://u@x", "more than a host and a port"),
    ],
)
def test_what_is_no_server(server: str, problem: str) -> None:
    (fault,) = faults(f'[[syslog]]\nserver = "{server}"\n')
    assert problem in fault
    assert "udp://192.0.2.5:514" in fault


def test_all_targets_are_read() -> None:
    settings = parse(
        '[[webhooks]]\nurl = "https://a.example"\nformat = "slack"\n[[syslog]]\nserver = "tls://siem.example"\n'
        'ca_file = "ca.pem"\nformat = "cef"\n[[files]]\npath = "alerts.json"\n[[apprise]]\nservice = "json://x"\n',
        Path("/base"),
    )
    assert [target.label for target in settings.targets] == [
        "a.example",
        "tls://siem.example",
        "/base/alerts.json",
        "json",
    ]
    assert len({target.key for target in settings.targets}) == 4
    assert settings.syslog[0].ca_file == "/base/ca.pem"
    # a chat verifies nothing: no word about a missing secret
    assert settings.warnings == ()
    assert effective(settings)["apprise"][0]["service"] == "***"


def test_twice_the_same_is_a_fault() -> None:
    (fault,) = faults('[[syslog]]\nserver = "udp://x"\n[[syslog]]\nserver = "udp://x"\n')
    assert fault.endswith("syslog[1].server: repeats syslog[0].server")


def test_a_service_that_apprise_does_not_know_is_a_fault_and_not_shown() -> None:
    (fault,) = faults('[[apprise]]\nservice = "nosuch://secret@x"\n')
    assert "no service that apprise knows" in fault
    assert "secret@x" not in fault


def test_a_dnstap_collector() -> None:
    settings = parse('[dnstap]\naddress = "unix:/run/dnstap.sock"\nmessages = ["client"]', Path("/"))
    assert (settings.dnstap.address, settings.dnstap.messages) == ("unix:/run/dnstap.sock", ("client",))
    (fault,) = faults('[dnstap]\naddress = "192.0.2.5:6000"')
    assert "dnstap.address" in fault
    assert "tcp://192.0.2.5:6000" in fault


def test_dnstap_without_protobuf_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (fault,) = faults('[dnstap]\naddress = "unix:/run/dnstap.sock"')
    assert "pip install 'dnsguard[dnstap]'" in fault


def test_a_query_log_too_small_for_its_parts_is_refused() -> None:
    (fault,) = faults('[query_log]\nmode = "full"\nmax_size = "1MB"')
    assert "8MB" in fault
