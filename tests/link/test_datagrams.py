"""The side channel: whole batches, in order, none lost without being counted."""

from pathlib import Path

import pytest

from dnsguard.link import datagrams
from dnsguard.link.datagrams import MAX_DATAGRAM, Inlet, Outlet


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "side.sock"


def taken(inlet: Inlet) -> list[bytes]:
    found = []
    while (data := inlet.take(0.0)) is not None:
        found.append(data)
    return found


def test_batches_arrive_whole_and_in_order(path: Path) -> None:
    inlet, outlet = Inlet(path), Outlet(path)
    batches = [bytes([i]) * MAX_DATAGRAM for i in range(3)]
    for batch in batches:
        outlet.put(batch, 1)
    assert taken(inlet) == batches
    assert outlet.lost == 0
    assert inlet.take(0.01) is None
    assert path.stat().st_mode & 0o777 == 0o600
    inlet.close()
    assert not path.exists()
    outlet.close()


def test_what_nobody_reads_waits_within_its_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "MAX_KEPT", 30)
    outlet = Outlet(path)
    for number in range(5):
        outlet.put(bytes([number]) * 10, 7)
    assert outlet.lost == 14
    inlet = Inlet(path)
    outlet.pump()
    assert [data[0] for data in taken(inlet)] == [0, 1, 2]
    inlet.close()
    outlet.close()
    assert outlet.lost == 14


def test_a_slow_reader_makes_it_wait_and_then_lose(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "BUFFER", 4096)
    monkeypatch.setattr(datagrams, "MAX_KEPT", 3000)
    inlet, outlet = Inlet(path), Outlet(path)
    for number in range(100):
        outlet.put(bytes([number]) * 1000, 1)
    found = []
    while part := taken(inlet):
        found += part
        outlet.pump()
    assert 0 < outlet.lost < 97
    assert [data[0] for data in found] == list(range(len(found)))
    assert len(found) + outlet.lost == 100
    inlet.close()
    outlet.close()


def test_another_reader_takes_over(path: Path) -> None:
    first, outlet = Inlet(path), Outlet(path)
    outlet.put(b"a", 1)
    assert taken(first) == [b"a"]
    first.close()
    outlet.put(b"b", 1)
    second = Inlet(path)
    outlet.put(b"c", 1)
    outlet.pump()
    assert taken(second) == [b"b", b"c"]
    second.close()
    outlet.put(b"d", 9)
    outlet.close()
    assert outlet.lost == 9


def test_a_socket_left_by_a_dead_hub_is_no_obstacle(path: Path) -> None:
    Inlet(path)._sock.close()
    Inlet(path).close()


def test_a_path_too_long_for_a_socket_s_address_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    inlet, outlet = Inlet(deep / "side.sock"), Outlet(deep / "side.sock")
    outlet.put(b"a", 1)
    assert taken(inlet) == [b"a"]
    inlet.close()
    outlet.close()
