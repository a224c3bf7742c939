"""No socket, no clock: compile a list, build the query by hand, call, compare."""

import json

import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.query import threat_intel as det
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.model import Duration, Finding
from dnsguard.wire.query import Query

LISTED = "# malware\nevil.example\nonly.deep.example # family\nduckdns.org\n"


@pytest.fixture(scope="module")
def intel(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "bad.txt").write_text(LISTED)
    (folder / "phish.txt").write_text("phish.example\nevil.example\n")
    lists = [
        ListConfig(name="bad", category="threat_intel", path="bad.txt"),
        ListConfig(name="phish", category="phishing_domain", path="phish.txt"),
    ]
    return Snapshot.open(compile_lists(lists, folder, folder / "compiled", now=86400.0).path)


def run(intel: Snapshot, name: str) -> Finding | None:
    return det.inspect(Query.of(name), Context(det.Config(), intel))


@pytest.mark.parametrize(
    ("name", "fires"),
    [
        ("evil.example", True),
        ("EVIL.example.", True),
        ("a.b.evil.example", True),
        ("notevil.example", False),
        ("evil.example.com", False),
        ("example", False),
        (".", False),
        ("deep.example", False),
        ("x.only.deep.example", True),
        # an escaped dot is part of a label: the name stands below example, not below evil.example
        (r"a\.evil.example", False),
        (r"a\.b.evil.example", True),
        # the suffix itself, not the strangers below it
        ("duckdns.org", True),
        ("somebody.duckdns.org", False),
        # another category's list
        ("phish.example", False),
    ],
)
def test_a_listed_name_and_all_below_it(intel: Snapshot, name: str, fires: bool) -> None:
    assert (run(intel, name) is not None) is fires


def test_evidence_names_list_line_and_date(intel: Snapshot) -> None:
    finding = run(intel, "www.evil.example")
    assert finding is not None
    assert finding.evidence == {
        "matched": "evil.example",
        "lists": [
            {"list": "bad", "entry": "evil.example", "line": 2, "since": "1970-01-02T00:00:00Z", "confidence": 75}
        ],
    }
    json.dumps(finding.evidence)


def test_names_under_one_entry_share_a_zone(intel: Snapshot) -> None:
    zones = {finding.zone for name in ("x.evil.example", "y.z.evil.example") if (finding := run(intel, name))}
    assert zones == {"evil.example"}


def test_no_lists_no_findings() -> None:
    assert run(EMPTY, "evil.example") is None


def test_what_is_old_and_doubtful_is_below_the_threshold(intel: Snapshot) -> None:
    def aged(days: float, **config: object) -> Finding:
        query = Query.of("evil.example", time=86400.0 * (1 + days))
        finding = det.inspect(query, Context(det.Config(**config), intel))  # type: ignore[arg-type]
        assert finding is not None
        return finding

    assert (aged(0).score, aged(0).threshold) == (0.75, 0.2)
    year = Duration(365 * 86400)
    assert aged(365, half_life=year).score == pytest.approx(0.375)
    assert aged(600, half_life=year).score > 0.2 > aged(800, half_life=year).score
    # by default a list that still has an entry stands by it, however long it has been there
    assert aged(10000).score == 0.75
    assert aged(0, threshold=0.8).score < 0.8


def test_config_error_names_its_key() -> None:
    with pytest.raises(ValueError, match="threshold must be from 0 to 1"):
        det.Config(threshold=20)
