"""The upstream is away, slow, or lies."""

import pytest

from tests import ask, upstream_fake
from tests.lab import Dnsguard, Lab, eventually, free_port
from tests.upstream_fake import FakeUpstream

SHORT = {"timeout": "1s", "probe": "200ms"}


@pytest.fixture
def port() -> int:
    return free_port()


def test_upstream_gone_and_back(lab: Lab, port: int) -> None:
    lab.nsd(port)
    guard = lab.dnsguard(port, upstream=SHORT, cache={"failure_ttl": "1s"})
    first = guard.ask("ttl1.example.net")
    guard.ask("ttl86400.example.net")
    lab.processes["nsd"].stop()

    def stale() -> bool:
        """Says so (RFC 8914 section 4.4)."""
        return 3 in ask.errors(guard.ask("ttl1.example.net"))

    eventually(stale, "a stale answer")
    assert ask.addresses(guard.ask("ttl1.example.net")) == ask.addresses(first)
    assert ask.addresses(guard.ask("ttl86400.example.net"))  # unexpired, so nobody need be asked
    unknown = guard.ask("unknown.com")
    assert ask.rcode(unknown) == "SERVFAIL"
    assert set(ask.errors(unknown)) & {22, 23}
    eventually(lambda: not guard.report["upstreams"][0]["healthy"], "/readyz says so")

    lab.nsd(port)
    eventually(lambda: ask.rcode(guard.ask("unknown.com")) == "NOERROR", "resolves again")
    eventually(lambda: not stale(), "fresh answers again")


def test_second_server_takes_over(lab: Lab, nsd: int, port: int) -> None:
    guard = lab.dnsguard(port, upstream={"servers": [f"127.0.0.1:{port}", f"127.0.0.1:{nsd}"]})
    for i in range(20):
        assert ask.addresses(guard.ask(f"other{i}.com")) == ["192.0.2.1"]


def test_slow_server_is_passed_by(lab: Lab, nsd: int) -> None:
    with FakeUpstream(reply=lambda _: []) as silent:
        guard = lab.dnsguard(nsd, upstream={"servers": [f"127.0.0.1:{silent.port}", f"127.0.0.1:{nsd}"]})
        for i in range(10):
            assert ask.rcode(guard.ask(f"slow{i}.com")) == "NOERROR"
        assert silent.queries


def test_forged_answers_are_not_taken(lab: Lab) -> None:
    """Wrong id, wrong question, then the true answer: only the last may reach client and cache."""

    def reply(query: bytes) -> list[bytes]:
        true = upstream_fake.address(query)
        forged = true[:-4] + bytes([203, 0, 113, 66])
        other_id = (int.from_bytes(forged[:2]) ^ 1).to_bytes(2) + forged[2:]
        other_name = forged[:13] + bytes([forged[13] ^ 1]) + forged[14:]
        return [other_id, other_name, forged[:20], b"", true]

    with FakeUpstream(reply) as upstream:
        guard = lab.dnsguard(upstream.port)
        for i in range(20):
            for _ in range(2):
                assert ask.addresses(guard.ask(f"true{i}.com")) == ["192.0.2.1"]


def test_equal_questions_wait_for_one_answer(lab: Lab) -> None:
    with FakeUpstream(delay=0.15) as upstream:
        guard = lab.dnsguard(upstream.port)
        with ask.Load(guard.port, ["same.com"] * 50, sources=["127.0.0.2", "127.0.0.3"], rate=1000) as load:
            eventually(lambda: len(load.answered) == 50, "all are answered")
        assert sum(b"\4same\3com" in query.lower() for query in upstream.queries) == 1


def test_ids_and_ports_are_not_guessable(lab: Lab) -> None:
    with FakeUpstream() as upstream:
        guard = lab.dnsguard(upstream.port)
        for i in range(100):
            guard.ask(f"id{i}.com")
        ids = {query[:2] for query in upstream.queries}
        assert len(ids) >= 95


@pytest.mark.parametrize("name", ["localhost", "printer.local", "x.onion", "y.test", "1.1.168.192.in-addr.arpa"])
def test_special_names_stay_home(lab: Lab, name: str) -> None:
    with FakeUpstream() as upstream:
        guard: Dnsguard = lab.dnsguard(upstream.port)
        guard.ask(name)
        label = name.split(".", 1)[0].encode()
        assert not [query for query in upstream.queries if label in query]
