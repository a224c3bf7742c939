import pytest

from dnsguard.model import Severity
from dnsguard.signatures.classes import rank, severity
from dnsguard.signatures.parse import parse_rule
from tests.rules import rule


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("classtype:trojan-activity;", Severity.HIGH),
        ("classtype:bad-unknown;", Severity.MEDIUM),
        ("classtype:misc-activity;", Severity.LOW),
        ("classtype:tcp-connection;", Severity.INFORMATIONAL),
        ("classtype:trojan-activity; priority:3;", Severity.LOW),
        ("priority:1;", Severity.HIGH),
        ("priority:9;", Severity.INFORMATIONAL),
        ("", Severity.MEDIUM),
    ],
)
def test_severity(options: str, expected: Severity) -> None:
    assert severity(parse_rule(rule(options))) is expected


def test_the_worst_comes_first() -> None:
    rules = [
        parse_rule(rule(options, sid=sid))
        for sid, options in ((4, "priority:1;"), (3, ""), (2, "classtype:misc-activity;"), (5, "classtype:domain-c2;"))
    ]
    assert [found.sid for found in sorted(rules, key=rank)] == [4, 5, 3, 2]
