"""Detections as a worker would send them."""

from typing import Any

from dnsguard.model import Detection, Severity


def detection(name: str = "evil.example", time: float = 1.0, **more: Any) -> Detection:
    """One of a listed name; the name is also its id and its zone."""
    return Detection(
        id=name,
        time=time,
        client="192.0.2.7",
        name=name,
        qtype="A",
        slug="threat_intel",
        technique="T1071.004",
        severity=Severity.MEDIUM,
        zone=name,
        reason="listed",
        **more,
    )
