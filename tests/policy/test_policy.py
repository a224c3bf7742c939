import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect.config import DetectorConfig
from dnsguard.model import Finding, Mode, Severity
from dnsguard.policy.config import AllowConfig, GroupConfig
from dnsguard.policy.policy import Policy, Verdict, by_score

OFF, SHADOW, ALERT, BLOCK = Mode.OFF, Mode.SHADOW, Mode.ALERT, Mode.BLOCK
FOUND = Finding(slug="threat_intel", technique="T1071", reason="listed", zone="evil.example")


def policy(
    mode: Mode = ALERT,
    *,
    detector: DetectorConfig | None = None,
    detectors: Mapping[str, DetectorConfig] | None = None,
    allow: Sequence[str] = (),
    groups: Sequence[GroupConfig] = (),
) -> Policy:
    configs = {"threat_intel": detector or DetectorConfig()} if detectors is None else detectors
    return Policy(mode=mode, detectors=configs, allow=AllowConfig(names=tuple(allow)), groups=groups)


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def decide(of: Policy, client: str = "192.0.2.7", name: str = "x.evil.example", *findings: Finding) -> Verdict:
    return of.decide(packed(client), name, findings or (FOUND,))


def group(name: str, *clients: str, mode: Mode | None = None, **detect: Mode) -> GroupConfig:
    return GroupConfig(name=name, clients=clients, mode=mode, detect=detect)


def test_nothing_found() -> None:
    assert policy(BLOCK).decide(packed("192.0.2.7"), "x.example", ()) == Verdict()


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("detector", [None, *Mode])
@pytest.mark.parametrize("own", [None, *Mode])
@pytest.mark.parametrize("special", [None, *Mode])
def test_precedence(mode: Mode, detector: Mode | None, own: Mode | None, special: Mode | None) -> None:
    kids = group("kids", "192.0.2.0/24", mode=own, **({} if special is None else {"threat_intel": special}))
    of = policy(mode, detector=DetectorConfig(mode=detector), groups=[kids])
    if special is not None:
        expected = special
    elif detector in {OFF, SHADOW}:
        expected = detector
    elif own is not None:
        expected = own
    else:
        expected = detector if detector is not None else mode
    assert decide(of).action is expected
    assert of.mode("threat_intel", "kids") is expected
    everyone = detector if detector is not None else mode
    assert decide(of, "203.0.113.1").action is everyone
    assert of.mode("threat_intel") is everyone
    assert of.active("threat_intel") is not (expected is OFF and everyone is OFF)


def test_a_finding_that_is_off_is_not_told() -> None:
    assert decide(policy(OFF)) == Verdict()


def test_the_worst_of_several_decides_and_all_are_told() -> None:
    of = policy(
        detectors={"threat_intel": DetectorConfig(mode=SHADOW), "dark_web": DetectorConfig(mode=BLOCK)},
    )
    odd = replace(FOUND, slug="random_domain")
    dark = replace(FOUND, slug="dark_web")
    verdict = decide(of, "192.0.2.7", "x.evil.example", FOUND, dark, odd)
    assert verdict.action is BLOCK
    assert verdict.told == ((FOUND, SHADOW), (dark, BLOCK), (odd, ALERT))


def test_a_configured_severity_replaces_the_detector_s() -> None:
    verdict = decide(policy(detector=DetectorConfig(severity=Severity.HIGH)))
    assert [finding.severity for finding, _ in verdict.told] == [Severity.HIGH]
    assert decide(policy()).told == ((FOUND, ALERT),)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("good.example", "good.example"),
        ("a.b.good.example", "good.example"),
        ("notgood.example", ""),
        ("example", ""),
        ("good.example.com", ""),
        (r"a\.good.example", ""),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("x.wild.example", "wild.example"),
        ("", ""),
    ],
)
def test_allow_wins_over_block(name: str, by: str) -> None:
    of = policy(BLOCK, allow=["Good.Example.", "bücher.example", "*.wild.example"])
    verdict = decide(of, "192.0.2.7", name)
    assert (verdict.allowed_by, verdict.action) == (by, OFF if by else BLOCK)
    assert bool(verdict.told) is not bool(by)
    assert of.allowed(name) == by


