"""All pages together: links lead somewhere, examples are right, and what is named exists."""

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer

from dnsguard.cli.app import app
from dnsguard.config import Settings, parse
from dnsguard.docs.metrics import families
from dnsguard.docs.site import DocsError, pages, write
from dnsguard.hub.metrics import Metrics
from dnsguard.model import ALERT_TYPES
from dnsguard.state import counters as count
from tests.hub.test_metrics import make_report
from tests.needs import need

ROOT = Path(__file__).parent.parent.parent
PAGES = pages(Settings())
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"\bdnsguard_[a-z_]*[a-z]\b")


def fences(kind: str) -> list[Any]:
    return [
        pytest.param(body, id=f"{name}-{number}")
        for name, page in PAGES.items()
        for number, (language, body) in enumerate(FENCE.findall(page))
        if language == kind
    ]


def scraped() -> set[str]:
    """Names of all samples and families."""
    names = {sample for one in families() for sample in (one.name, f"{one.name}_total")}
    names |= {f"dnsguard_latency_seconds_{suffix}" for suffix in ("bucket", "sum", "count")}
    text = Metrics().render(make_report(), [[0] * len(count.FIELDS)], 0.0).decode()
    return names | {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}


def test_every_link_leads_to_a_page() -> None:
    for name, page in PAGES.items():
        for target in re.findall(r"\]\((?!https?://)([^)]+)\)", page):
            place = (Path("/") / name).parent / target
            assert str(Path(*[part for part in place.resolve().parts if part != "/"])) in PAGES, f"{name}: {target}"


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(re.findall(r"\]\(([^)]+)\)", PAGES["index.md"]))
    assert linked | {"index.md"} == set(PAGES)
    assert {f"detectors/{slug}.md" for slug in ALERT_TYPES} <= linked


@pytest.mark.parametrize("text", fences("toml"))
def test_every_configuration_is_one(text: str) -> None:
    parse(text, Path("/"))


@pytest.mark.parametrize("text", fences("json"))
def test_every_json_is_one(text: str) -> None:
    json.loads(text)


@pytest.mark.parametrize("text", fences("sh"))
def test_every_command_of_ours_has_the_options_it_is_given(text: str) -> None:
    for line in text.splitlines():
        if not line.startswith("dnsguard "):
            continue
        words = line.split("#")[0].split()[1:]
        command: Any = typer.main.get_command(app)
        context = command.make_context("dnsguard", [*words[:1], "--help"], resilient_parsing=True)
        command = command.get_command(context, words[0])
        with command.make_context(words[0], [], resilient_parsing=True) as context:
            command = context.command
        while hasattr(command, "commands"):
            command = command.commands[words[1]]
            words = words[1:]
        known = {option for param in command.params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_every_key_of_the_configuration_that_is_named_exists() -> None:
    hints = get_type_hints(Settings)
    found = 0
    for page in PAGES.values():
        for section, key in re.findall(r"`\[+([a-z_]+)\]+(?: ([a-z_]+))?`", page):
            found += 1
            assert section in hints, section
            kinds = [kind for kind in (hints[section], *get_args(hints[section])) if dataclasses.is_dataclass(kind)]
            assert not key or any(key in {f.name for f in dataclasses.fields(kind)} for kind in kinds), (section, key)
        for section, key in re.findall(r"`(listen|upstream|cache|alerts)\.([a-z_]+)`", page):
            found += 1
            assert key in {field.name for field in dataclasses.fields(hints[section])}, (section, key)
    assert found > 40


@pytest.mark.parametrize("name", ["grafana.json", "alerts.rules.yml", "metrics.md"])
def test_every_metric_that_is_named_exists(name: str) -> None:
    named = set(OURS.findall(PAGES[name]))
    assert len(named) > 15
    assert named <= scraped()


def test_the_page_of_metrics_has_them_all() -> None:
    assert {one.name for one in families()} <= {
        name.removesuffix("_total") for name in re.findall(r"^\| `(\w+)`", PAGES["metrics.md"], re.MULTILINE)
    }


def queries() -> list[str]:
    """All that the dashboard asks Prometheus for."""
    board = json.loads(PAGES["grafana.json"])
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) > 15
    assert all(panel["title"] for panel in board["panels"])
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(PAGES["grafana.json"])["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_prometheus_reads_the_rules_and_every_query_of_the_dashboard(tmp_path: Path) -> None:
    need("promtool")
    rules = tmp_path / "alerts.rules.yml"
    rules.write_text(PAGES["alerts.rules.yml"])
    asked = [
        expr.replace("$__rate_interval", "5m").replace('instance=~"$instance"', 'instance=~".*"') for expr in queries()
    ]
    assert not [expr for expr in asked if "$" in expr]
    recorded = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(asked)]
    board = tmp_path / "board.yml"
    board.write_text(json.dumps({"groups": [{"name": "board", "rules": recorded}]}))  # JSON is YAML
    done = subprocess.run(["promtool", "check", "rules", rules, board], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(asked)} rules found" in done.stdout


def test_the_rules_fire_on_trouble_and_on_nothing_else(tmp_path: Path) -> None:
    need("promtool")
    (tmp_path / "alerts.rules.yml").write_text(PAGES["alerts.rules.yml"])
    well = [("dnsguard_serving", "1x60"), ("dnsguard_config_ok", "1x60"), ("dnsguard_outbox_ok", "1x60"),
            ('dnsguard_upstream_healthy{server="a"}', "1x60"), ("dnsguard_findings_lost_total", "0x60"),
            ("dnsguard_queries_total", "0+6000x60"), ("dnsguard_servfail_answers_total", "0+6x60")]  # fmt: skip
    ill = {
        "DnsguardNotServing": ("dnsguard_serving", "0x60"),
        "DnsguardConfigRefused": ("dnsguard_config_ok", "0x60"),
        "DnsguardOutboxFailing": ("dnsguard_outbox_ok", "0x60"),
        "DnsguardUpstreamDown": ('dnsguard_upstream_healthy{server="a"}', "0x60"),
        "DnsguardFindingsLost": ("dnsguard_findings_lost_total", "0+1x60"),
        "DnsguardUpstreamFailing": ("dnsguard_servfail_answers_total", "0+600x60"),
    }

    def group(series: list[tuple[str, str]], expected: dict[str, bool]) -> dict[str, Any]:
        return {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                    "eval_time": "50m",
                    "exp_samples": [{"labels": "{}", "value": int(fires)}],
                }
                for name, fires in expected.items()
            ],
        }

    groups = [group(well, dict.fromkeys(ill, False))]
    for name, (metric, values) in ill.items():
        series = [(one, values if one == metric else good) for one, good in well]
        groups.append(group(series, {other: other == name for other in ill}))
    test = {"rule_files": ["alerts.rules.yml"], "evaluation_interval": "1m", "tests": groups}
    (tmp_path / "test.yml").write_text(json.dumps(test))
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_written_and_written_again(tmp_path: Path) -> None:
    for _ in range(2):
        written = write(tmp_path / "manual", Settings())
    assert {str(path.relative_to(tmp_path / "manual")) for path in written} == set(PAGES)
    assert (tmp_path / "manual" / "config.toml").read_text() == (ROOT / "config.toml").read_text()


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DocsError, match="file"):
        write(tmp_path / "file", Settings())
