"""Gathers the report from the hub's parts."""

from collections.abc import Sequence
from typing import Literal

from dnsguard.hub.alerting import Alerting
from dnsguard.hub.allows import Allows
from dnsguard.hub.configuring import Configuring
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.heartbeats import Heartbeats
from dnsguard.hub.inbox import Inbox
from dnsguard.hub.lists import Lists
from dnsguard.hub.report import (
    ConfigReport,
    ConsoleReport,
    ListReport,
    OutboxReport,
    Report,
    UpstreamReport,
    WebhookReport,
    WorkerReport,
)
from dnsguard.hub.server import Peer, Server
from dnsguard.hub.streams import Streams
from dnsguard.hub.supervisor import Supervisor
from dnsguard.version import VERSION

State = Literal["starting", "serving", "draining"]


def report(
    state: State,
    listening: Sequence[str],
    steered: bool,
    supervisor: Supervisor,
    server: Server,
    configuring: Configuring,
    lists: Lists,
    feeds: Feeds,
    alerting: Alerting,
    heartbeats: Heartbeats,
    streams: Streams,
    allows: Allows,
) -> Report:
    """Say how everything does now."""
    return Report(
        state=state,
        version=VERSION,
        mode=str(configuring.settings.mode),
        listening=list(listening),
        steered=steered,
        workers=_workers(supervisor, server.own),
        leaving=len(server.strangers),
        upstreams=_upstreams(server.own),
        config=_config(configuring),
        lists_error=lists.error,
        feeds_error=feeds.error,
        lists=_lists(lists, feeds),
        detectors=heartbeats.reports(),
        temporary_allows=len(allows.held),
        outbox=_outbox(server.inbox, alerting),
        webhooks=_webhooks(alerting),
        query_log=streams.query_log(),
        dnstap=streams.dnstap(),
        console=ConsoleReport(readers=alerting.events.readers, dropped=alerting.events.dropped),
    )


def _workers(supervisor: Supervisor, peers: Sequence[Peer]) -> list[WorkerReport]:
    found = []
    for worker in supervisor.workers:
        peer = next((peer for peer in peers if peer.hello.pid == worker.pid), None)
        found.append(
            WorkerReport(
                index=worker.index,
                pid=worker.pid,
                ready=peer is not None and peer.ready,
                restarts=worker.restarts,
                config=peer.configured if peer else 0,
                generation=peer.status.generation if peer else 0,
                last_exit=worker.last_exit,
                refused=peer.refused.error if peer and peer.refused else "",
            )
        )
    return found


def _upstreams(peers: Sequence[Peer]) -> list[UpstreamReport]:
    found: dict[tuple[str, str], UpstreamReport] = {}
    for peer in peers:
        for item in peer.status.upstreams:
            best = found.get((item.names, item.server))
            if best is None or (item.healthy, -item.rtt) > (best.healthy, -best.rtt):
                found[item.names, item.server] = UpstreamReport(
                    server=item.server, names=item.names, healthy=item.healthy, rtt=item.rtt, error=item.error
                )
    return list(found.values())


def _config(configuring: Configuring) -> ConfigReport:
    return ConfigReport(
        state="refused" if configuring.faults else "good",
        number=configuring.number,
        path=str(configuring.path or ""),
        faults=configuring.faults,
        needs_restart=list(configuring.needs_restart),
        warnings=list(configuring.settings.warnings),
    )


def _lists(lists: Lists, feeds: Feeds) -> list[ListReport]:
    fetched = feeds.reports()
    return [
        ListReport(
            name=item.name,
            category=item.category,
            state=item.state,
            entries=item.entries,
            fault=item.fault,
            changed=lists.read.get((item.name, item.category), 0.0),
            feed=fetched.get(item.name),
        )
        for item in lists.reports
    ]


def _outbox(inbox: Inbox, alerting: Alerting) -> OutboxReport:
    error = alerting.error or inbox.trouble
    return OutboxReport(
        state="failing" if error else "good",
        error=error,
        unsaved=inbox.waiting,
        saved=inbox.saved,
        unusable=inbox.unusable,
        pending=sum(stats.pending for stats in alerting.stats().values()),
        told_in_storms=alerting.told_in_storms,
    )


def _webhooks(alerting: Alerting) -> list[WebhookReport]:
    return [
        WebhookReport(
            name=name,
            pending=stats.pending,
            delivered=stats.delivered,
            failed=stats.failures,
            given_up=stats.given_up,
            state="disabled" if stats.disabled else "down" if stats.down else "good",
            error=stats.last_error,
            last_success=stats.last_success or 0.0,
        )
        for name, stats in alerting.stats().items()
    ]
