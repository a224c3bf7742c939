from dnsguard.hub.feeds import trouble
from dnsguard.hub.feeds.spec import specs
from dnsguard.hub.feeds.store import Refusal, State
from dnsguard.hub.feeds.trouble import PATIENCE, REMIND
from dnsguard.intel.config import ListConfig

URL = "https://user:secret@lists.example/a.txt?token=secret"
(SPEC,) = specs([ListConfig(name=name, category="threat_intel", url=URL) for name in ("one", "two")]).values()


def state(**values):
    return State(url=URL, **values)


def refused(**values):
    return state(refused=Refusal(reason="is a web page, not a list", at=5.0, size=99), error="is a web page", **values)


def test_a_refusal_is_told_at_once_once_a_day_and_when_it_is_over():
    one = refused(failures=1, size=100, fetched=3.0)
    alert = trouble.due(one, SPEC, 1000.0)
    assert (alert.slug, alert.zone, alert.action) == ("feed_refused", "one, two", "alert")
    assert alert.reason == "is a web page, not a list; its last good copy is used"
    assert alert.evidence["kept aside"] == f"{SPEC.key}.refused, 99 bytes"
    assert "secret" not in repr(alert)
    trouble.told(one, alert, 1000.0)
    assert trouble.due(one, SPEC, 1000.0 + REMIND - 1) is None
    assert trouble.due(one, SPEC, 1000.0 + REMIND).slug == "feed_refused"
    one.refused, one.failures, one.error = None, 0, ""
    over = trouble.due(one, SPEC, 2000.0)
    assert (over.slug, over.action) == ("feed_refused", "resolved")
    trouble.told(one, over, 2000.0)
    assert trouble.due(one, SPEC, 2001.0) is None


def test_a_failure_is_told_once_it_lasts():
    for failures in range(PATIENCE):
        assert trouble.due(state(failures=failures, error="HTTP 500"), SPEC, 1000.0) is None
    alert = trouble.due(state(failures=PATIENCE, error="HTTP 404 Not Found"), SPEC, 1000.0)
    assert alert.slug == "feed_failing"
    assert alert.reason == "HTTP 404 Not Found; there is no copy of it yet"


def test_what_is_no_longer_refused_but_fails_is_not_over():
    one = state(failures=1, error="HTTP 500", told="feed_refused", told_at=5.0)
    assert trouble.due(one, SPEC, 1000.0) is None


def test_another_kind_of_trouble_is_told_at_once():
    one = refused(failures=9, told="feed_failing", told_at=999.0)
    assert trouble.due(one, SPEC, 1000.0).slug == "feed_refused"
