import logging
from pathlib import Path

import pytest

from dnsguard import assemble
from dnsguard.config import parse
from dnsguard.detect.inspector import DetectorCrashError
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Mode
from dnsguard.rules import Rules
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.simulated import packet, response


def rules(text: str = "", base: Path = Path("/"), generation: int = 7) -> Rules:
    return assemble.rules(parse(text, base), EMPTY, generation, lambda *_: None)


def test_what_is_not_configured_costs_no_call() -> None:
    made = rules("[local]\nspecial_use = false")
    assert (made.local, made.special, made.route, made.withheld) == (None, None, None, None)
    assert made.generation == 7


def test_local_records_and_special_names() -> None:
    made = rules('[local]\nrecords = ["nas.example 60 IN A 192.168.1.5"]')
    assert made.local is not None
    assert made.special is not None
    assert made.local(Query.of("nas.example"))
    assert made.local(Query.of("other.example")) is None
    assert made.special(Query.of("x.onion"))
    assert made.special(Query.of("other.example")) is None


def test_forwards_route_and_may_point_inside() -> None:
    made = rules(
        "[upstream]\nrebinding_protection = true\nrebinding_allow = ['plex.direct']\n[allow]\nnames = ['ok.example']\n"
        "[[forward]]\nnames = ['corp.example']\nservers = ['192.0.2.1']"
    )
    assert made.route is not None
    assert made.withheld is not None
    assert [made.route(name) for name in ("a.corp.example", "a.example")] == [1, 0]
    for name, text in (
        ("a.example", "a public name that points to 10.0.0.1"),
        ("a.corp.example", ""),
        ("x.plex.direct", ""),
        ("ok.example", ""),
    ):
        assert made.withheld(name, Answer(response(packet(name), f"{name} 60 A 10.0.0.1"))) == text
    inside = Answer(response(packet("a.example", "AAAA"), "a.example 60 AAAA fd00::1"))
    assert made.withheld("a.example", inside) == "a public name that points to fd00::1"
    assert made.withheld("a.example", Answer(response(packet("a.example"), "a.example 60 A 192.0.2.1"))) == ""


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("", True),
        ('mode = "block"', True),
        ("[cache]\nsize = 0", True),
        ('[upstream]\nservers = ["192.0.2.9"]', False),
        ("[[forward]]\nnames = ['corp.example']\nservers = ['192.0.2.1']", False),
        ('[local]\nrecords = ["nas.example 60 IN A 192.168.1.5"]', False),
        ("[local]\nspecial_use = false", False),
    ],
)
def test_what_makes_kept_answers_worthless(text: str, same: bool) -> None:
    assert (rules(text).sources == rules().sources) is same


@pytest.mark.parametrize(("fail", "closed"), [("open", False), ("closed", True)])
def test_fail(fail: str, closed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    crashed = []
    settings = parse(f'fail = "{fail}"', Path("/"))
    made = assemble.rules(settings, EMPTY, 1, lambda slug, _: crashed.append(slug))
    monkeypatch.setattr(EMPTY.__class__, "of", lambda *_: 1 / 0)
    if closed:
        with pytest.raises(DetectorCrashError):
            made.inspector.query(Query.of("a.example"))
    else:
        assert made.inspector.query(Query.of("a.example")) == ()
    assert crashed[:1] == ["threat_intel"]


def test_the_policy_is_the_configured_one() -> None:
    settings = parse('mode = "block"\n[detect.threat_intel]\nmode = "shadow"', Path("/"))
    assert assemble.policy(settings).mode("threat_intel") is Mode.SHADOW
    assert rules('mode = "block"').policy.mode("threat_intel") is Mode.BLOCK
    assert rules("[listen]\nallow_from = ['192.0.2.0/24']").acl.allows(b"\xc0\0\2\1")
    assert not rules("[listen]\nallow_from = ['192.0.2.0/24']").acl.allows(b"\x7f\0\0\1")


def test_junk_in_the_hosts_file_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "hosts").write_text("192.168.1.5 nas.example\nnonsense nas.example\n")
    with caplog.at_level(logging.WARNING, "dnsguard.assemble"):
        made = rules('[local]\nhosts_file = "hosts"', tmp_path)
    assert made.local is not None
    assert made.local(Query.of("nas.example"))
    assert "nonsense" in caplog.text
