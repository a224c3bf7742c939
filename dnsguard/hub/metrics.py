"""`/metrics`: what workers counted in shared memory, and the hub's own report, as Prometheus families."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from dnsguard.hub.report import Report
from dnsguard.state import counters as count

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Family: TypeAlias = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class _Once(Collector):
    """Hands a registry the families of one scrape."""

    def __init__(self) -> None:
        self.families: list[Family] = []

    def collect(self) -> Iterator[Family]:
        """Give them."""
        yield from self.families


class Metrics:
    """Renders a scrape."""

    def __init__(self) -> None:
        self._registry: Final = CollectorRegistry()
        self._once: Final = _Once()
        ProcessCollector(namespace="dnsguard_hub", registry=self._registry)
        self._registry.register(self._once)

    def render(self, report: Report, cells: Sequence[Sequence[int]], now: float) -> bytes:
        """Write all metrics; `cells` are each worker's counters, by index; `now` in Unix seconds."""
        self._once.families = [*of_workers(cells), *of_hub(report, now)]
        return generate_latest(self._registry)


def of_workers(cells: Sequence[Sequence[int]]) -> list[Family]:
    """Turn the shared counters into families, as their table says."""
    families: dict[str, Family] = {}
    for slot, item in enumerate(count.FIELDS):
        if item.kind == "histogram":
            continue
        kind = CounterMetricFamily if item.kind == "counter" else GaugeMetricFamily
        family = families.get(item.metric)
        if family is None:
            family = families[item.metric] = kind(f"dnsguard_{item.metric}", item.help, labels=["worker", *item.labels])
        assert not isinstance(family, HistogramMetricFamily)
        for index, values in enumerate(cells):
            family.add_metric([str(index), *item.labels.values()], values[slot])
    return [*families.values(), _latency(cells)]


def _latency(cells: Sequence[Sequence[int]]) -> HistogramMetricFamily:
    item = count.FIELDS[count.LATENCY]
    family = HistogramMetricFamily(f"dnsguard_{item.metric}", item.help, labels=["worker"])
    bounds = [*(str(bound / 1e6) for bound in count.LATENCY_BOUNDS_US), "+Inf"]
    for index, values in enumerate(cells):
        buckets = accumulate(values[count.LATENCY : count.LATENCY + len(bounds)])
        family.add_metric([str(index)], list(zip(bounds, buckets, strict=True)), values[count.LATENCY_SUM_US] / 1e6)
    return family


def of_hub(report: Report, now: float) -> Iterator[Family]:
    """Turn the hub's report into families."""
    workers = {str(worker.index): worker for worker in report.workers}
    lists = {(item.name, item.category): item for item in report.lists}
    upstreams = {(item.server, item.names): item for item in report.upstreams}
    hooks = {hook.name: hook for hook in report.webhooks}
    return chain(
        _gauge("build_info", "The version, as a label.", ["version"], {(report.version,): 1}),
        _gauge("serving", "1 if queries are answered.", [], {(): report.serving}),
        _gauge("worker_ready", "1 if the worker serves.", ["worker"], {(k,): w.ready for k, w in workers.items()}),
        _counter(
            "worker_restarts",
            "Workers that ended and were started again.",
            ["worker"],
            {(k,): w.restarts for k, w in workers.items()},
        ),
        _gauge(
            "config_ok",
            "0 if the configuration file is wrong and the one before it holds.",
            [],
            {(): report.config.state == "good"},
        ),
        _gauge("config_number", "Counts configurations and list snapshots.", [], {(): report.config.number}),
        _gauge(
            "upstream_healthy",
            "1 if the server answers.",
            ["server", "names"],
            {key: item.healthy for key, item in upstreams.items()},
        ),
        _gauge(
            "upstream_rtt_seconds",
            "Smoothed time to an answer. [seconds]",
            ["server", "names"],
            {key: item.rtt for key, item in upstreams.items()},
        ),
        _gauge("lists_ok", "0 if compiled lists could not be written.", [], {(): not report.lists_error}),
        _gauge(
            "list_ok",
            "0 if the list could not be read and its last good content, if any, is used.",
            ["list", "category"],
            {key: item.state == "read" for key, item in lists.items()},
        ),
        _gauge("list_entries", "Names.", ["list", "category"], {key: item.entries for key, item in lists.items()}),
        _gauge(
            "list_age_seconds",
            "Since its content last changed. [seconds]",
            ["list", "category"],
            {key: max(0.0, now - item.changed) for key, item in lists.items() if item.changed},
        ),
        *_feeds(report, now),
        _gauge(
            "detector_ok",
            "0 if the detector does not find a known-bad sample in some worker, or has not for ten minutes.",
            ["detector"],
            {(one.slug,): not one.stopped for one in report.detectors},
        ),
        _gauge(
            "detector_last_selftest_timestamp_seconds",
            "When the detector last found a known-bad sample in every worker; absent before. [unix seconds]",
            ["detector"],
            {(one.slug,): one.last_selftest for one in report.detectors if one.last_selftest},
        ),
        _gauge("outbox_ok", "0 if findings cannot be stored.", [], {(): report.outbox.state == "good"}),
        _gauge("outbox_unsaved", "Findings that the hub has not stored yet.", [], {(): report.outbox.unsaved}),
        _counter("findings_saved", "Findings stored since the hub started.", [], {(): report.outbox.saved}),
        _counter("findings_unusable", "Findings that can never be stored.", [], {(): report.outbox.unusable}),
        _counter(
            "alerts_told_in_storm",
            "Alerts that one alert of many told of since the hub started.",
            [],
            {(): report.outbox.told_in_storms},
        ),
        _gauge("temporary_allows", "Temporary allows that hold; 1000 at most.", [], {(): report.temporary_allows}),
        _gauge(
            "outbox_depth", "Deliveries not yet accepted.", ["webhook"], {(k,): h.pending for k, h in hooks.items()}
        ),
        _counter(
            "deliveries",
            "Attempts to deliver an alert, by result.",
            ["webhook", "result"],
            {
                (name, result): getattr(hook, result)
                for name, hook in hooks.items()
                for result in ("delivered", "failed")
            },
        ),
        _gauge(
            "deliveries_given_up",
            "Deliveries given up that are still kept.",
            ["webhook"],
            {(name,): hook.given_up for name, hook in hooks.items()},
        ),
        *_streams(report),
    )


