from dnsguard.hub import page
from dnsguard.hub.report import ConfigReport, OutboxReport, UpstreamReport
from tests.found import detection
from tests.hub.test_metrics import fetched, make_report


def test_all_well_is_said_plainly():
    text = page.render(make_report(lists=[]), [], 0.0)
    assert "Serving" in text
    assert "Nothing was found since start" in text


def test_every_trouble_is_on_it():
    report = make_report(
        state="draining",
        lists_error="no space left",
        config=ConfigReport(
            state="refused", number=1, path="", faults=["mode: <x>"], needs_restart=["workers"], warnings=[]
        ),
        outbox=OutboxReport(state="failing", error="disk full", unsaved=1, saved=0, unusable=0, pending=0),
        upstreams=[UpstreamReport(server="192.0.2.53", names="", healthy=False, rtt=0, error="timeout")],
        webhooks=[],
    )
    text = page.render(report, [detection("evil.example")], 1.0)
    for part in (
        "Not serving (draining)",
        "mode: &lt;x&gt;",
        "from the next start only: workers",
        "no space left",
        "disk full",
        "No upstream server answers",
        "No webhook is configured",
        "evil.example A",
        "kept: gone",
    ):
        assert part in text, part


def test_how_lists_are_fetched_is_on_it():
    lists = [fetched(), fetched(state="good", error=""), fetched(state="waiting", checked=0.0)]
    text = page.render(make_report(lists=lists, feeds_error="another process"), [], 1.0)
    for part in ("refused: is a web page, not a list; checked 1970-01-01", "not yet", "not fetched: another process"):
        assert part in text, part
