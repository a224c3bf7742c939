"""Every alert has a page and a runbook, and they speak of what is really there."""

import ast
import dataclasses
import re
import sys
from pathlib import Path

import pytest

from dnsguard.alerts.texts import TEXTS
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.config import Settings, parse
from dnsguard.detect.registry import CONFIGS, QUERY, RESPONSE
from dnsguard.docs import detectors
from dnsguard.docs.texts import FIELDS, about, sections
from dnsguard.model import ALERT_TYPES
from tests.simulate.played import play

every = pytest.mark.parametrize("slug", ALERT_TYPES)
TEXTS_DIR = Path(detectors.__file__).parent.parent / "data" / "docs" / "detectors"


def evidence_rows(slug: str) -> set[str]:
    """The keys that a page explains."""
    rows = re.findall(r"^\| ([a-z_, ]+) \|", sections(slug)["Evidence"], re.MULTILINE)
    return {key for row in rows for key in row.split(", ")} - {"key"}


def test_each_alert_has_a_text_and_no_other() -> None:
    assert {path.stem for path in TEXTS_DIR.iterdir()} == set(ALERT_TYPES)


@every
def test_a_text_has_all_its_parts(slug: str) -> None:
    assert list(sections(slug)) == ["Evidence", "Tuning", "Runbook"]
    assert all(sections(slug).values())
    runbook = sections(slug)["Runbook"]
    assert re.findall(r"^\*\*(.+?)[.?]\*\*", runbook, re.MULTILINE)[:2] == ["What it usually is", "Tell them apart"]
    assert "**Block?**" in runbook


@every
def test_a_page_says_all_that_the_detector_s_files_say(slug: str) -> None:
    page = " ".join(detectors.page(slug, Settings()).split())
    stages = about(slug)
    assert [one.stage for one in stages] == [d.stage for d in (*QUERY, *RESPONSE) if d.slug == slug]
    for one in stages:
        assert list(one.fields) == list(FIELDS)
        assert one.summary in page
        for field in ("Units", "Source", "Known gap"):
            assert one.fields[field][1:] in page
    assert ALERT_TYPES[slug].title in page
    assert ALERT_TYPES[slug].id in page
    assert f"attack.mitre.org/techniques/{stages[0].fields['MITRE ATT&CK'].split()[0].replace('.', '/')}/" in page


@every
def test_a_page_has_every_key_with_its_default_and_the_reader_s_own(slug: str) -> None:
    page = detectors.page(slug, Settings())
    for field in dataclasses.fields(CONFIGS[slug]):
        assert f"| `{field.name}` |" in page
    own = detectors.page(slug, parse(f"[detect.{slug}]\nmode = 'block'\nseverity = 'High'", Path("/")))
    assert '| `mode` | `unset` | `"block"` |' in own
    assert '| `severity` | `unset` | `"High"` |' in own
    assert page.count("|  |") == own.count("|  |") + 2


@every
def test_keys_in_the_tuning_text_exist(slug: str) -> None:
    named = set(re.findall(r"`([a-z_]+)`", sections(slug)["Tuning"]))
    assert named <= {field.name for field in dataclasses.fields(CONFIGS[slug])} | {"threshold"}


@every
def test_evidence_that_the_code_names_is_explained(slug: str) -> None:
    for detector in (*QUERY, *RESPONSE):
        if detector.slug == slug:
            source = Path(sys.modules[detector.inspect.__module__].__file__ or "").read_text()
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.keyword) and node.arg == "evidence":
                    # a ** beside the keys is a dictionary that has its own
                    keys = [d.keys for d in ast.walk(node.value) if isinstance(d, ast.Dict)][:1]
                    named = {key.value for row in keys for key in row if isinstance(key, ast.Constant)}
                    assert named <= evidence_rows(slug), detector.stage


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory):
    return play(BEHAVIOURS, tmp_path_factory.mktemp("played"))


@every
def test_evidence_that_is_really_told_is_explained(slug: str, played) -> None:
    assert set(played[slug].worst.evidence) <= evidence_rows(slug)


@every
def test_a_runbook_has_the_alert_s_own_steps(slug: str) -> None:
    runbook = detectors.runbook(slug)
    assert TEXTS[slug].first_step.format_map(detectors.WORDS) in runbook
    assert "{" not in runbook
    assert f"--type {slug} " in runbook
