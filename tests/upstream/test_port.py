"""A port and a server's socket, no event loop: RFC 5452 section 9.2, point by point."""

import contextlib
import errno
import os
import socket

import pytest

from dnsguard.errors import UpstreamError
from dnsguard.upstream import port as module
from dnsguard.upstream.port import MAX_FORGED, MAX_LIFE, MIN_LIFE, Port, mix_case
from dnsguard.upstream.servers import parse_server
from tests.upstream.questions import name, pending, reply


@pytest.fixture
def server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


@pytest.fixture
def open_port(server):
    with contextlib.ExitStack() as stack:

        def make(now=0.0, *, exact_case=False):
            port = Port(parse_server(f"127.0.0.1:{server.getsockname()[1]}"), now, exact_case=exact_case)
            stack.callback(port.close)
            return port

        yield make


@pytest.fixture
def port(open_port):
    return open_port()


def asked(server, number=1):
    """What the server gets: packets, and who sent the last."""
    packets, peer = [], None
    for _ in range(number):
        packet, peer = server.recvfrom(4096)
        packets.append(packet)
    return packets, peer


def taken(port):
    """What may be believed of what has come, with the times of asking."""
    found, times = [], []
    port.receive(lambda batch, since: (found.extend(batch), times.append(since)))
    return found, times


def test_a_question_goes_out_and_its_answer_is_taken_once(port, server):
    one = pending()
    port.ask([one], 7.5)
    (packet,), peer = asked(server)
    assert packet[2:] == one.tail
    answer = reply(packet)
    for _ in range(2):
        server.sendto(answer, peer)
    assert taken(port) == ([(one, answer)], [7.5])
    assert not port.asked
    # the second one is no forgery: networks double packets
    assert (port.rejected, port.forged) == (1, 0)


def forgeries(packet):
    other_id = (int.from_bytes(packet[:2]) ^ 0x0101).to_bytes(2)
    question = reply(packet)[12:]
    return {
        "id": reply(packet, identity=other_id),
        "no response": reply(packet, qr=False),
        "opcode": reply(packet)[:2] + b"\x89" + reply(packet)[3:],
        "name": reply(packet, question=question.replace(b"example", b"exbmple")),
        "type": reply(packet, question=question[:-4] + b"\0\x1c\0\1"),
        "class": reply(packet, question=question[:-1] + b"\3"),
        "two questions": reply(packet, questions=2),
        "many questions": reply(packet)[:4] + b"\1\1" + reply(packet)[6:],
        "no question": reply(packet, questions=0, question=b""),
        "cut in the question": reply(packet)[:-1],
        "header only": reply(packet)[:12],
        "three bytes": packet[:2] + b"\x81",
        "id only": packet[:2],
        "one byte": packet[:1],
        "nothing": b"",
    }


@pytest.mark.parametrize("kind", forgeries(bytes(12) + b"\1a\7example\0\0\1\0\1"))
@pytest.mark.parametrize("late", [False, True])
def test_what_may_not_be_believed(port, server, kind, late):
    one = pending()
    port.ask([one], 0)
    (packet,), peer = asked(server)
    if late:
        assert port.overdue(1, 9) == [one]
    server.sendto(forgeries(packet)[kind], peer)
    assert taken(port) == ([], [])
    assert port.rejected == 1
    sent = forgeries(packet)[kind]
    assert port.strange == ([(one, sent)] if sent[:2] == packet[:2] else [])
    server.sendto(reply(packet), peer)
    assert taken(port) == ([(one, reply(packet))], [0])


def test_of_many_that_are_no_answer_a_few_are_kept(port, server):
    port.ask([pending()], 0)
    (packet,), peer = asked(server)
    for _ in range(3 * module.MAX_STRANGE):
        server.sendto(forgeries(packet)["name"], peer)
    while port.rejected < 3 * module.MAX_STRANGE:
        taken(port)
    assert len(port.strange) == module.MAX_STRANGE


def test_another_port_or_address_is_not_heard(port, server):
    port.ask([pending()], 0)
    (packet,), peer = asked(server)
    for source in (("127.0.0.1", 0), ("127.0.0.2", server.getsockname()[1])):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(source)
            other.sendto(reply(packet), peer)
    assert taken(port) == ([], [])
    assert len(port.asked) == 1


