import random

import pytest

from dnsguard.detect import tunnel
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import data_obfuscation as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.wire.query import Query
from tests import senders


def run(names: list[str], every: float = 1.0) -> list[Finding]:
    context = Context(det.Config(), EMPTY, Memory())
    found = []
    for i, name in enumerate(names):
        query = Query.of(name, time=1_700_000_000.0 + i * every)
        cued = tunnel.Encoded(context).wakes(query)
        finding = det.inspect(query, context)
        assert cued or finding is None
        if finding is not None:
            found.append(finding)
    return found


@pytest.mark.parametrize(("encoding", "codec"), [("hex", "hex"), ("base32", "base32"), ("base64", "base64")])
def test_encodings_are_recognised(encoding: str, codec: str) -> None:
    names = [query.name for query, _ in senders.send(200, encode=senders.ENCODINGS[encoding], chunk=30, seconds=4)]
    found = run(names)
    assert found
    assert found[-1].evidence["encoding"] == codec
    assert found[-1].zone == "tunnel.example"


def test_dns2tcp_s_own_words_need_no_second_query() -> None:
    found = run(["aaaaah7wqa.=auth.tunnel.example"])
    assert [finding.evidence["tool"] for finding in found] == ["dns2tcp"]


def test_dnscat2_s_header_is_recognised() -> None:
    dice = random.Random(2)
    names = [
        f"{dice.randrange(65536):04x}01beef{i:04x}{dice.randrange(65536):04x}{dice.randbytes(20).hex()}.t.example"
        for i in range(20)
    ]
    found = run(names)
    assert found[-1].evidence["tool"] == "dnscat2"
    # type and session stand still, and so does the upper half of a counter that is small
    assert found[-1].evidence["fields"] == ["4-11 constant", "10-13 counts up"]


def test_host_names_are_no_code() -> None:
    names = [f"{senders.words(bytes([i, 255 - i]))}.shop.example" for i in range(120)]
    assert run(names) == []


@pytest.mark.parametrize("config", [{"hour": 127}, {"day": 1}, {"names": 2}, {"names": 17}])
def test_config_errors_name_their_key(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(config))):
        det.Config(**config)  # type: ignore[arg-type]


@pytest.mark.parametrize(("again", "finds"), [(0, True), (1, True), (12, False)])
def test_names_that_clients_ask_for_again_are_hosts(again: int, finds: bool) -> None:
    # devices whose names are hashes: each asks for its own, whenever its answer is no longer kept
    dice = random.Random(4)
    context = Context(det.Config(), EMPTY, Memory())
    cue = tunnel.Encoded(context)
    hosts = [f"{senders.hexed(dice.randbytes(16))}.devices.example" for _ in range(60)]
    asked = [
        (300.0 * device + 310.0 * turn, device, host) for device, host in enumerate(hosts) for turn in range(again + 1)
    ]
    found = False
    for at, device, name in sorted(asked):
        query = Query.of(name, client=f"192.0.2.{device + 1}", time=1_700_000_000.0 + at)
        found |= cue.wakes(query) and det.inspect(query, context) is not None
    assert found is finds
