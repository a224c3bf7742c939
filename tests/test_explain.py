from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dnsguard import assemble, explain
from dnsguard.config import parse
from dnsguard.detect import registry
from dnsguard.explain import Explainer, Explanation, query_of, u_name
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.model import Mode

LISTED = "evil.example\nxn--bcher-kva.example\n"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "bad.txt").write_text(LISTED)
    config = [ListConfig(name="mine", category="threat_intel", path="bad.txt")]
    return Snapshot.open(compile_lists(config, folder, folder / "out", now=86400.0).path)


Say = Callable[..., Explanation]


@pytest.fixture
def say(lists: Snapshot) -> Say:
    def explained(name: str, text: str = "", **options: Any) -> Explanation:
        settings = parse(text, Path("/"))

        def crashed(slug: str, error: Exception) -> None:
            pytest.fail(f"{slug}: {error!r}")

        rules = assemble.rules(settings, lists, 1, crashed)
        return Explainer(rules, settings.detect, crashed).explain(name, **options)

    return explained


def test_a_listed_name(say: Say) -> None:
    record = say("X.Evil.Example.").record()
    (finding,) = record.pop("findings")
    assert finding["evidence"]["lists"] == [
        {"list": "mine", "entry": "evil.example", "line": 1, "since": "1970-01-02T00:00:00Z", "confidence": 75}
    ]
    assert {key: finding[key] for key in ("alertType", "severity", "score", "threshold", "reason", "mode")} == {
        "alertType": "AzureDNS_ThreatIntelSuspectDomain",
        "severity": "Medium",
        "score": 0.75,
        "threshold": 0.2,
        "reason": "name on a threat intelligence list",
        "mode": "alert",
    }
    assert (record["name"], record["verdict"], record["scores"]["threat_intel"]) == ("x.evil.example", "alert", 0.75)
    assert (record["answer"], record["group"], record["allowed_by"]) == ("", "", "")


def test_every_query_detector_has_its_say_and_its_score(say: Say) -> None:
    slugs = [detector.slug for detector in registry.QUERY]
    for name in ("good.example", "evil.example"):
        assert [judged.slug for judged in say(name).judged] == slugs
        assert list(say(name).record()["scores"]) == slugs


@pytest.mark.parametrize(
    ("text", "verdict", "otherwise", "allowed_by"),
    [
        ('mode = "block"', "block", "block", ""),
        ('[detect.threat_intel]\nmode = "off"', "allow", "allow", ""),
        ('[detect.threat_intel]\nmode = "shadow"', "allow", "allow", ""),
        ('mode = "block"\n[allow]\nnames = ["evil.example"]', "allow", "block", "evil.example"),
        ('[allow]\nnames = ["x.evil.example", "example"]', "allow", "alert", "x.evil.example"),
        ('[[groups]]\nname = "kids"\nclients = ["127.0.0.0/8"]\nmode = "block"', "block", "block", ""),
        ('[[groups]]\nname = "kids"\nclients = ["10.0.0.0/8"]\nmode = "block"', "alert", "alert", ""),
    ],
)
def test_the_policy_s_verdict(say: Say, text: str, verdict: str, otherwise: str, allowed_by: str) -> None:
    said = say("x.evil.example", text)
    assert (said.verdict, said.otherwise, said.allowed_by) == (verdict, otherwise, allowed_by)
    assert said.answer == ("nxdomain" if verdict == "block" else "")
    assert said.judged[0].finding is not None


def test_client_and_type(say: Say) -> None:
    text = '[[groups]]\nname = "kids"\nclients = ["2001:db8::/32"]\nmode = "block"\n[block]\nanswer = "sinkhole"'
    said = say("evil.example", text, client="2001:db8::7", qtype="txt")
    assert (said.group, said.verdict, said.qtype, said.client, said.answer) == (
        "kids", "block", "TXT", "2001:db8::7", "sinkhole",
    )  # fmt: skip


def test_a_configured_severity_holds(say: Say) -> None:
    said = say("evil.example", '[detect.threat_intel]\nseverity = "High"')
    assert said.record()["findings"][0]["severity"] == "High"


def test_local_records_meet_no_detector_and_special_names_stay_here(say: Say) -> None:
    local = say("evil.example", '[local]\nrecords = ["evil.example 300 IN A 192.168.1.5"]')
    assert (local.verdict, local.answer, local.judged) == ("allow", "local", ())
    assert say("localhost").answer == "special"


def test_names_beyond_ascii(say: Say) -> None:
    for written in ("Bücher.example", "xn--BCHER-kva.example", "bücher。example"):
        said = say(written)
        assert (said.name, said.unicode, said.verdict) == ("xn--bcher-kva.example", "bücher.example", "alert")
    assert say(".").name == "."
    assert say(r"a\000\.b.evil.example").verdict == "alert"
    # octets that are no IDN are still a name that a client can ask for
    assert say("ab\u02ff.evil.example").name == r"ab\203\191.evil.example"
    assert u_name("xn--zzzzzzzzzzz.xn--bcher-kva.a") == "xn--zzzzzzzzzzz.bücher.a"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the root is written as"),
        ("a..b", "empty label"),
        (".a", "empty label"),
        ("a" * 64, "label of 64 octets"),
        (".".join(["abc"] * 64), "255 is the most"),
        ("two words", r"' '; inside a name it is written as \\032"),
        ("a\tb", r"\\009"),
        ("https://evil.example/x", "a URL"),
        ("trailing\\", "lone backslash"),
        (r"a\256", "no octet"),
        ("\ufffd.example", "not UTF-8"),
        ("bücher..example", "empty label"),
    ],
)
def test_what_is_no_name_says_why(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        query_of(text)


@pytest.mark.parametrize(("qtype", "client"), [("NOSUCH", "127.0.0.1"), ("A", "nowhere")])
def test_what_is_no_type_or_address_says_why(qtype: str, client: str) -> None:
    with pytest.raises(ValueError, match=r"NOSUCH|nowhere"):
        query_of("a.example", qtype, client)


def test_a_crashing_detector_is_passed_over(lists: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    broken = replace(registry.QUERY[0], inspect=crash)
    monkeypatch.setattr(explain, "QUERY", (broken, *registry.QUERY))
    crashes: list[str] = []
    settings = parse("", Path("/"))
    rules = assemble.rules(settings, lists, 1, lambda *_: None)
    said = Explainer(rules, settings.detect, lambda slug, _error: crashes.append(slug)).explain("evil.example")
    assert (crashes, said.verdict) == (["threat_intel"], "alert")


def test_lists_entries_age_and_what_is_old_is_counted_only(say: Say) -> None:
    text = 'mode = "block"\n[detect.threat_intel]\nhalf_life = "365d"\n'
    found = say("evil.example", text, time=86400.0 * 1000)
    judged = next(each for each in found.judged if each.slug == "threat_intel")
    assert (found.verdict, found.otherwise, judged.mode) == ("allow", "allow", Mode.SHADOW)
    assert say("evil.example", text, time=86400.0 * 30).verdict == "block"


def test_a_name_that_looks_made_up_and_is_not_told_of_is_explained(say: Say) -> None:
    (note,) = explain.notes(say("xjwqkzvbtqpld.com"))
    assert note.startswith("looks made up, as one benign name in ")
    assert not list(explain.notes(say("example.com")))
    # told of, it has nothing to explain
    notes = list(explain.notes(say("xjwqkzvbtqpld.com", "[detect.domain_generation_algorithm]\nlone = 3")))
    assert notes
    assert not any(each.startswith("looks made up") for each in notes)
