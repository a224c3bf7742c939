"""Suricata's semantics, rule by rule, on recorded packets: each rule matches the packets that Suricata says it matches.

recorded/SOURCES.md says where the packets, the rules and the numbers come from; differences.py where we differ, and
why.
"""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dnsguard.signatures.keywords import HARMLESS, KEYWORDS
from dnsguard.signatures.lexer import split
from dnsguard.signatures.parse import parse, parse_rule
from dnsguard.signatures.pattern import FLAGS
from dnsguard.signatures.rule import BUFFERS, TRANSFORMS
from dnsguard.signatures.values import TRACKS
from tests import rules
from tests.signatures import reading, suricata
from tests.signatures.differences import DIFFERENCES, wanted

TEXTS = {
    int(match[1]): match[0]
    for match in re.finditer(r"^alert .* sid:(\d+);\)$", suricata.RULES.read_text(), re.MULTILINE)
}
REFUSED = suricata.FOLDER / "refused.rules"


@functools.cache
def expected() -> dict[int, list[int]]:
    messages = list(reading.packets(suricata.CAPTURE))
    return {sid: wanted(sid, said, messages) for sid, said in suricata.expected().items()}


@functools.cache
def together() -> dict[int, list[int]]:
    return reading.asked(rules.signatures(*TEXTS.values()), suricata.CAPTURE)


@pytest.mark.parametrize("sid", TEXTS)
def test_a_rule_matches_the_packets_it_should(sid: int) -> None:
    # all rules in one set: what the filter lets through, and another rule's threshold, are part of it
    assert together().get(sid, []) == expected()[sid], TEXTS[sid]


def test_a_rule_alone_matches_the_same() -> None:
    for sid in list(TEXTS)[::12]:
        assert reading.asked(rules.signatures(TEXTS[sid]), suricata.CAPTURE).get(sid, []) == expected()[sid], TEXTS[sid]


def test_every_rule_has_its_packets_and_every_difference_is_one() -> None:
    assert set(suricata.expected()) == set(TEXTS)
    for sid in DIFFERENCES:
        assert suricata.expected()[sid] != expected()[sid], TEXTS[sid]


def test_every_keyword_has_a_rule() -> None:
    options = [option for text in TEXTS.values() for option in split(text)[1]]
    assert {*KEYWORDS, *HARMLESS} - {keyword for keyword, _ in options} == set()
    said = "\n".join(TEXTS.values())
    assert all(re.search(rf'pcre:!?"/[^"]*/[A-Za-z]*{flag}', said) for flag in FLAGS.replace("B", ""))
    assert all(f"track {track}," in said for track in TRACKS)
    assert all(f"type {kind}," in said for kind in ("limit", "threshold", "both"))
    byte_tests = " ".join(value or "" for keyword, value in options if keyword == "byte_test")
    assert all(word in byte_tests for word in ("string", "hex", "dec", "oct", "little", "bitmask", "relative", "!"))
    assert {*BUFFERS, *TRANSFORMS} <= {keyword for keyword, _ in options}
    # most of them match something, so that a rule which never does is not taken for one that agrees
    assert sum(map(bool, expected().values())) > 0.9 * len(TEXTS)


@pytest.mark.real
def test_suricata_itself_says_so() -> None:
    version = suricata.version()
    if version is None or version < suricata.OLDEST:
        pytest.skip(f"needs Suricata {suricata.OLDEST[0]} or newer, which Debian 12 has not; there is {version}")
    found = suricata.packets(suricata.alerts(suricata.CAPTURE, suricata.RULES), reading.packets(suricata.CAPTURE))
    assert {sid: found.get(sid, []) for sid in TEXTS} == suricata.expected()


def test_replay_tells_a_rule_of_the_recording(tmp_path: Path) -> None:
    """The command, from the file to the alert; the rule is of a dns2tcp handshake."""
    handshakes = next(sid for sid, text in TEXTS.items() if 'content:"=auth.";' in text and "pcre" not in text)
    (tmp_path / "own.rules").write_text(TEXTS[handshakes] + "\n")
    (tmp_path / "config.toml").write_text(
        f'starter_lists = false\nstate_dir = "{tmp_path / "state"}"\n'
        '[[lists]]\nname = "own"\ncategory = "suspicious_domain"\npath = "own.rules"\n'
    )
    command = [
        sys.executable,
        "-m",
        "dnsguard",
        "replay",
        suricata.CAPTURE,
        "--json",
        "--config",
        tmp_path / "config.toml",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    signed = [alert for alert in told if alert["alertType"] == "AzureDNS_SuspiciousDomain"]
    assert signed
    assert all(str(handshakes) in json.dumps(alert) for alert in signed)
    assert {alert["compromisedEntity"] for alert in signed} == {"198.51.100.54"}


def refused() -> list[tuple[int, str, str]]:
    """Line, rule, and what is said of it: the comment before it."""
    lines = REFUSED.read_text().splitlines()
    return [
        (number, line, lines[number - 2].removeprefix("# "))
        for number, line in enumerate(lines, 1)
        if line and not line.startswith("#")
    ]


@pytest.mark.parametrize(("line", "text", "why"), refused())
def test_a_rule_that_is_not_asked_is_named_with_the_word(line: int, text: str, why: str) -> None:
    reading_ = parse(REFUSED.read_bytes())
    if why.startswith("about "):
        assert reading_.foreign[why.removeprefix("about ")]
        assert line not in {one.line for one in reading_.refused}
        return
    (found,) = (one for one in reading_.refused if one.line == line)
    assert f"sid:{found.sid};" in text
    assert why in found.reason
    assert not [rule for rule in reading_.rules if rule.line == line]


@pytest.mark.parametrize("keyword", (suricata.FOLDER / "keywords.txt").read_text().splitlines()[1:])
def test_every_keyword_of_suricata_s_is_read_or_named(keyword: str) -> None:
    if keyword in KEYWORDS or keyword in HARMLESS:
        return
    with pytest.raises(ValueError, match=rf"^{re.escape(keyword)} is not supported"):
        parse_rule(f'alert dns any any -> any any (dns.query; content:"x"; {keyword}; sid:7;)')
