import json
from typing import get_args, get_type_hints

import pytest

from dnsguard.alerts.body import MAX_BYTES, render
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.formats import FORMATS
from dnsguard.alerts.trim import trim
from tests.alerts.made import alert, detection

WORST_NAME = ".".join(["\\000" * 62] * 4)
"""As long as a name gets in text, and each byte doubles in JSON."""


def test_formats_are_those_of_the_configuration() -> None:
    assert tuple(FORMATS) == get_args(get_type_hints(WebhookConfig)["format"])


def test_evidence_that_fits_stays() -> None:
    assert b"trimmed" not in render(alert(evidence={"bytes": 3}), "defender")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("filler", ["x", '"', "\\", "\x00", "ü", "💥"])
def test_no_attacker_makes_a_message_too_long(form: str, filler: str) -> None:
    evidence = trim({f"{filler * 50}{number}": [filler * 300] * 12 for number in range(100)})
    target = {"target": WORST_NAME}
    one = alert(name=WORST_NAME, zone=WORST_NAME, client="x" * 45, group="g" * 60, evidence=evidence | target)
    for number in range(9):
        one.add(detection(name=f"{number}.{WORST_NAME}"))
    body = render(one, form)
    assert len(body) < MAX_BYTES
    if "json" in FORMATS[form].content_type:
        json.loads(body)
    # a chat, and a line of syslog, show the first few rows of evidence anyway
    if form not in {"cef", "slack", "teams", "discord"}:
        assert b"trimmed" in body