@pytest.mark.parametrize("rcode", [1, 2, 4, 5])
def test_a_bare_error_is_handed_on(port, server, rcode):
    """RFC 6891 section 7: servers that can't read EDNS may say FORMERR and nothing else."""
    one = pending()
    port.ask([one], 0)
    (packet,), peer = asked(server)
    bare = reply(packet, rcode=rcode, questions=0, question=b"")
    server.sendto(bare, peer)
    assert taken(port) == ([(one, bare)], [0])


def test_letter_case_does_not_count_unless_it_was_made_random(open_port, server):
    for exact in (False, True):
        port, one = open_port(exact_case=exact), pending("www.example")
        port.ask([one], 3)
        (packet,), peer = asked(server)
        other = reply(packet, question=b"\3wWw" + reply(packet)[16:])
        server.sendto(other, peer)
        found, _ = taken(port)
        if exact:
            assert not found
            assert (port.rejected, port.forged) == (1, 1)
            assert port.doubted == [one]  # not dropped: some servers change the case
        else:
            assert found == [(one, other)]
            assert port.doubted == []


def test_random_case():
    one = pending("abcdefghijklmnopqrstuvwxyz-0123456789.example")
    before, plain = one.tail, one.question
    mix_case(one)
    assert one.question != plain
    assert one.question.lower() == plain
    assert one.tail.lower() == before.lower()
    assert one.question in one.tail
    assert one.question[-4:] == plain[-4:]
    seen = {name(b"\0\0" + one.tail)}
    for _ in range(20):
        mix_case(one)
        seen.add(name(b"\0\0" + one.tail))
    assert len(seen) > 15


def test_ids_are_random_and_never_twice_under_way(port, server, monkeypatch):
    # the first block repeats ids that are under way as asked, then as late
    blocks = [b"aabb", b"aabbccaa", b"ccddeeff"]
    monkeypatch.setattr(module.os, "urandom", lambda _: blocks.pop(0))
    first = [pending(f"a{i}.example") for i in range(2)]
    port.ask(first, 0)
    port.overdue(0, 1)
    port.ask([pending("b.example")], 1)
    port.ask([pending("c.example"), pending("d.example")], 1)
    assert [packet[:2] for packet in asked(server, 5)[0]] == [b"aa", b"bb", b"cc", b"dd", b"ee"]


def test_real_ids_spread_over_the_whole_range(port, server):
    port.ask([pending(f"n{i}.example") for i in range(100)], 0)
    ids = [int.from_bytes(packet[:2]) for packet in asked(server, 100)[0]]
    assert len(set(ids)) == 100
    assert min(ids) < 0x2000
    assert max(ids) > 0xE000
    assert ids != sorted(ids)


def test_source_ports_spread_over_the_whole_range(open_port):
    ports = [open_port().sock.getsockname()[1] for _ in range(100)]
    assert min(ports) >= 1024
    # below and above Linux's own range for outgoing ports, 32768 to 60999
    assert min(ports) < 10000
    assert max(ports) > 61000
    assert len(set(ports)) == 100


def test_life_is_drawn_for_each_port(open_port):
    ends = {open_port(100.0).retire_at for _ in range(20)}
    assert len(ends) > 10
    assert all(100 + MIN_LIFE <= end <= 100 + MAX_LIFE for end in ends)


def test_taken_ports_are_stepped_over(server, monkeypatch):
    target = parse_server(f"127.0.0.1:{server.getsockname()[1]}")
    with module.open_socket(target) as one:
        taken_port = one.getsockname()[1]
        draws = [taken_port, taken_port, 0]
        monkeypatch.setattr(module._random, "randrange", lambda *_: draws.pop(0), raising=False)
        with module.open_socket(target) as two:
            assert two.getsockname()[1] not in {0, taken_port}
            assert not draws
        draws = [taken_port] * 100
        with module.open_socket(target) as three:  # the kernel's own choice
            assert three.getsockname()[1] not in {0, taken_port}


def test_more_than_fits_is_refused(port, server, monkeypatch):
    port.ask([pending("a.example"), pending("b.example")], 0)
    some = [pending() for _ in range(module.MAX_ASKED - 1)]
    with pytest.raises(UpstreamError, match="too many"):
        port.ask(some, 0)
    assert len(port.asked) == 2
    # what others have answered makes room
    for one in port.overdue(0, 9):
        one.done = True
    port.tidy()
    assert not port.late


