import random

import pytest

from dnsguard.detect.query import dark_web_proxy as det
from tests import judged
from tests.detect.test_onion import made

V3 = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad"
INTEL = judged.snapshot({"dark_web_proxy": "onion.ly\n"})


@pytest.mark.parametrize("suffix", ["example", "onion.unheard-of.example", "a.b.c.co.uk", "ws", "xn--p1ai"])
@pytest.mark.parametrize("seed", range(10))
def test_an_address_under_any_suffix_needs_no_list(suffix: str, seed: int) -> None:
    address = made(seed)
    for name in (f"{address}.{suffix}", f"www.{address.upper()}.{suffix}."):
        finding = judged.name(det, name)
        assert finding is not None
        assert finding.evidence == {"address": f"{address}.onion", "onion": "version 3, checksum valid"}
        assert finding.reason == "name with an onion address in it"


def test_labels_of_that_length_are_no_addresses() -> None:
    dice = random.Random(1)
    for _ in range(5000):
        label = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=56))
        assert judged.name(det, f"{label}.example") is None
    assert judged.name(det, f"{V3[:-1]}a.example") is None
    assert judged.name(det, f"x{V3}.example") is None


@pytest.mark.parametrize("name", [f"{V3}.onion", f"www.{V3}.onion", f"{V3}.i2p"])
def test_a_name_inside_the_network_is_no_proxy(name: str) -> None:
    assert judged.name(det, name) is None


def test_gateways() -> None:
    finding = judged.name(det, f"www.{V3}.Onion.ly", INTEL)
    assert finding is not None
    assert (finding.zone, finding.evidence["matched"]) == ("onion.ly", "onion.ly")
    assert finding.evidence["address"] == f"{V3}.onion"
    plain = judged.name(det, "onion.ly", INTEL)
    assert plain is not None
    assert "address" not in plain.evidence


def test_a_retired_address_counts_only_below_a_gateway() -> None:
    finding = judged.name(det, "3g2upl4pq6kufc4m.onion.ly", INTEL)
    assert finding is not None
    assert finding.evidence["onion"] == "version 2, retired in 2021"
    assert judged.name(det, "3g2upl4pq6kufc4m.example", INTEL) is None
