"""The status page at `/`: one screen for a person who wonders whether all is well; no script, nothing loaded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from dnsguard.alerts.operational import kind_of
from dnsguard.hub.report import FeedReport, Report
from dnsguard.model import Detection

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
       color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top;
         overflow-wrap: anywhere; }
.bad { color: #c33; font-weight: 600; } .good { color: #393; }
"""


def render(report: Report, detections: Sequence[Detection], now: float) -> str:
    """Write the page; `detections` newest first, `now` in Unix seconds."""
    parts = [
        f"<h1>dnsguard {escape(report.version)}</h1>",
        f"<p>{_state(report)}, mode <b>{escape(report.mode)}</b>.</p>",
        f"<p>Listening on {escape(', '.join(report.listening))} (UDP and TCP).</p>",
        *(f'<p class="bad">{escape(text)}</p>' for text in _troubles(report)),
        "<h2>Workers</h2>",
        _table(
            ("worker", "process", "state", "restarts", "last end"),
            [
                (
                    str(w.index),
                    str(w.pid or "-"),
                    _good("ready", "not ready", w.ready),
                    str(w.restarts),
                    escape(w.last_exit),
                )
                for w in report.workers
            ],
        ),
        "<h2>Upstream</h2>",
        _table(
            ("server", "for", "state", "time to answer"),
            [
                (
                    escape(u.server),
                    escape(u.names or "everything else"),
                    _good("healthy", u.error or "not answering", u.healthy),
                    f"{u.rtt * 1000:.1f} ms" if u.rtt else "-",
                )
                for u in report.upstreams
            ],
        ),
        "<h2>Lists</h2>",
        _table(
            ("list", "feeds", "entries", "content of", "state", "fetched"),
            [
                (
                    escape(item.name),
                    escape(item.category),
                    f"{item.entries:,}",
                    _when(item.changed),
                    _good("read", f"{item.state}: {item.fault}", item.state == "read"),
                    _fetched(item.feed),
                )
                for item in report.lists
            ],
        ),
        "<h2>Alerts</h2>",
        f"<p>Findings stored since start: {report.outbox.saved:,}; not on disk yet: {report.outbox.unsaved:,}.</p>",
        _table(
            ("webhook", "state", "waiting", "delivered", "failed attempts", "given up", "last error"),
            [
                (
                    escape(h.name),
                    _good(h.state, h.state, h.state == "good"),
                    str(h.pending),
                    str(h.delivered),
                    str(h.failed),
                    str(h.given_up),
                    escape(h.error),
                )
                for h in report.webhooks
            ],
        )
        if report.webhooks
        else "<p>No webhook is configured: alerts are stored, and <code>dnsguard alerts list</code> shows them.</p>",
        _table(
            ("time", "client", "alert", "name", "action", "queries"),
            [
                (
                    _when(d.time),
                    escape(d.client),
                    escape(kind_of(d.slug).title),
                    escape(f"{d.name} {d.qtype}"),
                    escape(d.action),
                    str(d.count),
                )
                for d in detections
            ],
        )
        if detections
        else "<p>Nothing was found since start.</p>",
        '<p><a href="/readyz">/readyz</a> <a href="/metrics">/metrics</a> <a href="/healthz">/healthz</a></p>',
        f"<p>{_when(now)}</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>dnsguard</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="10">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _state(report: Report) -> str:
    return _good("Serving", f"Not serving ({report.state})", report.serving)


def _troubles(report: Report) -> list[str]:
    troubles = []
    if report.config.state == "refused":
        troubles += ["The configuration file is wrong; the one before it holds.", *report.config.faults]
    if report.config.needs_restart:
        troubles.append(f"Changed, and held from the next start only: {', '.join(report.config.needs_restart)}.")
    if report.lists_error:
        troubles.append(f"Lists: {report.lists_error}")
    if report.feeds_error:
        troubles.append(f"Lists are not fetched: {report.feeds_error}")
    if report.outbox.error:
        troubles.append(f"Findings cannot be stored: {report.outbox.error}")
    if report.upstreams and not any(item.healthy for item in report.upstreams):
        troubles.append("No upstream server answers; only what is cached is answered.")
    return troubles


def _fetched(feed: FeedReport | None) -> str:
    if feed is None:
        return "-"
    if feed.state == "waiting":
        return "not yet"
    when = f"checked {_when(feed.checked)}" if feed.checked else "never"
    return _good(when, f"{feed.state}: {feed.error}; {when}", feed.state == "good")


def _good(good: str, bad: str, is_good: bool) -> str:
    return f'<span class="good">{escape(good)}</span>' if is_good else f'<span class="bad">{escape(bad)}</span>'


def _when(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if time else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table of cells that are HTML already."""
    if not rows:
        return "<p>None.</p>"
    header = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{header}</tr>{body}</table>"