def _feeds(report: Report, now: float) -> list[list[Family]]:
    """Turn what is known of lists that are fetched into families."""
    feeds = {(item.name, item.category): item.feed for item in report.lists if item.feed is not None}
    labels = ["list", "category"]
    return [
        _gauge("feeds_ok", "0 if no list can be fetched.", [], {(): not report.feeds_error}),
        _gauge(
            "feed_ok",
            "0 if the last fetch failed, or what came was refused; also before the first.",
            labels,
            {key: feed.state == "good" for key, feed in feeds.items()},
        ),
        _gauge(
            "feed_refused",
            "1 if what came is not believed.",
            labels,
            {k: f.state == "refused" for k, f in feeds.items()},
        ),
        _gauge(
            "feed_checked_age_seconds",
            "Since its server last gave it, or said that it holds; absent before that. [seconds]",
            labels,
            {key: max(0.0, now - feed.checked) for key, feed in feeds.items() if feed.checked},
        ),
        _gauge("feed_bytes", "Of the copy in use. [bytes]", labels, {key: feed.size for key, feed in feeds.items()}),
        _gauge("feed_failures", "Failed fetches in a row.", labels, {key: f.failures for key, f in feeds.items()}),
    ]


def _streams(report: Report) -> list[list[Family]]:
    """Turn what is known of the query log and dnstap into families."""
    log, dnstap = report.query_log, report.dnstap
    return [
        _gauge("console_readers", "Streams of live events that are open.", [], {(): report.console.readers}),
        _counter(
            "console_events_dropped",
            "Live events that readers were too slow for.",
            [],
            {(): report.console.dropped},
        ),
        _gauge("query_log_ok", "0 if the query log can't be written.", [], {(): log.state != "failing"}),
        _counter("query_log_saved", "Records of the query log put on disk since the hub started.", [], {(): log.saved}),
        _counter("query_log_lost", "Records of the query log that the disk did not take.", [], {(): log.lost}),
        _gauge("query_log_bytes", "Of the query log's files. [bytes]", [], {(): log.size}),
        _gauge("dnstap_ok", "0 if the dnstap collector is away.", [], {(): dnstap.state != "away"}),
        _counter("dnstap_sent", "Messages sent to the dnstap collector since the hub started.", [], {(): dnstap.sent}),
        _counter("dnstap_lost", "Messages on their way when the dnstap collector went.", [], {(): dnstap.lost}),
    ]


Values: TypeAlias = Mapping[tuple[str, ...], float]


def _gauge(name: str, text: str, labels: list[str], values: Values) -> list[Family]:
    family = GaugeMetricFamily(f"dnsguard_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, float(value))
    return [family]


def _counter(name: str, text: str, labels: list[str], values: Values) -> list[Family]:
    family = CounterMetricFamily(f"dnsguard_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, float(value))
    return [family]