def test_a_group_s_allow_holds_for_that_group_only() -> None:
    lab = GroupConfig(name="lab", clients=("192.0.2.0/24",), allow=("evil.example",))
    of = policy(BLOCK, allow=["good.example"], groups=[lab])
    assert decide(of) == Verdict(group="lab", allowed_by="evil.example")
    assert decide(of, "192.0.2.7", "x.good.example").allowed_by == "good.example"
    assert decide(of, "198.51.100.1").action is BLOCK
    assert (of.allowed("evil.example", "lab"), of.allowed("evil.example")) == ("evil.example", "")


def test_an_allowed_cname_target_is_no_finding_but_others_are() -> None:
    of = policy(BLOCK, allow=["cdn.evil.example"])
    led = replace(FOUND, subject="a.cdn.evil.example")
    assert decide(of, "192.0.2.7", "www.shop.example", led) == Verdict(allowed_by="cdn.evil.example")
    verdict = decide(of, "192.0.2.7", "www.shop.example", led, FOUND)
    assert (verdict.action, verdict.told, verdict.allowed_by) == (BLOCK, ((FOUND, BLOCK),), "cdn.evil.example")


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("192.0.2.7", "host"),
        ("192.0.2.8", "net"),
        ("192.0.3.1", "wide"),
        ("193.0.0.1", ""),
        ("2001:db8:1::1", "six"),
        ("2001:db8:1:1::1", "six-net"),
        ("2001:db9::1", ""),
        ("::1", ""),
        ("198.51.100.9", "mapped"),
    ],
)
def test_the_longest_prefix_decides(client: str, name: str) -> None:
    groups = [
        group("wide", "192.0.0.0/16"),
        group("host", "192.0.2.7"),
        group("net", "192.0.2.0/24"),
        group("six", "2001:db8::/32"),
        group("six-net", "2001:db8:1:1::/64"),
        group("mapped", "::ffff:198.51.100.0/120"),
    ]
    of = policy(groups=groups)
    assert of.group(packed(client)) == name
    assert of.group(packed(client)) == name  # once more, now remembered
    assert decide(of, client).group == name


def test_a_network_of_everyone_is_no_default_for_the_other_family() -> None:
    of = policy(groups=[group("four", "0.0.0.0/0"), group("lan", "10.0.0.0/8")])
    assert [of.group(packed(a)) for a in ("1.2.3.4", "10.1.1.1", "::1")] == ["four", "lan", ""]


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@given(st.data())
def test_groups_agree_with_ipaddress(data: st.DataObject) -> None:
    networks = data.draw(
        st.lists(
            ADDRESSES.flatmap(
                lambda a: st.integers(0, a.max_prefixlen).map(lambda n: ipaddress.ip_network((a, n), strict=False))
            ),
            max_size=8,
            unique=True,
        )
    )
    groups = [group(str(i), str(network)) for i, network in enumerate(networks)]
    of = policy(groups=groups)
    inside = [network[data.draw(st.integers(0, min(network.num_addresses - 1, 1 << 64)))] for network in networks]
    for address in [*inside, data.draw(ADDRESSES)]:
        if address.version == 6 and address.ipv4_mapped:
            continue  # such a client comes as IPv4
        holding = [(n.prefixlen, str(i)) for i, n in enumerate(networks) if address in n]
        assert of.group(address.packed) == max(holding, default=(0, ""))[1]


def test_the_memory_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnsguard.policy.policy.CLIENTS_KEPT", 10)
    of = policy(groups=[group("lan", "10.0.0.0/8")])
    for i in range(100):
        assert of.group(packed(f"10.0.0.{i}")) == "lan"
    assert len(of._known) == 10


def test_what_is_no_network_or_name_is_said() -> None:
    with pytest.raises(ValueError, match=r"group 'kids': '10\.0\.0\.0/40' is no address or CIDR"):
        policy(groups=[group("kids", "10.0.0.0/40")])
    with pytest.raises(ValueError, match="has the character"):
        policy(allow=["no name"])


def test_an_unknown_group_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        policy().mode("threat_intel", "none")


def test_below_its_threshold_a_finding_is_counted_only() -> None:
    weak = Finding(slug="threat_intel", technique="T1071", reason="old", zone="x", score=0.1, threshold=0.2)
    verdict = policy(mode=Mode.BLOCK).decide(packed("192.0.2.7"), "x", [weak])
    assert (verdict.action, verdict.told) == (Mode.SHADOW, ((weak, Mode.SHADOW),))
    assert by_score(Mode.OFF, weak) is Mode.OFF
