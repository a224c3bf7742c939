"""Real worker processes under a hub that the tests play."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import pytest

from dnsguard.detect.memory import Memory
from dnsguard.link import Ack, Drain, Findings, Ready, Refused, Status
from dnsguard.memory_file import MemoryFile
from dnsguard.state.tunnels import Tunnels
from dnsguard.upstream.config import Config
from tests import ask
from tests.fake_hub import Hub
from tests.lab import eventually, free_port
from tests.upstream_fake import FakeUpstream, address

QUICK = "w.FLUSH_EVERY = w.STATUS_EVERY = 0.1"
"""Reports ten times a second."""


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with FakeUpstream() as own:
        yield own


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path) as own:
        yield own


PREPARED = """
from dnsguard import worker
from dnsguard.detect.lookalike import index
from dnsguard.intel import cut, leeway
from dnsguard.models import brands, labels

for _ in worker.prepare():
    pass
for load in (index.index, cut.cut, leeway.busy, leeway.access_networks, brands.table, labels.labels):
    assert load.cache_info().currsize, load
"""


def serve(hub: Hub, *upstreams: int, changes: str = "", **config: object) -> None:
    """Start a worker and wait until it serves."""
    hub.start(changes)
    hub.greet()
    number = hub.configure(*upstreams, **config)  # type: ignore[arg-type]
    assert hub.peer.next(Ready).number == number


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(20)


def test_it_says_who_it_is_and_serves_both_transports(hub: Hub, upstream: FakeUpstream) -> None:
    process = hub.start()
    hello = hub.greet()
    assert (hello.index, hello.pid, hello.epoch) == (0, process.pid, "epoch")
    with pytest.raises(dns.exception.Timeout):
        hub.ask("early.example.net", timeout=0.3)
    number = hub.configure(upstream.port)
    assert hub.peer.next(Ready).number == number
    for tcp in (False, True):
        answer = hub.ask(f"tcp-{tcp}.com", tcp=tcp)
        assert ask.addresses(answer) == ["192.0.2.1"]
    # what came before there was a configuration waited in the kernel
    eventually(lambda: any(b"early" in query for query in upstream.queries), "the early query is asked")
    assert hub.counted("queries_tcp") == 1
    assert hub.counted("queries_udp") == 2
    (server,) = hub.peer.next(Status).upstreams
    assert (server.server, server.healthy, server.names) == (f"127.0.0.1:{upstream.port}", True, "")


@pytest.mark.parametrize("text", ["mode = ", 'mode = "shout"', '[upstream]\nservers = ["quic://192.0.2.1:x"]'])
def test_a_bad_configuration_is_refused_and_the_old_one_holds(hub: Hub, upstream: FakeUpstream, text: str) -> None:
    serve(hub, upstream.port, listed=("bad.com",))
    number = hub.configure(text=text)
    refused = hub.peer.next(Refused)
    assert refused.number == number
    assert refused.error
    assert ask.rcode(hub.ask("bad.com")) == "NXDOMAIN"
    assert ask.addresses(hub.ask("good.com")) == ["192.0.2.1"]


def test_a_first_configuration_that_is_refused_may_be_followed_by_a_good_one(hub: Hub, upstream: FakeUpstream) -> None:
    hub.start()
    hub.greet()
    hub.configure(text="nonsense")
    hub.peer.next(Refused)
    hub.configure(upstream.port)
    hub.peer.next(Ready)
    assert ask.addresses(hub.ask("a.com")) == ["192.0.2.1"]


def test_a_missing_snapshot_is_refused(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port, listed=("bad.com",))
    number = hub.configure(upstream.port, snapshot=hub.folder / "gone")
    assert hub.peer.next(Refused).number == number
    assert ask.rcode(hub.ask("bad.com")) == "NXDOMAIN"


def test_reloads_under_load_lose_no_query(hub: Hub) -> None:
    with FakeUpstream(delay=0.05) as first, FakeUpstream(delay=0.05) as second:
        serve(hub, first.port)
        names = (f"name{i}.com" for i in range(10**6))
        with ask.Load(hub.port, names, rate=500) as load:
            for turn in range(8):
                server = (second, first)[turn % 2]
                number = hub.configure(server.port, listed=(f"bad{turn}.com",), cache={"size": f"{turn + 1}MB"})
                assert hub.peer.next(Ready).number == number
                marks = len(load.answered) + 50
                eventually(lambda marks=marks: len(load.answered) > marks, "it serves on")  # type: ignore[misc]
        assert not load.lost
        assert {code for _, _, code in load.answered} == {0}
        assert first.queries
        assert second.queries
        # the old servers' sockets are closed in the end
        eventually(lambda: open_files(hub.process.pid) < 60, "no more descriptors than before")


def open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def test_a_reload_lets_go_of_the_old_lists(hub: Hub, upstream: FakeUpstream) -> None:
    """They may be hundreds of megabytes, and no collector looks for them."""
    serve(hub, upstream.port, listed=("bad0.com",))

    def mapped() -> set[str]:
        lines = Path(f"/proc/{hub.process.pid}/maps").read_text().splitlines()
        return {line.split(maxsplit=5)[5] for line in lines if str(hub.folder / "compiled") in line}

    first = mapped()
    assert first
    for turn in range(1, 4):
        hub.configure(upstream.port, listed=(f"bad{turn}.com",))
        hub.peer.next(Ready)
        assert ask.rcode(hub.ask(f"bad{turn}.com")) == "NXDOMAIN"
    assert len(mapped()) == len(first)
    assert not mapped() & first


def test_a_drain_answers_what_is_under_way(hub: Hub) -> None:
    with FakeUpstream(delay=0.5) as slow:
        serve(hub, slow.port)
        with ask.Load(hub.port, [f"name{i}.com" for i in range(20)], rate=10000) as load:
            eventually(lambda: len(slow.questions) == 20, "all are under way")
            hub.peer.send(Drain())
            eventually(lambda: len(load.answered) == 20, "all are answered")
        assert ended(hub.process) == 0


def test_a_drain_takes_what_is_queued(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port)
    hub.process.send_signal(signal.SIGSTOP)
    with ask.Load(hub.port, [f"name{i}.com" for i in range(1500)], rate=100000) as load:
        eventually(lambda: sum(client.sent for client in load.clients.values()) == 1500, "all are sent")
        hub.peer.send(Drain())
        hub.process.send_signal(signal.SIGCONT)
        eventually(lambda: len(load.answered) == 1500, "all are answered")
    assert ended(hub.process) == 0


def test_what_detectors_remember_outlives_a_worker(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port)
    for i in range(4):
        hub.ask(f"k3j5h2v9x{i}q8.remembered.net")
    hub.peer.send(Drain())
    assert ended(hub.process) == 0
    memory = Memory()
    MemoryFile(hub.folder, 0, memory)
    assert memory.of(Tunnels).zones["remembered.net"].up.total > 8


def test_a_drain_ends_though_an_upstream_is_silent(hub: Hub) -> None:
    with FakeUpstream(reply=lambda _: []) as silent:
        serve(hub, silent.port, changes="w.DRAIN = 0.5", upstream={"timeout": "60s"})
        with pytest.raises(dns.exception.Timeout):
            hub.ask("a.com", timeout=0.3)
        hub.peer.send(Drain())
        assert ended(hub.process) == 0


def test_sigterm_drains(hub: Hub) -> None:
    with FakeUpstream(delay=0.5) as slow:
        serve(hub, slow.port, listed=("bad.com",))
        hub.ask("bad.com")
        with ask.Load(hub.port, [f"name{i}.com" for i in range(5)], rate=10000) as load:
            eventually(lambda: len(slow.questions) == 5, "all are under way")
            hub.process.send_signal(signal.SIGTERM)
            hub.process.send_signal(signal.SIGTERM)
            eventually(lambda: len(load.answered) == 5, "all are answered")
        findings = hub.peer.next(Findings)
        hub.peer.send(Ack(findings.seq))
        assert ended(hub.process) == 0


def test_ctrl_c_is_the_hubs(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port)
    hub.process.send_signal(signal.SIGINT)
    assert ask.addresses(hub.ask("a.com")) == ["192.0.2.1"]


def test_an_orphan_that_was_never_configured_ends(hub: Hub) -> None:
    hub.start("w.ORPHANED = 3\nw.FLUSH_EVERY = 0.1")
    hub.greet()
    time.sleep(0.6)  # with a hub, however slow, it waits
    assert hub.process.poll() is None
    hub.gone()
    assert ended(hub.process) == 0


def test_without_a_hub_it_serves_on_and_tells_the_next_one(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port, listed=("bad.com", "worse.com"))
    hub.gone()
    for name in ("bad.com", "worse.com"):
        assert ask.rcode(hub.ask(name)) == "NXDOMAIN"
    assert ask.addresses(hub.ask("good.com")) == ["192.0.2.1"]
    hub.listen()
    hub.greet()
    names = []
    while len(names) < 2:
        findings = hub.peer.next(Findings)
        names += [one.name for one in findings.detections]
        hub.peer.send(Ack(findings.seq))
    assert names == ["bad.com", "worse.com"]
    hub.peer.send(Drain())  # as a hub with another epoch does
    assert ended(hub.process) == 0


@pytest.mark.parametrize("tcp", [False, True])
def test_a_finding_is_with_the_hub_before_the_client_has_its_answer(
    hub: Hub, upstream: FakeUpstream, tcp: bool
) -> None:
    """Killed the moment the answer is here, and the hub had read nothing yet."""
    serve(hub, upstream.port, listed=("bad.com",))
    answer = hub.ask("bad.com", tcp=tcp)
    hub.process.send_signal(signal.SIGKILL)
    ended(hub.process)
    assert ask.rcode(answer) == "NXDOMAIN"
    (one,) = hub.peer.next(Findings).detections
    assert (one.name, one.action, one.client, one.transport) == (
        "bad.com",
        "block",
        "127.0.0.1",
        "tcp" if tcp else "udp",
    )
    assert one.id in next(iter(ask.errors(answer).values()))
    with pytest.raises(EOFError):
        hub.peer.next(Findings)


def test_a_finding_in_an_answer_is_with_the_hub_first_too(hub: Hub) -> None:
    def alias(query: bytes) -> list[bytes]:
        """A CNAME to bad.com."""
        end = query.index(b"\0", 12) + 5
        target = b"\3bad\3com\0"
        record = b"\xc0\x0c\0\5\0\1\0\0\0\x3c" + len(target).to_bytes(2) + target
        return [query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end] + record]

    with FakeUpstream(alias) as lying:
        serve(hub, lying.port, listed=("bad.com",))
        answer = hub.ask("innocent.net")
        hub.process.send_signal(signal.SIGKILL)
        assert ask.rcode(answer) == "NXDOMAIN"
        (one,) = hub.peer.next(Findings).detections
        assert (one.name, one.stage) == ("innocent.net", "response")


def test_folded_repeats_follow(hub: Hub, upstream: FakeUpstream) -> None:
    serve(hub, upstream.port, changes=QUICK, listed=("bad.com",))
    for _ in range(5):
        hub.ask("bad.com")
    total = 0
    while total < 5:
        findings = hub.peer.next(Findings)
        hub.peer.send(Ack(findings.seq))
        total += sum(one.count for one in findings.detections)
    assert total == 5


def test_counters_count_on_after_a_restart(hub: Hub) -> None:
    def forged(query: bytes) -> list[bytes]:
        true = address(query)
        return [bytes([true[0] ^ 1]) + true[1:], true]

    with FakeUpstream(forged) as lying:
        serve(hub, lying.port, changes=QUICK)
        for i in range(3):
            hub.ask(f"name{i}.com")
        eventually(lambda: hub.counted("upstream_rejected") == 3, "forgeries are counted")
        hub.process.send_signal(signal.SIGKILL)
        ended(hub.process)
        hub.peer.sock.close()
        serve(hub, lying.port, changes=QUICK)
        hub.peer.next(Status)
        hub.ask("more.com")
        eventually(lambda: hub.counted("upstream_rejected") == 4, "and counted on")
        hub.configure(lying.port, upstream={"timeout": "3s"})  # other channels, the same counter
        hub.peer.next(Ready)
        hub.peer.next(Status)
        hub.ask("again.com")
        eventually(lambda: hub.counted("upstream_rejected") == 5, "and on")


def test_whoever_sets_the_clock_back_stops_no_time_out(hub: Hub, upstream: FakeUpstream) -> None:
    flag = hub.folder / "set-back"
    changes = f"{QUICK}\nw.clock = lambda: time.time() - 3600 * os.path.exists({str(flag)!r})"
    with FakeUpstream(reply=lambda query: [] if b"silent" in query else [address(query)]) as some:
        serve(hub, some.port, changes=changes, listed=("bad.com", "worse.com"), upstream={"timeout": "1s"})
        hub.ask("bad.com")
        before = hub.peer.next(Findings).detections[0].time
        flag.touch()
        hub.peer.next(Status)
        hub.peer.next(Status)
        assert ask.rcode(hub.ask("silent.com")) == "SERVFAIL"
        assert ask.addresses(hub.ask("a.com")) == ["192.0.2.1"]
        hub.ask("worse.com")
        # what people read has the time they have set
        after = hub.peer.next(Findings).detections[-1].time
        assert -3700 < after - before < -3500


def test_a_part_that_fails_at_each_tick_stops_nothing_and_fills_no_log(hub: Hub) -> None:
    broken = (
        "from dnsguard.upstream.pool import Upstreams\ndef broken(*_): raise ValueError('x')\nUpstreams._probe = broken"
    )
    with FakeUpstream(reply=lambda query: [] if b"silent" in query else [address(query)]) as some:
        config = {"upstream": {"timeout": "1s", "probe": "100ms"}, "log": {"format": "json"}}
        serve(hub, some.port, changes=broken, **config)
        assert ask.rcode(hub.ask("silent.com")) == "SERVFAIL"
        assert ask.addresses(hub.ask("a.com")) == ["192.0.2.1"]
        told = [line for line in hub.log_lines if "could not be handled" in line["event"]]
        assert len(told) == 1


def test_resolv_conf_is_followed_without_a_hub(hub: Hub, upstream: FakeUpstream) -> None:
    """Its servers have port 53, which is not ours: the test's file names ports of the loopback address."""
    conf = hub.folder / "resolv.conf"
    conf.write_text(str(upstream.port))
    changes = (
        f"{QUICK}\nfrom dnsguard.upstream import keeper\nkeeper.RESOLV_CONF = {str(conf)!r}\n"
        "keeper.system_servers = lambda path, own: (keeper.parse_server('127.0.0.1:' + open(path).read()),)"
    )
    with FakeUpstream() as other:
        serve(hub, changes=changes, upstream={"servers": ["system"]})
        hub.ask("one.com")
        hub.gone()
        conf.write_text(str(other.port))

        def asked() -> bool:
            hub.ask(f"two{time.monotonic_ns()}.com")
            return bool(other.queries)

        eventually(asked, "the other server is asked")
        before = len(upstream.queries)
        hub.ask("three.com")
        assert len(upstream.queries) == before


