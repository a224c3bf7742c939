"""Rules files on their way into a snapshot, beside lists of names."""

from pathlib import Path

import pytest

from dnsguard.errors import ListError
from dnsguard.intel.compile import CompileResult, compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.signature_lists import is_rules, refusals
from dnsguard.intel.snapshot import SIGNATURES, Snapshot
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.query import Query
from tests.rules import rule, sids


class Folder:
    """Two rules files and a list of names, compiled again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lists = [
            ListConfig(name="one", category="suspicious_domain", path="one"),
            ListConfig(name="two", category="suspicious_domain", path="two"),
            ListConfig(name="names", category="suspicious_domain", path="names"),
        ]
        self.write("one", named("evil", 1), named("odd", 2))
        self.write("two", named("bad", 3))
        (path / "names").write_text("plain.example\n")

    def write(self, name: str, *rules: str) -> None:
        (self.path / name).write_text("\n".join(rules) + "\n")

    def compile(self, now: float = 1000.0) -> CompileResult:
        return compile_lists(self.lists, self.path, self.path / "compiled", now=now)

    def found(self, name: str) -> list[int]:
        snapshot = Snapshot.open(self.compile().path)
        return sids(snapshot.signatures.query(Query.of(name), Thresholds()))


def named(word: str, sid: int, more: str = "") -> str:
    return rule(f'dns.query; content:"{word}"; {more}', sid=sid)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_rules_and_names_stand_side_by_side(folder: Folder) -> None:
    result = folder.compile()
    assert result.faults == ()
    assert [(report.name, report.entries, report.format) for report in result.lists] == [
        ("one", 2, "suricata"),
        ("two", 1, "suricata"),
        ("names", 1, "domains"),
    ]
    assert folder.found("evil.bad.example") == [1, 3]
    assert Snapshot.open(result.path).matches("x.plain.example")[0].list_name == "names"


def test_what_does_not_change_is_not_compiled_again(folder: Folder) -> None:
    first = folder.compile()
    second = folder.compile()
    assert (second.changed, second.path) == (False, first.path)
    assert second.lists[0].entries == 2


def test_one_file_changes_and_the_others_stay(folder: Folder) -> None:
    folder.compile()
    folder.write("two", named("worse", 4))
    result = folder.compile()
    assert result.changed
    assert [(change.name, change.added, change.removed, change.new) for change in result.changes] == [
        ("two", 1, 1, ["sid 4"])
    ]
    assert folder.found("evil.bad.worse.example") == [1, 4]
    (folder.path / "names").write_text("plain.example\nother.example\n")
    assert folder.compile().changed
    assert folder.found("evil.bad.worse.example") == [1, 4]


def test_a_file_that_is_gone_keeps_its_rules(folder: Folder) -> None:
    folder.compile()
    (folder.path / "one").unlink()
    folder.write("two", named("worse", 4))
    result = folder.compile()
    assert [(report.state, report.entries) for report in result.lists] == [("kept", 2), ("read", 1), ("read", 1)]
    assert folder.found("evil.odd.worse.example") == [1, 2, 4]


def test_a_file_that_shrinks_or_becomes_something_else_keeps_its_rules(folder: Folder) -> None:
    many = [named(f"evil{number:03}", number) for number in range(1, 41)]
    folder.write("one", *many)
    folder.compile()
    for text in ("\n".join(many[:5]), "<!doctype html><html>", "", rule("foo;", sid=1)):
        (folder.path / "one").write_text(text)
        report = folder.compile().lists[0]
        assert (report.state, report.entries) == ("kept", 40)
        assert report.fault
        assert folder.found("evil040.example") == [40]


def test_a_list_that_is_left_out_takes_its_rules_along(folder: Folder) -> None:
    folder.compile()
    folder.lists = folder.lists[1:]
    assert folder.found("evil.bad.example") == [3]
    folder.lists = folder.lists[1:]
    assert folder.found("evil.bad.example") == []
    assert not (folder.compile().path / SIGNATURES).exists()


def test_a_signature_that_stands_there_twice_is_said(folder: Folder) -> None:
    folder.write("two", named("newer", 1, "rev:2;"), named("bad", 3))
    result = folder.compile()
    one, two, _ = result.lists
    assert (one.entries, one.junk, two.entries, two.junk) == (1, 1, 2, 0)
    assert [(refused.line, refused.text, refused.reason) for refused in one.refused] == [
        (1, "sid 1:", "sid: there is revision 2 of it, too")
    ]
    assert folder.found("evil.newer.example") == [1]
    assert folder.found("evil.example") == []


def test_what_is_refused_is_counted_by_keyword_and_said_by_rule(folder: Folder) -> None:
    rules = [named("evil", 1), rule("flowbits:set,a;", sid=7), rule("flowbits:set,b;", sid=8), rule("foo:1;", sid=9)]
    rules += [rule('content:"x";', sid=10, header="alert tls any any -> any any"), "no rule at all"]
    folder.write("one", *rules)
    report = folder.compile().lists[0]
    meta = Snapshot.open(folder.compile().path).meta.lists[0]
    assert (report.entries, report.junk) == (1, 4)
    assert meta.refused == {
        "asks what is not supported, flowbits": 2,
        "asks what is not supported, foo": 1,
        "asks what is not supported, header": 1,
    }
    assert meta.ignored == {"rules about tls": 1}
    told = refusals((folder.path / "one").read_bytes())
    assert [(line.line, line.text) for line in told] == [(2, "sid 7:"), (3, "sid 8:"), (4, "sid 9:"), (6, "no sid:")]
    assert told[0].reason.startswith("flowbits is not supported")


def test_every_refused_rule_is_said_however_many(folder: Folder) -> None:
    data = "\n".join(rule("foo;", sid=sid) for sid in range(1, 501)).encode()
    assert [line.text for line in refusals(data)] == [f"sid {sid}:" for sid in range(1, 501)]


def test_rules_in_another_category_are_no_list(folder: Folder) -> None:
    folder.lists = [ListConfig(name="one", category="threat_intel", path="one")]
    (report,) = folder.compile().lists
    assert report.state == "absent"
    assert "signatures" in report.fault
    assert not is_rules("threat_intel", (folder.path / "one").read_bytes())


def test_a_format_that_is_said_is_believed(folder: Folder) -> None:
    folder.lists = [ListConfig(name="one", category="suspicious_domain", path="one", format="domains")]
    (report,) = folder.compile().lists
    assert (report.state, report.entries) == ("absent", 0)


def test_a_damaged_file_is_seen(folder: Folder) -> None:
    path = folder.compile().path
    file = path / SIGNATURES
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.chmod(0o644)
    file.write_bytes(data)
    with pytest.raises(ListError, match="signatures"):
        Snapshot.open(path)
