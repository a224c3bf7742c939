"""Which watches a configuration wants, and that those no longer wanted hand over what they have."""

from pathlib import Path

from dnsguard.config import Settings, parse
from dnsguard.dnstap.tap import Tap
from dnsguard.link.datagrams import Inlet
from dnsguard.querylog.collector import Collector
from dnsguard.querylog.record import SOCKET, decode
from dnsguard.state.counters import Counters
from dnsguard.watch import Watches
from dnsguard.watching import Watching
from tests.simulated import Simulated

LOG = '[query_log]\nmode = "full"\n'
DNSTAP = '[dnstap]\naddress = "unix:/run/dnstap.sock"\n'


def settings(text: str) -> Settings:
    return parse(text, Path("/"))


def test_what_is_wanted_and_nothing_else(tmp_path: Path) -> None:
    watching = Watching(tmp_path, Counters())
    assert watching.configure(settings("")) is None
    assert isinstance(watching.configure(settings(LOG)), Collector)
    assert isinstance(watching.configure(settings(DNSTAP)), Tap)
    assert isinstance(watching.configure(settings(LOG + DNSTAP)), Watches)
    assert watching.configure(settings("")) is None
    watching.close()


def test_a_reload_of_something_else_changes_nothing(tmp_path: Path) -> None:
    watching = Watching(tmp_path, Counters())
    first = watching.configure(settings(LOG))
    # the hub masks: a worker does not care
    assert watching.configure(settings('mode = "block"\n[query_log]\nmode = "masked"\n')) is first
    assert watching.configure(settings(DNSTAP)) is not first


def test_what_is_no_longer_wanted_hands_over_what_it_has(tmp_path: Path) -> None:
    inlet = Inlet(tmp_path / SOCKET)
    watching = Watching(tmp_path, Counters())
    sim = Simulated(listed={"bad.example"})
    sim.pipeline.watch = watching.configure(settings(LOG))
    sim.ask("bad.example")
    sim.answer("bad.example 60 A 192.0.2.1")
    watching.configure(settings(""))
    data = inlet.take(1.0)
    assert data is not None
    assert len(decode(data).records) == 1
    inlet.close()
