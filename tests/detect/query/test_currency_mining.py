import pytest

from dnsguard.detect.query import currency_mining as det
from tests import judged

INTEL = judged.snapshot({"currency_mining": "minergate.com\ncoinhive.example\n"})


@pytest.mark.parametrize(
    "name",
    [
        "xmr-eu1.nanopool.org",
        "eth.f2pool.com",
        "pool.supportxmr.com",
        "POOL.MineXMR.com.",
        "us-west.minexmr.com",
        "de.zephyr.herominers.com",
        "stratum.btc.example.net",
        "xmr.pool.gntl.co.uk",
        "monero.miners.pro",
        "etc-eu1.unheard-pool.example",
        "eu.unheardpool.example",
        "mine.unheardpool.example",
        "zec.unheard-miners.example",
        "xmrpool.example",
        "unheardminingpool.example",
        "xmr.hashvault.example",
        "_stratum._tcp.example.com",
        "_stratum+ssl._tcp.example.com",
    ],
)
def test_names_that_say_mining_pool(name: str) -> None:
    finding = judged.name(det, name)
    assert finding is not None
    assert finding.evidence


@pytest.mark.parametrize(
    "name",
    [
        "0.pool.ntp.org",
        "pool.example.com",
        "f2pool.com",
        "www.f2pool.com",
        "liverpool.example",
        "us.whirlpool.com",
        "mine.example",
        "eth.example.com",
        "bitcoin.org",
        "miner.example",
        "node-xmr.pool-1-0.dynamic.totinternet.net",
        "eth0.pool85-51-61.static.orange.es",
        "whirlpool.sc.omtrdc.net",
        "stratum.nicehash.example",
        "examine.etc.example",
        "pool.dashboard.example",
        "",
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert judged.name(det, name or ".") is None


def test_evidence_has_the_words() -> None:
    finding = judged.name(det, "xmr-eu1.nanopool.org")
    assert finding is not None
    assert (finding.zone, finding.reason) == ("nanopool.org", "name that says mining pool")
    assert finding.evidence == {"coin": ["xmr"], "pool": ["nanopool"], "place": ["eu"]}
    service = judged.name(det, "_stratum._tcp.pool.example.com")
    assert service is not None
    assert (service.reason, service.evidence) == ("name of a stratum service", {"service": ["_stratum", "_tcp"]})


def test_a_listing_is_the_better_evidence() -> None:
    finding = judged.name(det, "xmr.pool.minergate.com", INTEL)
    assert finding is not None
    assert (finding.evidence["matched"], finding.zone) == ("minergate.com", "minergate.com")
    assert judged.name(det, "x.coinhive.example", INTEL) is not None
    assert judged.name(det, "coinhive.com", INTEL) is None
