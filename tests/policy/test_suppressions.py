import ipaddress
from datetime import UTC, datetime

import pytest

from dnsguard.model import Finding, Mode
from dnsguard.policy.config import AllowConfig, SuppressionConfig
from dnsguard.policy.policy import Policy
from dnsguard.policy.suppressions import Suppressions, ends

FOUND = Finding(slug="data_exfiltration", technique="T1048.003", reason="bytes over bound", zone="backup.example")
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC).timestamp()


def reason(
    client: str = "192.0.2.7", name: str = "a.b.backup.example", found: Finding = FOUND, **config: object
) -> str:
    one = SuppressionConfig(reason="expected", **config)  # type: ignore[arg-type]
    return Suppressions([one]).reason(ipaddress.ip_address(client).packed, name, found, NOON)


@pytest.mark.parametrize(
    "config",
    [
        {"type": "data_exfiltration"},
        {"clients": ("192.0.2.7",)},
        {"clients": ("2001:db8::/32", "192.0.2.0/24")},
        {"clients": ("::ffff:192.0.2.7",)},
        {"clients": ("::ffff:192.0.2.0/120",)},
        {"zone": "backup.example"},
        {"zone": "example"},
        {"zone": "*.backup.example"},
        {"zone": "b.backup.example"},
        {"type": "data_exfiltration", "clients": ("192.0.2.7",), "zone": "backup.example"},
        {"expires": "2026-06-15", "zone": "backup.example"},
    ],
)
def test_it_covers_what_all_its_parts_name(config: dict[str, object]) -> None:
    assert reason(**config).startswith("expected")


@pytest.mark.parametrize(
    "config",
    [
        {"type": "random_domain"},
        {"clients": ("192.0.2.8",)},
        {"clients": ("::ffff:192.0.2.8", "2001:db8::/32")},
        {"zone": "ackup.example"},
        {"zone": "backup.example.com"},
        {"type": "data_exfiltration", "clients": ("192.0.2.8",)},
        {"expires": "2026-06-14", "zone": "backup.example"},
    ],
)
def test_and_nothing_else(config: dict[str, object]) -> None:
    assert reason(**config) == ""


def test_what_a_name_leads_to_counts_as_well() -> None:
    found = Finding(
        slug="threat_intel", technique="T1071", reason="listed", zone="cdn.example", subject="x.cdn.example"
    )
    assert reason(name="www.shop.example.com", found=found, zone="cdn.example") == "expected"


def test_it_holds_to_the_end_of_its_day() -> None:
    assert ends("2026-06-15") == datetime(2026, 6, 16, tzinfo=UTC).timestamp()
    assert ends("") == float("inf")
    with pytest.raises(ValueError, match="nonsense"):
        ends("nonsense")


def test_policy_neither_tells_nor_blocks_it_and_says_why() -> None:
    suppressed = SuppressionConfig(reason="expected", zone="backup.example", expires="2026-06-15")
    policy = Policy(mode=Mode.BLOCK, detectors={}, allow=AllowConfig(), groups=(), suppressions=[suppressed])
    client = bytes([192, 0, 2, 7])
    verdict = policy.decide(client, "a.backup.example", [FOUND], NOON)
    ((finding, mode),) = verdict.told
    assert (verdict.action, mode, finding.suppressed) == (Mode.SHADOW, Mode.SHADOW, "expected (until 2026-06-15)")
    other = Finding(slug="threat_intel", technique="T1071", reason="listed", zone="evil.example")
    assert policy.decide(client, "evil.example", [other], NOON).action is Mode.BLOCK
    # a day later it is over
    assert policy.decide(client, "a.backup.example", [FOUND], NOON + 86400).action is Mode.BLOCK
