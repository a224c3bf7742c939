import stat
from pathlib import Path

import pytest

from dnsguard.detect.memory import Memory
from dnsguard.link import Carried, Elsewhere
from dnsguard.sharing import KEY_FILE, Sharing, shared_key
from dnsguard.state.shares import Share, Shares
from dnsguard.state.tunnels import KEYS, Tunnels

NOW = 1_700_000_000.0


class Link:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[Carried] = []

    def carried(self, message: Carried) -> None:
        self.told.append(message)


def test_workers_of_a_folder_make_the_same_fingerprints(tmp_path: Path) -> None:
    first, second = Memory(), Memory()
    assert first.of(Tunnels).key != second.of(Tunnels).key
    for memory in (first, second):
        Sharing(tmp_path, memory, Link())  # type: ignore[arg-type]
    assert first.of(Tunnels).key == second.of(Tunnels).key in KEYS
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_what_an_earlier_worker_remembered_stays_if_it_had_the_key(tmp_path: Path) -> None:
    memory = Memory()
    Sharing(tmp_path, memory, Link())  # type: ignore[arg-type]
    memory.of(Tunnels).open("z.example", 1.0, NOW)
    again = Memory()
    again.load({"Tunnels": b"".join(memory.of(Tunnels).dump())})
    Sharing(tmp_path, again, Link())  # type: ignore[arg-type]
    assert "z.example" in again.of(Tunnels).zones
    (tmp_path / KEY_FILE).write_text(f"{KEYS[12345]}\n")
    other = Memory()
    other.load({"Tunnels": b"".join(memory.of(Tunnels).dump())})
    Sharing(tmp_path, other, Link())  # type: ignore[arg-type]
    assert not other.of(Tunnels).zones


def test_the_first_key_wins(tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    assert shared_key(path, KEYS[1]) == shared_key(path, KEYS[2]) == KEYS[1]


@pytest.mark.parametrize("text", ["", "12\n", "no key\n", f"{1 << 59}\n"])
def test_without_a_key_nothing_is_told(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / KEY_FILE).write_text(text)
    memory, link = Memory(), Link()
    key = memory.of(Tunnels).key
    Sharing(tmp_path, memory, link).tell(NOW)  # type: ignore[arg-type]
    assert link.told == []
    assert memory.of(Tunnels).key == key
    assert "can't tell each other" in caplog.text


def test_what_is_near_a_limit_is_told_and_what_comes_back_is_looked_up(tmp_path: Path) -> None:
    memory, link = Memory(), Link()
    sharing = Sharing(tmp_path, memory, link)  # type: ignore[arg-type]
    zone = memory.of(Tunnels).open("z.example", 1.0, NOW)
    zone.up.add(100.0, 100.0, NOW)
    assert memory.of(Shares).look(zone, NOW) is None
    sharing.tell(NOW)
    (told,) = link.told
    assert [(share.zone, share.windows) for share in told.zones] == [("z.example", (100.0, 100.0, 100.0, 100.0))]
    sharing.take(Elsewhere([Share("z.example", (1.0, 2.0, 3.0, 4.0), 5)], 2), NOW)
    carried, names = memory.of(Shares).look(zone, NOW) or (None, 0)
    assert carried is not None
    assert (carried.burst, carried.minutes, carried.hour, carried.day, names) == (1.0, 2.0, 3.0, 4.0, 5)
