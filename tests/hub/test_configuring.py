"""Configurations handed to a server that only writes down what it is given."""

from types import SimpleNamespace

import pytest

from dnsguard import link
from dnsguard.config import load
from dnsguard.hub import configuring as module
from dnsguard.hub.configuring import Configuring
from dnsguard.hub.lists import Lists
from tests.lab import ROOT


class Server:
    def __init__(self):
        self.sent = []
        self.own = [SimpleNamespace(configured=0, refused=None)]

    def configure(self, message):
        self.sent.append(message)

    def answer(self, error=""):
        (worker,) = self.own
        if error:
            worker.refused = link.Refused(self.sent[-1].number, error)
        else:
            worker.configured, worker.refused = self.sent[-1].number, None


@pytest.fixture
async def world(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = tmp_path / "config.toml"
    (tmp_path / "evil.txt").write_text("evil.example\n")
    plain = (
        f'state_dir = "{tmp_path}"\nstarter_lists = false\n'
        '[[lists]]\nname = "evil"\ncategory = "threat_intel"\npath = "evil.txt"\n'
    )
    path.write_text(plain)
    server, applied = Server(), []

    async def apply(settings):
        applied.append(settings)

    own = Configuring(path, load(path), Lists(tmp_path / "lists"), server, apply)
    await own.start()
    server.answer()
    await own.settle()

    async def change(text):
        path.write_text(text)
        await own.look()
        await own.look()

    return SimpleNamespace(own=own, server=server, applied=applied, change=change, plain=plain, dir=tmp_path)


async def test_the_first_configuration_comes_with_its_lists(world):
    (first,) = world.server.sent
    assert (first.number, first.text, first.base) == (1, world.plain, str(world.dir))
    assert first.snapshot.startswith(str(world.dir / "lists"))


async def test_a_change_without_new_lists_is_handed_out_at_once_and_alone(world):
    await world.change('mode = "block"\n' + world.plain)
    assert [m.number for m in world.server.sent] == [1, 2]
    assert world.server.sent[1].snapshot == world.server.sent[0].snapshot
    assert world.own.settings.mode == world.applied[0].mode == "block"


async def test_a_wrong_file_changes_nothing_and_is_told_in_full(world):
    await world.change('mode = "blok"\nworkers = -1\n' + world.plain)
    assert len(world.own.faults) == 2
    assert len(world.server.sent) == 1
    assert world.applied == []
    await world.change(world.plain)
    assert world.own.faults == []


async def test_what_a_worker_refuses_is_taken_back(world):
    await world.change('mode = "block"\n' + world.plain)
    world.server.answer("upstream.servers: no such host")
    await world.own.settle()
    assert world.own.faults == ["worker: upstream.servers: no such host"]
    assert world.server.sent[-1].text == world.plain
    assert world.own.settings.mode == "alert"
    world.server.answer()
    await world.own.settle()
    assert len(world.server.sent) == 3


async def test_a_first_configuration_that_is_refused_is_offered_again(world):
    (worker,) = world.server.own
    worker.configured = 0
    world.server.answer("the network is down")
    await world.own.settle()
    assert world.own.settings.mode == "alert"
    world.own.retry()
    assert len(world.server.sent) == 2
    world.server.answer()
    world.own.retry()
    assert len(world.server.sent) == 2


async def test_restart_only_keys_are_named_until_they_are_taken_back(world):
    await world.change("workers = 3\n" + world.plain)
    assert world.own.needs_restart == ("workers",)
    await world.change(world.plain)
    assert world.own.needs_restart == ()


async def test_a_changed_list_is_compiled_and_an_equal_one_is_not_handed_out(world):
    (world.dir / "evil.txt").write_text("evil.example\nworse.example\n")
    for _ in range(2):
        await world.own.look()
    assert len(world.server.sent) == 2
    assert world.server.sent[1].snapshot != world.server.sent[0].snapshot
    (world.dir / "evil.txt").touch()
    for _ in range(2):
        await world.own.look()
    assert len(world.server.sent) == 2


async def test_a_changed_hosts_file_or_resolv_conf_is_read_again(world, monkeypatch):
    monkeypatch.setattr(module, "RESOLV_CONF", world.dir / "resolv.conf")
    (world.dir / "hosts").write_text("")
    await world.change('[local]\nhosts_file = "hosts"\n' + world.plain)
    assert len(world.server.sent) == 1  # [local] swallows state_dir: refused
    await world.change(world.plain + '[local]\nhosts_file = "hosts"\n')
    sent = len(world.server.sent)
    for name in ("hosts", "resolv.conf"):
        (world.dir / name).write_text("127.0.0.1 nas\n")
        for _ in range(2):
            await world.own.look()
        sent += 1
        assert len(world.server.sent) == sent


async def test_lists_that_take_long_do_not_keep_clients_waiting(tmp_path, world, monkeypatch):
    monkeypatch.setattr(module, "START_PATIENCE", 0.0)
    server = Server()
    again = Configuring(world.own.path, world.own.settings, Lists(tmp_path / "lists"), server, world.own._apply)
    await again.start()
    assert [m.number for m in server.sent] == [1, 2]
    assert server.sent[0].snapshot == world.server.sent[0].snapshot
    assert again._lists.error == ""
