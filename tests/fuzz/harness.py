"""What must hold for every message, however broken: checked in process, through the views and the whole pipeline."""

from pathlib import Path
from typing import Any, Final, Protocol

from dnsguard import assemble
from dnsguard.alerts.teller import Teller
from dnsguard.config import parse
from dnsguard.errors import WireError
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import Snapshot
from dnsguard.listen.acl import Acl
from dnsguard.pipeline import Pipeline
from dnsguard.state.counters import Counters
from dnsguard.wire import names
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query

CLIENT: Final = b"\xc0\0\2\7"
CONFIG: Final = (
    'mode = "alert"\n',
    'mode = "block"\n[cache]\nsize = "64kB"\n',
    (
        'mode = "block"\n[block]\nanswer = "sinkhole"\n[upstream]\nrebinding_protection = true\n'
        '[local]\nrecords = ["my.lan 60 IN A 192.168.1.5"]\n'
    ),
)


class Upstream(Protocol):
    """Answers questions."""

    def body(self, question: bytes) -> bytes:
        """Give the next answer, its id left open."""


class Source:
    """Takes answers; they are looked at, not sent."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream

    def send(self, packets: list[bytes], peers: list[Any]) -> None:
        pass


def snapshot(folder: Path) -> Snapshot:
    """A list that the seeds' names stand on, so that findings and blocks are on the way too."""
    (folder / "bad.txt").write_text("evil.example\n")
    config = [ListConfig(name="fuzz", category="threat_intel", path="bad.txt")]
    return Snapshot.open(compile_lists(config, folder, folder / "lists", now=1.0).path)


def check_query(packet: bytes) -> None:
    """A query can be read, or WireError says why not; what was read goes back to the octets it came from."""
    try:
        query = Query.parse(packet, CLIENT, 0.0)
    except WireError as error:
        assert error.rcode in {1, 4}  # noqa: PT017 - this is no test, and either way is right
        return
    assert names.encode(query.name) == query.question[:-4].lower()
    assert packet[12 : 12 + len(query.question)] == query.question
    assert query.client_text == "192.0.2.7"
    assert query.qtype_text


def check_answer(packet: bytes) -> None:
    """A response can be walked, or WireError says why not; that holds for everything read later, too."""
    try:
        answer = Answer(packet)
    except WireError:
        return
    assert 12 <= answer.question_end <= answer.end <= len(packet)
    assert 0 <= answer.ttl(86400, 3600) <= 86400
    assert all(len(address) in {4, 16} for address in answer.addresses)
    for read in (lambda: answer.cnames, lambda: answer.chain, lambda: answer.records, answer.foreign):
        try:
            read()
        except WireError:
            continue


class Driver:
    """Pipelines of several configurations, driven as a worker drives its own."""

    def __init__(self, lists: Snapshot) -> None:
        self._lists: Final = lists
        self.reset()
        self._sources: Final = (Source(stream=False), Source(stream=True))
        self.now = 1.7e9
        self.answer = b""
        """The last that an upstream gave."""
        self._turn = 0

    def reset(self) -> None:
        """Start anew: a crash may have left anything behind."""
        self.pipelines = [self._pipeline(text, self._lists) for text in CONFIG]

    def forget(self) -> None:
        """Empty the caches: the next question is asked upstream."""
        for pipeline in self.pipelines:
            pipeline.kept.clear()

    def _pipeline(self, text: str, lists: Snapshot) -> Pipeline:
        rules = assemble.rules(parse(text, Path("/")), lists, 1, self._crashed)
        return Pipeline(rules.but(acl=Acl(("any",))), Counters(), Teller())

    def _crashed(self, slug: str, error: Exception) -> None:
        raise AssertionError(f"{slug} crashed") from error

    def feed(self, packet: bytes, upstream: Upstream) -> None:
        """Ask with a packet, and let the upstream answer whatever is forwarded: well, badly, or never.

        What is kept of its answer is judged once more, as after a reload.
        """
        self._turn += 1
        self.now += 0.05
        pipeline = self.pipelines[self._turn % len(self.pipelines)]
        source = self._sources[self._turn >> 2 & 1]
        answers, peers = pipeline.on_queries(source, [packet], [packet], [CLIENT], self.now)
        assert len(answers) == len(peers) <= 1
        for answer in answers:
            check_reply(packet, answer, stream=source.stream)
        forwards, pipeline.forwards = pipeline.forwards, []
        for pending in forwards:
            Query.parse(b"\0\0" + pending.tail, CLIENT, self.now)  # an upstream could read it
            for _ in range(3):
                self.answer = upstream.body(pending.question)
                if pipeline.on_answer(pending, self.answer, self.now + 0.01):
                    break
            else:
                pipeline.on_failure(pending, 22, "no answer", self.now + 0.02)
            assert pending.done
            kept = pipeline.answers.entries.get(pending.key)
            if kept is not None:
                pipeline._judge.kept(pending.query, kept)
        for to, peer, answer in pipeline.replies:
            check_reply(peer, answer, stream=to.stream)
        pipeline.replies.clear()
        if self._turn % 64 == 0:
            pipeline.on_tick(self.now)
            assert pipeline.waiting == len(pipeline.pending) == 0
            for each in self.pipelines:
                each._judge._tell.drain()  # type: ignore[attr-defined]


def check_reply(packet: bytes, reply: bytes, *, stream: bool) -> None:
    """An answer can be read, answers this packet, and is as long as its client can take."""
    if not reply:
        assert stream  # "no answer" of a stream
        return
    answer = Answer(reply)
    assert reply[:2] == packet[:2]
    assert answer.flags & 0x8000
    assert answer.end == len(reply)
    try:
        query = Query.parse(packet, CLIENT, 0.0, stream)
    except WireError:
        assert len(reply) <= 1232
        return
    assert stream or len(reply) <= max(512, min(query.udp_size, 1232))
    assert answer.edns == query.edns
    if len(reply) > 12 and reply[4:6] == b"\0\1":
        assert reply[12 : 12 + len(query.question)] == query.question
