"""What a client gets is what the upstream said, over every way to ask."""

import socket
import struct
from collections.abc import Iterator

import pytest

from tests import ask, zones
from tests.bench import equal
from tests.lab import Dnsguard, Lab, eventually

QUESTIONS = [
    *((f"{rtype.lower()}.types.example.net", rtype) for rtype in zones.TYPES),
    ("www.heise.de", "A"),
    ("www.heise.de", "AAAA"),
    ("www.heise.de", "SRV"),  # NODATA from a wildcard
    ("nothing.example.net", "A"),  # NXDOMAIN
    ("empty.example.net", "A"),  # NODATA
    ("c.deep.example.net", "A"),  # an empty non-terminal
    ("chain0.example.net", "A"),
    ("loop1.example.net", "A"),
    ("dangling.example.net", "A"),
    ("x.y.moved.example.net", "A"),
    ("many.example.net", "A"),
    ("8.8.8.8.in-addr.arpa", "PTR"),
    (".", "NS"),
    ("www.signed.example.net", "A"),
    ("nothing.signed.example.net", "A"),
    ("a.wild.signed.example.net", "A"),
    ("signed.example.net", "DNSKEY"),
]


@pytest.fixture(scope="module")
def guard(module_lab: Lab, nsd: int) -> Dnsguard:
    # random octets are an anomaly, and would be answered here
    return module_lab.dnsguard(nsd, mode="alert")


@pytest.mark.parametrize("how", [{}, {"edns": False}, {"do": True}, {"tcp": True}, {"tcp": True, "do": True}], ids=str)
def test_answers_are_the_upstreams(guard: Dnsguard, nsd: int, how: dict[str, bool]) -> None:
    for name, rtype in QUESTIONS:
        upstream, first, cached = ask.ask(nsd, name, rtype, **how), *(guard.ask(name, rtype, **how) for _ in range(2))
        for answer in (first, cached):
            assert ask.rcode(answer) == ask.rcode(upstream), name
            assert (answer.flags ^ upstream.flags) & equal.COMPARED_FLAGS == 0, name
            if not upstream.flags & ask.dns.flags.TC:
                assert ask.records(answer) == ask.records(upstream), name


def test_random_questions(guard: Dnsguard, nsd: int) -> None:
    differences, _ = equal.run(4000, seed=7, upstream_port=nsd, dnsguard_port=guard.port)
    assert [str(difference) for difference in differences] == []


@pytest.mark.parametrize("how", [["+dnssec"], ["+tcp"], ["+noedns"], ["+dnssec", "+tcp", "+cd"]], ids=str)
def test_kdig_sees_no_difference(guard: Dnsguard, nsd: int, how: list[str]) -> None:
    for name, rtype in (("chain0.example.net", "A"), ("txt.types.example.net", "TXT"), ("www.signed.example.net", "A")):
        assert ask.kdig(guard.port, name, rtype, "+nottl", *how) == ask.kdig(nsd, name, rtype, "+nottl", *how)


def test_large_answer_says_truncated_and_is_whole_over_tcp(guard: Dnsguard) -> None:
    cut = guard.ask("big.example.net", "TXT", size=4096)
    assert cut.flags & ask.dns.flags.TC
    assert len(cut.to_wire()) <= 4096
    assert len(guard.ask("big.example.net", "TXT", tcp=True).answer[0]) == 20


def test_no_answer_is_larger_than_the_client_takes(guard: Dnsguard) -> None:
    assert guard.ask("many.example.net", edns=False).flags & ask.dns.flags.TC
    assert not guard.ask("many.example.net", size=1232).flags & ask.dns.flags.TC


def test_question_comes_back_as_it_was_written(guard: Dnsguard) -> None:
    for name in ("WwW.MiXeD.Com.", "www.mixed.com.", "WWW.MIXED.COM."):
        assert guard.ask(name).question[0].name.to_text() == name


def test_cached_ttl_ages(guard: Dnsguard) -> None:
    def ttl() -> int:
        return int(guard.ask("ttl30.example.net").answer[0].ttl)

    first = ttl()
    assert first <= 30
    eventually(lambda: ttl() < first, "a lower TTL")


def test_pipelined_over_one_connection(guard: Dnsguard) -> None:
    numbers = range(1, 301)
    packets = (ask.packet(number, f"pipe{number}.com") for number in numbers)
    with socket.create_connection(("127.0.0.1", guard.port), timeout=10) as sock:
        sock.sendall(b"".join(struct.pack("!H", len(packet)) + packet for packet in packets))
        assert sorted(number for number, _ in frames(sock, len(numbers))) == list(numbers)


def frames(sock: socket.socket, count: int) -> Iterator[tuple[int, bytes]]:
    """Id and message of `count` answers on a connection."""
    with sock.makefile("rb") as file:
        for _ in range(count):
            message = file.read(struct.unpack("!H", file.read(2))[0])
            yield int.from_bytes(message[:2]), message


def test_edns_version_of_the_future(guard: Dnsguard) -> None:
    query = ask.dns.message.make_query("www.heise.de", "A", use_edns=1)
    assert ask.rcode(ask.dns.query.udp(query, "127.0.0.1", 5, guard.port)) == "BADVERS"


@pytest.mark.parametrize(("header", "rcode"), [(b"\x10\0\0\1\0\0\0\0\0\0", 4), (b"\x01\0\0\5\0\0\0\0\0\0", 1)])
def test_what_it_does_not_speak(guard: Dnsguard, header: bytes, rcode: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(b"\7\7" + header + b"\3www\5heise\2de\0\0\1\0\1", ("127.0.0.1", guard.port))
        answer = sock.recv(512)
    assert answer[:2] == b"\7\7"
    assert answer[3] & 15 == rcode


def test_a_response_gets_no_response(guard: Dnsguard) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        response, query = (ask.packet(number, "www.heise.de") for number in (1, 2))
        sock.sendto(response[:2] + b"\x81\x80" + response[4:], ("127.0.0.1", guard.port))
        sock.sendto(query, ("127.0.0.1", guard.port))
        assert sock.recv(512)[:2] == b"\0\2"  # the only answer is the query's


def test_many_equal_questions_are_one_upstream_question(guard: Dnsguard) -> None:
    before = guard.metric("dnsguard_queries_total")
    for _ in range(5):
        assert ask.addresses(guard.ask("counted.com")) == ["192.0.2.1"]
    eventually(lambda: guard.metric("dnsguard_queries_total") >= before + 5, "all five are counted")
