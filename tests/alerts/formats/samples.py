"""Alerts of every kind, for what each format must be able to say."""

from dnsguard.alerts import operational
from dnsguard.alerts.alert import Alert, Storm
from dnsguard.model import ALERT_TYPES, Severity
from tests.alerts.made import alert, detection

NOW = 1_800_000_000.0
HOSTILE = '<!channel> [click](http://x.example) *b* _i_ `c` | = \\ \n\r "q" @everyone ; drop \x00\x1b[31m \u202e💥'


def _told_twice() -> Alert:
    one = alert(time=NOW, slug="data_exfiltration", technique="T1048.003", severity=Severity.HIGH, evidence=EVIDENCE)
    for number in range(9):
        one.add(detection(number, time=NOW + number, name=f"{number}.listed.example", score=9e9, evidence=EVIDENCE))
    one.turn(NOW + 3600, 3600)
    return one


def _about_us(reason: str, *, resolved: bool = False) -> Alert:
    one = operational.detection("feed_refused", "urlhaus", reason, NOW, resolved=resolved, evidence={"url": "u"})
    return Alert.opened_by(one, one.id)


def _storm(about: str) -> Alert:
    one = alert(time=NOW, zone=about.partition(":")[2])
    one.count, one.last = 4711, NOW + 60
    everything = about == "any:"
    one.storm = Storm(
        about=about,
        slug="" if everything else one.worst.slug,
        action="" if everything else "block",
        clients=4321,
        sample=["192.0.2.7", "2001:db8::7", "192.0.2.0/24"],
    )
    return one


def _in_an_incident() -> Alert:
    one = alert(time=NOW)
    one.incident, one.incident_severity, one.raised = "5d0c0c9e-0000-5000-8000-000000000000", Severity.HIGH, True
    return one


EVIDENCE: dict[str, object] = {
    "bytes": 8192,
    "rate": 0.123456,
    "samples": ["a.example", "b.example"],
    "bound": {"bytes": 256, "seconds": 120},
    "curve": [{"at": 1.0, "bytes": 3}, {"at": 2.0, "bytes": 5}],
}

SAMPLES: dict[str, Alert] = {
    **{slug: alert(time=NOW, slug=slug, action="alert", evidence=EVIDENCE) for slug in ALERT_TYPES},
    "listed": alert(time=NOW),
    "response": alert(time=NOW, stage="response", transport="tcp", technique="T1071.004"),
    "ipv6": alert(time=NOW, client="2001:db8::7"),
    "masked": alert(time=NOW, client="192.0.2.0/24"),
    "root": alert(time=NOW, name="", zone="", qtype="TYPE65280", evidence={}),
    "told twice": _told_twice(),
    "hostile": alert(
        time=NOW,
        name=HOSTILE,
        zone=HOSTILE,
        group=HOSTILE,
        reason="rule fired",
        evidence={HOSTILE: HOSTILE, "lists": [{"list": HOSTILE, "entry": HOSTILE}], "long": [HOSTILE * 20] * 40},
    ),
    "storm of a domain": _storm("zone:listed.example"),
    "storm of a list": _storm("list:urlhaus"),
    "storm of anything": _storm("any:"),
    "in an incident": _in_an_incident(),
    "feed refused": _about_us("is a web page, not a list"),
    "feed believed": _about_us("is believed again", resolved=True),
}
