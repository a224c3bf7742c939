import pytest

from dnsguard.detect.query import dark_web as det
from dnsguard.intel.snapshot import EMPTY
from tests import judged

V3 = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad"


@pytest.mark.parametrize(
    ("name", "network"),
    [
        (f"{V3}.onion", "Tor"),
        (f"WWW.{V3.upper()}.Onion.", "Tor"),
        ("x.onion", "Tor"),
        ("example.com.relay.exit", "Tor"),
        ("stats.i2p", "I2P"),
        ("shx5vqsw7usdaunyzr2qmes2fq37oumybpudrd4jjj4e4vk4uusa.b32.i2p", "I2P"),
        ("blocks.loki", "Lokinet"),
        ("55fxd8stjrt9r6rgbftx4eesy97d9gd5ukx8xhzq8x9bhzfhhwpo.snode", "Lokinet"),
    ],
)
def test_any_name_inside_a_network(name: str, network: str) -> None:
    finding = judged.name(det, name)
    assert finding is not None
    assert (finding.evidence["network"], finding.score) == (network, 1.0)


@pytest.mark.parametrize("name", ["", "com", "onion", "loki", "onion.com", "onion.ly", "i2p.net", r"x\.onion"])
def test_ordinary_names(name: str) -> None:
    assert judged.name(det, name or ".") is None


@pytest.mark.parametrize(
    ("name", "kind", "address"),
    [
        (f"www.{V3}.onion", "version 3, checksum valid", f"{V3}.onion"),
        (f"{V3[:-2]}bd.onion", "invalid: version 3 by its length, but the checksum is wrong", f"{V3[:-2]}bd.onion"),
        ("3g2upl4pq6kufc4m.onion", "version 2, retired in 2021", "3g2upl4pq6kufc4m.onion"),
        ("facebook.onion", "invalid: 8 characters, an address has 56", "facebook.onion"),
    ],
)
def test_the_address_is_verified_and_told(name: str, kind: str, address: str) -> None:
    finding = judged.name(det, name)
    assert finding is not None
    assert finding.evidence == {"network": "Tor", "address": address, "onion": kind}
    assert finding.zone == address


def test_listed_names() -> None:
    intel = judged.snapshot({"dark_web": "torproject.org\n"})
    finding = judged.name(det, "bridges.torproject.org", intel)
    assert finding is not None
    assert (finding.zone, finding.evidence["matched"]) == ("torproject.org", "torproject.org")
    assert judged.name(det, "torproject.org", EMPTY) is None
