"""Real sockets on loopback; every address of 127.0.0.0/8 is a client."""

import select
import socket

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub import sockets

CLIENTS = [f"127.0.{i}.{j}" for i in (0, 9) for j in range(1, 40)]


@pytest.fixture
def bind():
    made = []

    def make(*args, **kwargs):
        made.extend(bound := sockets.bind(*args, **kwargs))
        return bound

    yield make
    for one in made:
        one.close()


def port(bound):
    return int(bound.address.rpartition(":")[2])


def readers(socks, timeout=1.0):
    ready, _, _ = select.select(socks, [], [], timeout)
    return [socks.index(sock) for sock in ready]


def asked_over_udp(bound, client, source_port=0):
    """Which worker's socket gets the packet."""
    with socket.socket(bound.udp[0].family, socket.SOCK_DGRAM) as sock:
        sock.bind((client, source_port))
        sock.sendto(b"x", bound.udp[0].getsockname()[:2])
        (worker,) = readers(bound.udp)
        assert bound.udp[worker].recv(10) == b"x"
        return worker


def asked_over_tcp(bound, client):
    with socket.socket(bound.tcp[0].family) as sock:
        sock.bind((client, 0))
        sock.connect(bound.tcp[0].getsockname()[:2])
        (worker,) = readers(bound.tcp)
        bound.tcp[worker].accept()[0].close()
        return worker


@pytest.mark.parametrize("asked", [asked_over_udp, asked_over_tcp])
def test_all_packets_of_one_client_reach_one_worker(bind, asked):
    (bound,) = bind(["127.0.0.1:0"], 3)
    assert sockets.steer([bound])
    seen = {client: {asked(bound, client) for _ in range(4)} for client in CLIENTS}
    assert all(len(workers) == 1 for workers in seen.values())
    assert set.union(*seen.values()) == {0, 1, 2}


@pytest.mark.parametrize("asked", [asked_over_udp, asked_over_tcp])
def test_steering_over_ipv6(bind, asked):
    try:
        (bound,) = bind(["[::1]:0"], 4)
    except DnsguardError:
        pytest.skip("no IPv6 loopback on this machine")
    assert sockets.steer([bound])
    # ::1 folds to 1, and 1 modulo 4 is 1
    assert {asked(bound, "::1") for _ in range(10)} == {1}


def test_a_shift_leaves_out_the_workers_that_drain(bind):
    (old,) = bind(["127.0.0.1:0"], 2)
    sockets.steer([old])
    (new,) = bind([old.address], 2, beside=True)
    sockets.steer([new], shift=2)
    for client in CLIENTS:
        asked_over_udp(new, client)
        asked_over_tcp(new, client)
    old.close()
    sockets.steer([new])
    assert {asked_over_udp(new, client) for client in CLIENTS} == {0, 1}


def test_packets_wait_for_the_next_worker(bind):
    (bound,) = bind(["127.0.0.1:0"], 1)
    worker = bound.udp[0].dup()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"first", ("127.0.0.1", port(bound)))
        worker.close()  # as its death does
        assert bound.udp[0].recv(10) == b"first"


def test_udp_and_tcp_share_the_port_that_was_found_free(bind):
    (bound,) = bind(["127.0.0.1:0"], 2)
    ports = {sock.getsockname()[1] for sock in (*bound.udp, *bound.tcp)}
    assert ports == {port(bound)}
    assert sockets.descriptors([bound], 1) == ([bound.udp[1].fileno()], [bound.tcp[1].fileno()])


def test_a_taken_port_is_an_error_that_says_what_to_do(bind):
    (bound,) = bind(["127.0.0.1:0"], 1)
    with pytest.raises(DnsguardError, match=rf"another program.*sport = :{port(bound)}.*listen\.dns"):
        bind([bound.address], 1)
    bind([bound.address], 1, beside=True)


def test_a_foreign_address_is_an_error_and_closes_what_was_bound(bind):
    with pytest.raises(DnsguardError, match=r"192\.0\.2\.1:0: no interface"):
        bind(["127.0.0.1:0", "192.0.2.1:0"], 1)


def test_a_missing_privilege_is_explained():
    assert "CAP_NET_BIND_SERVICE" in sockets.explain("127.0.0.1:53", PermissionError(13, "Permission denied"))


@pytest.mark.parametrize("text", ["", "127.0.0.1", "::1:53", "[::1]", "localhost:53", "127.0.0.1:65536", "1.2.3.4:x"])
def test_wrong_addresses_say_what_would_be_right(text):
    with pytest.raises(ValueError, match=r'write "127\.0\.0\.1:53"'):
        sockets.parse_address(text)


def test_wildcards_ask_for_the_address_a_query_came_to(bind):
    (bound,) = bind(["0.0.0.0:0"], 1)
    assert bound.udp[0].getsockopt(socket.IPPROTO_IP, 8) == 1
