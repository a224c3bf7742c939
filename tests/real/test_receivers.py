"""Receivers that fail, hang, are away or are gone for good: every alert arrives where it should, under one id."""

from tests.lab import Lab, eventually, listing, webhook

NAMES = [f"bad{i}.com" for i in range(20)]


def test_every_alert_arrives_when_the_receiver_is_well_again(lab: Lab, nsd: int) -> None:
    well, failing, hanging, away = (lab.receiver() for _ in range(4))
    failing.status = 500
    hanging.hang = 4.0
    away.close()
    guard = lab.dnsguard(
        nsd,
        lists=[listing(lab, *NAMES)],
        webhooks=[webhook(one, timeout="1s", name=str(one.port)) for one in (well, failing, hanging, away)],
    )
    for name in NAMES:
        guard.ask(name)
    eventually(lambda: len(well.alerts) == len(NAMES), "the others' trouble is not the well one's")
    eventually(lambda: failing.deliveries, "a failed attempt")
    assert not failing.accepted
    assert not away.deliveries
    failing.status = 204
    hanging.hang = 0
    away.open()
    for receiver in (failing, hanging, away):
        eventually(lambda receiver=receiver: len(receiver.alerts) >= len(NAMES), "all alerts", 60)
        accepted = {delivery.id for delivery in receiver.accepted}
        assert len(accepted) == len(NAMES), "the same message keeps its id"
        assert len({alert["systemAlertId"] for alert in receiver.alerts}) == len(NAMES)
        assert all(delivery.verified for delivery in receiver.deliveries)


def test_alerts_survive_a_restart(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    receiver.close()
    guard = lab.dnsguard(nsd, lists=[listing(lab, *NAMES)], webhooks=[webhook(receiver)])
    for name in NAMES:
        guard.ask(name)
    assert guard.process.stop() == 0
    receiver.open()
    guard.start()
    eventually(lambda: len(receiver.alerts) == len(NAMES), "all alerts", 60)


def test_redirect_is_a_failure_and_gone_is_the_end(lab: Lab, nsd: int) -> None:
    moved, gone, well = (lab.receiver() for _ in range(3))
    moved.status, gone.status = 302, 410
    guard = lab.dnsguard(
        nsd,
        lists=[listing(lab, *NAMES)],
        webhooks=[webhook(one, name=str(one.port)) for one in (moved, gone, well)],
    )
    guard.ask(NAMES[0])
    eventually(lambda: well.alerts and moved.deliveries and gone.deliveries, "one attempt each")
    for name in NAMES[1:]:
        guard.ask(name)
    eventually(lambda: len(well.alerts) == len(NAMES), "the well one has all")
    # one that is away is tried with one message at a time; one that is gone, with none
    assert len({delivery.id for delivery in gone.deliveries}) == 1
    moved.status = 204
    eventually(lambda: len(moved.alerts) == len(NAMES), "a redirect was tried again", 60)
