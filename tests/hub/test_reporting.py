"""How the parts' states become one report."""

from types import SimpleNamespace

from dnsguard.hub import reporting
from dnsguard.link import Hello, Refused, Status, UpstreamStatus


def peer(index, pid, *upstreams, **more):
    parts = {"configured": 3, "refused": None, "ready": True, "status": Status(list(upstreams), 3), **more}
    return SimpleNamespace(hello=Hello("w", index, pid, "e"), **parts)


def place(index, pid):
    return SimpleNamespace(index=index, pid=pid, restarts=1, last_exit="exit code 1")


def test_a_place_is_ready_only_with_the_process_that_fills_it_now():
    workers = SimpleNamespace(workers=[place(0, 100), place(1, 101), place(2, 0)])
    peers = [peer(0, 100), peer(1, 99), peer(2, 98, refused=Refused(4, "no"))]
    found = reporting._workers(workers, peers)
    assert [worker.ready for worker in found] == [True, False, False]
    assert [worker.config for worker in found] == [3, 0, 0]


def test_a_refusal_is_shown_with_its_worker():
    workers = SimpleNamespace(workers=[place(0, 100)])
    (worker,) = reporting._workers(workers, [peer(0, 100, refused=Refused(4, "no such host"))])
    assert worker.refused == "no such host"


def test_an_upstream_is_as_well_as_its_best_worker_sees_it():
    dead = UpstreamStatus("192.0.2.1", healthy=False, error="timeout")
    slow, quick = UpstreamStatus("192.0.2.1", rtt=0.2), UpstreamStatus("192.0.2.1", rtt=0.1)
    other = UpstreamStatus("192.0.2.1", names="corp.example", healthy=False, error="refused")
    found = reporting._upstreams([peer(0, 1, dead, other), peer(1, 2, slow), peer(2, 3, quick)])
    assert [(u.names, u.healthy, u.rtt, u.error) for u in found] == [
        ("", True, 0.1, ""),
        ("corp.example", False, 0.0, "refused"),
    ]


def test_an_outbox_fails_for_either_reason():
    inbox = SimpleNamespace(trouble="", waiting=1, saved=2, unusable=0)
    alerting = SimpleNamespace(error="", stats=dict, told_in_storms=7)
    assert reporting._outbox(inbox, alerting).state == "good"
    inbox.trouble = "disk full"
    assert reporting._outbox(inbox, alerting).error == "disk full"
    alerting.error = "cannot open"
    assert reporting._outbox(inbox, alerting).state == "failing"
