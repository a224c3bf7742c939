"""The behaviours played through a pipeline: no socket, and a clock of their own."""

import ipaddress
from pathlib import Path

from dnsguard import assemble
from dnsguard.alerts.alert import Alert
from dnsguard.alerts.teller import Teller
from dnsguard.behaviours import (
    currency_mining,
    phishing_domain,
    sinkholed_domain,
    threat_intel,
)
from dnsguard.behaviours.behaviour import Behaviour, response
from dnsguard.config import parse
from dnsguard.intel.once import snapshot_once
from dnsguard.intel.starter import BLOCKLISTS
from dnsguard.model import Detection
from dnsguard.pipeline import Pipeline
from dnsguard.simulate.upstream import Upstream
from dnsguard.state.counters import Counters
from tests.simulated import START, Clients

LISTED = {
    "threat_intel": threat_intel.DOMAIN,
    "phishing_domain": phishing_domain.DOMAIN,
    "currency_mining": currency_mining.DOMAIN,
    "sinkholed_domain": sinkholed_domain.SINKHOLE,
}


def play(behaviours: tuple[Behaviour, ...], folder: Path) -> dict[str, Alert]:
    """The alert each behaviour raises, by its slug, under the defaults; those that raise none are not there."""
    rules = BLOCKLISTS / "suspicious_domain.rules"
    text = 'starter_lists = false\n[listen]\nallow_from = ["any"]\n'
    text += f'[[lists]]\nname = "rules"\ncategory = "suspicious_domain"\npath = "{rules}"\n'
    for slug, entry in LISTED.items():
        (folder / slug).write_text(f"{entry}\n")
        text += f'[[lists]]\nname = "our {slug}"\ncategory = "{slug}"\npath = "{slug}"\n'
    settings = parse(text, folder)
    lists, faults = snapshot_once(settings.lists, folder, folder / "lists", now=START)
    assert faults == ()

    def crashed(slug: str, error: Exception) -> None:
        raise AssertionError(slug) from error

    pipeline = Pipeline(assemble.rules(settings, lists, 1, crashed), Counters(), teller := Teller())
    upstream = Upstream(behaviours)
    found: list[Detection] = []
    now = START
    for number, behaviour in enumerate(behaviours, start=1):
        client = ipaddress.ip_address(f"192.0.2.{number}").packed
        for packet in behaviour.packets():
            now += 0.01
            pipeline.on_queries(Clients(), [packet], [None], [client], now)
            for pending in pipeline.forwards:
                pipeline.on_answer(pending, response(b"\0\0" + pending.tail, upstream.reply), now)
            pipeline.forwards = []
            pipeline.replies.clear()
            found += teller.take()
    found += teller.drain()
    alerts: dict[str, Alert] = {}
    for number, behaviour in enumerate(behaviours, start=1):
        for one in found:
            if one.client == f"192.0.2.{number}" and one.slug == behaviour.slug:
                alerts.setdefault(behaviour.slug, Alert.opened_by(one, one.id)).add(one)
    return alerts
