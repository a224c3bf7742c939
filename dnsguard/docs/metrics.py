"""The page of metrics, made from what a scrape would show."""

from prometheus_client.metrics_core import Metric

from dnsguard.docs.texts import text
from dnsguard.hub.metrics import of_hub, of_workers
from dnsguard.hub.report import ConfigReport, OutboxReport, Report
from dnsguard.state import counters as count


def page() -> str:
    """Every metric with its kind, labels and meaning."""
    rows = ["| metric | kind | labels | |", "|---|---|---|---|"]
    for family in sorted(families(), key=lambda one: one.name):
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(family._labelnames)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no other name
        rows.append(f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |")
    return text("metrics_head.md") + "\n".join(rows) + "\n"


def families() -> list[Metric]:
    """All families that /metrics can show, but those about the hub's own process."""
    return [*of_workers([[0] * len(count.FIELDS)]), *of_hub(_nothing(), 0.0)]


def _nothing() -> Report:
    return Report(
        state="starting",
        version="",
        mode="alert",
        listening=[],
        steered=True,
        workers=[],
        leaving=0,
        upstreams=[],
        config=ConfigReport(state="good", number=0, path="", faults=[], needs_restart=[], warnings=[]),
        lists_error="",
        lists=[],
        outbox=OutboxReport(state="good", error="", unsaved=0, saved=0, unusable=0, pending=0),
        webhooks=[],
    )