def test_no_server_there_is_told_soon_and_one_that_is_back_at_once(hub: Hub) -> None:
    port = free_port()
    serve(hub, port, cache={"failure_ttl": "1s"})
    answer = hub.ask("a.com", timeout=2)
    assert ask.rcode(answer) == "SERVFAIL"
    assert 23 in ask.errors(answer)
    with FakeUpstream(port=port):
        assert ask.addresses(hub.ask("b.com")) == ["192.0.2.1"]


def test_silence_is_told_after_the_time_out(hub: Hub) -> None:
    with FakeUpstream(reply=lambda _: []) as silent:
        serve(hub, silent.port, upstream={"timeout": "1s"})
        answer = hub.ask("a.com")
        assert ask.rcode(answer) == "SERVFAIL"
        assert 22 in ask.errors(answer)
        assert float(Config().timeout) > 1


def test_ten_thousand_to_a_dead_server_each_get_an_answer(hub: Hub) -> None:
    with FakeUpstream(reply=lambda _: []) as silent:
        serve(hub, silent.port, upstream={"timeout": "1s", "max_waiting": 3000})
        sources = [f"127.0.1.{i}" for i in range(1, 11)]
        names = [f"name{i}.com" for i in range(10_000)]
        # more than may wait at once, and no more than an interpreted worker reads before its socket is full
        with ask.Load(hub.port, names, sources=sources, rate=4000) as load:
            eventually(lambda: len(load.answered) == 10_000, "all are answered", 60)
        assert {code for _, _, code in load.answered} == {2}
        assert hub.counted("waiting") == 0
        assert 0 < hub.counted("waiting_refused") <= 7000
        assert hub.counted("servfail") == 10_000


def test_one_that_waits_has_the_tables_of_the_first_query() -> None:
    subprocess.run([sys.executable, "-c", PREPARED], check=True, timeout=60)
