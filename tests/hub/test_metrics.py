"""What Prometheus would read, read by its own parser."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dnsguard.hub.metrics import Metrics
from dnsguard.hub.report import (
    ConfigReport,
    DnstapReport,
    FeedReport,
    ListReport,
    OutboxReport,
    QueryLogReport,
    Report,
    UpstreamReport,
    WebhookReport,
    WorkerReport,
)
from dnsguard.state import counters as count


def make_report(**more):
    parts = {
        "state": "serving",
        "version": "0.1.0",
        "mode": "block",
        "listening": ["127.0.0.1:5335"],
        "steered": True,
        "workers": [
            WorkerReport(
                index=0, pid=42, ready=True, restarts=2, config=3, generation=3, last_exit="signal SIGKILL", refused=""
            )
        ],
        "leaving": 0,
        "upstreams": [UpstreamReport(server="192.0.2.53", names="", healthy=True, rtt=0.0125, error="")],
        "config": ConfigReport(state="good", number=3, path="/c.toml", faults=[], needs_restart=[], warnings=[]),
        "lists_error": "",
        "lists": [
            ListReport(name="a<b>", category="threat_intel", state="kept", entries=7, fault="gone", changed=1000.0)
        ],
        "outbox": OutboxReport(state="good", error="", unsaved=1, saved=9, unusable=0, pending=4),
        "webhooks": [
            WebhookReport(
                name="soc", pending=4, delivered=5, failed=6, given_up=0, state="down", error="500", last_success=0.0
            )
        ],
    }
    return Report(**{**parts, **more})


@pytest.fixture
def counters():
    return [count.Counters(), count.Counters()]


def scraped(counters, report=None, now=1500.0):
    text = Metrics().render(report or make_report(), [c.cells.tolist() for c in counters], now).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_workers_counters_stand_under_its_index(counters):
    counters[0].add(count.HITS, 3)
    counters[1].add(count.HITS, 4)
    counters[1].set(count.CACHE_BYTES, 1 << 20)
    counters[1].add(count.FINDINGS["threat_intel"])
    found = scraped(counters)
    assert found["dnsguard_cache_lookups_total", ("result", "hit"), ("worker", "0")] == 3
    assert found["dnsguard_cache_lookups_total", ("result", "hit"), ("worker", "1")] == 4
    assert found["dnsguard_cache_bytes", ("worker", "1")] == 1 << 20
    assert found["dnsguard_findings_total", ("detector", "threat_intel"), ("worker", "1")] == 1


def test_latency_is_a_cumulative_histogram_in_seconds(counters):
    for us in (40, 60, 60, 9e6):
        counters[0].latency(us)
    found = scraped(counters)
    name = "dnsguard_latency_seconds"
    assert found[f"{name}_bucket", ("le", "5e-05"), ("worker", "0")] == 1
    assert found[f"{name}_bucket", ("le", "0.0001"), ("worker", "0")] == 3
    assert found[f"{name}_bucket", ("le", "5.0"), ("worker", "0")] == 3
    assert found[f"{name}_bucket", ("le", "+Inf"), ("worker", "0")] == 4
    assert found[f"{name}_count", ("worker", "0")] == 4
    assert found[f"{name}_sum", ("worker", "0")] == pytest.approx(9.00016)


def test_the_hubs_report_is_in_it(counters):
    found = scraped(counters)
    assert found["dnsguard_config_ok",] == 1
    assert found["dnsguard_serving",] == 1
    assert found["dnsguard_worker_restarts_total", ("worker", "0")] == 2
    assert found["dnsguard_upstream_healthy", ("names", ""), ("server", "192.0.2.53")] == 1
    assert found["dnsguard_list_ok", ("category", "threat_intel"), ("list", "a<b>")] == 0
    assert found["dnsguard_list_age_seconds", ("category", "threat_intel"), ("list", "a<b>")] == 500
    assert found["dnsguard_outbox_depth", ("webhook", "soc")] == 4
    assert found["dnsguard_deliveries_total", ("result", "failed"), ("webhook", "soc")] == 6
    assert found["dnsguard_outbox_ok",] == 1


def test_what_is_wrong_reads_zero(counters):
    config = ConfigReport(state="refused", number=3, path="", faults=["x"], needs_restart=[], warnings=[])
    outbox = OutboxReport(state="failing", error="disk full", unsaved=1, saved=9, unusable=0, pending=4)
    found = scraped(counters, make_report(config=config, outbox=outbox, workers=[], lists_error="disk full"))
    for name in ("config_ok", "outbox_ok", "serving", "lists_ok"):
        assert found[f"dnsguard_{name}",] == 0


def test_the_query_log_and_dnstap(counters):
    found = scraped(counters)
    assert (found["dnsguard_query_log_ok",], found["dnsguard_dnstap_ok",]) == (1, 1)
    log = QueryLogReport(state="failing", saved=5, lost=2, size=4096, error="disk full")
    found = scraped(counters, make_report(query_log=log, dnstap=DnstapReport(state="away", sent=7, lost=3)))
    assert (found["dnsguard_query_log_ok",], found["dnsguard_dnstap_ok",]) == (0, 0)
    assert (found["dnsguard_query_log_saved_total",], found["dnsguard_query_log_lost_total",]) == (5, 2)
    assert found["dnsguard_query_log_bytes",] == 4096
    assert (found["dnsguard_dnstap_sent_total",], found["dnsguard_dnstap_lost_total",]) == (7, 3)


def test_every_counter_of_the_table_is_scraped(counters):
    found = {key[0] for key in scraped(counters)}
    for item in count.FIELDS:
        suffix = {"counter": "_total", "gauge": "", "histogram": "_count"}[item.kind]
        assert f"dnsguard_{item.metric}{suffix}" in found


def fetched(**more):
    values = {
        "url": "https://lists.example/a.txt",
        "state": "refused",
        "fetched": 1200.0,
        "checked": 1400.0,
        "due": 1600.0,
        "size": 77,
        "failures": 2,
        "error": "is a web page, not a list",
        "kept_aside": "/state/feeds/x.refused",
    }
    feed = FeedReport(**values | more)
    return ListReport(name="feed", category="dark_web", state="read", entries=7, fault="", changed=1000.0, feed=feed)


def test_feeds_say_how_they_do(counters):
    labels = (("category", "dark_web"), ("list", "feed"))
    found = scraped(counters, make_report(lists=[fetched()]))
    assert found["dnsguard_feeds_ok",] == 1
    assert found["dnsguard_feed_ok", *labels] == 0
    assert found["dnsguard_feed_refused", *labels] == 1
    assert found["dnsguard_feed_checked_age_seconds", *labels] == 100
    assert found["dnsguard_feed_bytes", *labels] == 77
    assert found["dnsguard_feed_failures", *labels] == 2
    never = scraped(counters, make_report(lists=[fetched(state="waiting", checked=0.0)], feeds_error="disk"))
    assert ("dnsguard_feed_checked_age_seconds", *labels) not in never
    assert never["dnsguard_feeds_ok",] == 0
