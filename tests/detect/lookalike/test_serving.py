import pytest

from dnsguard.detect.lookalike.serving import hosted, routed, serves


@pytest.mark.parametrize(
    ("suffix", "told"),
    [
        ("com", False),
        ("co.uk", False),
        ("com.br", False),
        ("web.app", True),
        ("duckdns.org", True),
        ("github.io", True),
    ],
)
def test_hosted(suffix: str, told: bool) -> None:
    assert hosted(suffix) is told


@pytest.mark.parametrize(
    ("zone", "suffix", "told"),
    [
        ("fastly.net", "net", True),
        ("notfastly.net", "net", False),
        ("example.global.ssl.fastly.net", "global.ssl.fastly.net", True),
        ("example.com", "com", False),
    ],
)
def test_routed(zone: str, suffix: str, told: bool) -> None:
    assert routed(zone, suffix) is told


@pytest.mark.parametrize(("label", "told"), [("somecdn", True), ("edgesuite88", True), ("session", False)])
def test_serves(label: str, told: bool) -> None:
    assert serves(label) is told