def test_overdue_is_told_once_in_order_and_may_still_be_answered(port, server):
    some = [pending(f"p{i}.example") for i in range(5)]
    for i, one in enumerate(some):
        port.ask([one], float(i))
    some[1].done = True
    assert port.overdue(-1, 9) == []
    assert port.overdue(2, 9) == [some[0], some[2]]
    assert port.overdue(2, 9) == []
    assert port.overdue(9, 1) == [some[3]]
    assert port.overdue(9, 9) == [some[4]]
    packets, peer = asked(server, 5)
    some[0].asked_at = 40.0  # elsewhere
    server.sendto(reply(packets[0]), peer)
    server.sendto(reply(packets[1]), peer)
    # the time of asking here is what tells how quick the server is; who is done is forgotten and no forgery
    assert taken(port) == ([(some[0], reply(packets[0]))], [0.0])
    assert (port.rejected, port.forged) == (1, 0)


def test_tidy_forgets_only_what_is_done(port, server):
    some = [pending(f"p{i}.example") for i in range(3)]
    port.ask(some, 0)
    port.overdue(0, 9)
    some[1].done = True
    port.tidy()
    assert [one for one, _ in port.late.values()] == [some[0], some[2]]


def test_many_overdue_come_some_at_a_time(port):
    some = [pending() for _ in range(5000)]
    for i, one in enumerate(some):
        port.asked[i.to_bytes(2)] = one
        one.asked_at = float(i)
    told = []
    while found := port.overdue(1e9, 1000):
        assert len(found) == 1000
        told += found
    assert told == some


def test_forgeries_are_told_from_what_came_twice_or_too_late(port, server):
    packets = []
    for _ in range(6):
        port.ask([pending(f"p{i}.example") for i in range(100)], 0)
        some, peer = asked(server, 100)
        for packet in some:
            server.sendto(reply(packet), peer)
        packets += some
        while port.asked:
            taken(port)
    for packet in packets[:100]:
        server.sendto(reply(packet), peer)
    while port.rejected < 100:
        taken(port)
    assert port.forged == 0
    used = {packet[:2] for packet in packets}
    unused = [i.to_bytes(2) for i in range(3000) if i.to_bytes(2) not in used]
    for identity in unused[:100]:
        server.sendto(reply(packets[0], identity=identity), peer)
    while port.rejected < 200:
        taken(port)
    assert MAX_FORGED < port.forged <= 100  # one in a hundred is among those drawn and not yet given


def test_a_flood_does_not_hold_up_the_others(port, server):
    port.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    port.ask([pending()], 0)
    (packet,), peer = asked(server)
    waiting = module.ROUNDS * module.BATCH + 100
    for _ in range(waiting):
        server.sendto(b"xx", peer)
    taken(port)
    assert port.rejected <= module.ROUNDS * module.BATCH < waiting
    server.sendto(reply(packet), peer)
    found = []
    while not found:
        found, _ = taken(port)


def test_nobody_listens(port, server):
    port.ask([pending()], 0)
    (packet,), peer = asked(server)
    server.sendto(reply(packet), peer)
    server.close()
    port.ask([pending("b.example")], 0)
    found, _ = taken(port)
    # what came before is taken, and then the port is of no use
    assert len(found) == 1
    assert port.lost == os.strerror(errno.ECONNREFUSED)


def test_a_refusal_met_while_asking_is_told_as_well(port, server):
    port.ask([pending()], 0)
    asked(server)
    server.close()
    for i in range(3):
        port.ask([pending(f"b{i}.example")], 0)
    taken(port)
    assert port.lost


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENOBUFS])
def test_no_socket_to_be_had(server, monkeypatch, code):
    def none(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module.socket, "socket", none)
    with pytest.raises(OSError, match=os.strerror(code)):
        module.open_socket(parse_server("192.0.2.1"))


def test_no_way_to_the_server_leaves_no_socket_open(server):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterdir would hold one open
    with pytest.raises(PermissionError):
        module.open_socket(parse_server("255.255.255.255"))  # broadcasting needs a permission we do not ask for
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        try:
            server.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = Port(parse_server(f"[::1]:{server.getsockname()[1]}"), 0, exact_case=False)
        one = pending()
        port.ask([one], 0)
        (packet,), peer = asked(server)
        server.sendto(reply(packet), peer)
        assert taken(port) == ([(one, reply(packet))], [0])
        port.close()
        assert port.sock.fileno() == -1
