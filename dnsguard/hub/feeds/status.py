"""How a feed does, from its state; the hub has that in memory, commands read it from the disk."""

from typing import Literal

from dnsguard.hub.feeds.spec import Spec
from dnsguard.hub.feeds.store import State, Store
from dnsguard.hub.report import FeedReport


def feed_report(spec: Spec, state: State, store: Store) -> FeedReport:
    """Say how it does."""
    if state.refused is not None:
        word: Literal["waiting", "good", "failing", "refused"] = "refused"
    elif state.error:
        word = "failing"
    else:
        word = "good" if state.checked else "waiting"
    aside = store.path(spec.key, ".refused") if state.refused is not None and state.refused.size else ""
    return FeedReport(
        url=spec.shown_url,
        state=word,
        fetched=state.fetched,
        checked=state.checked,
        due=state.due,
        size=state.size,
        failures=state.failures,
        error=state.error,
        kept_aside=str(aside),
    )
