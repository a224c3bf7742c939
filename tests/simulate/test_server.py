import os
import signal
from pathlib import Path

import pytest

from dnsguard.config import parse
from dnsguard.errors import DnsguardError
from dnsguard.model import Mode
from dnsguard.simulate import server
from dnsguard.simulate.server import Server, configuration
from tests.lab import eventually
from tests.process import running, tree

WEBHOOK = {"name": "simulate", "url": "http://127.0.0.1:9/x"}


def test_what_is_detected_is_the_persons_and_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a.example\n")
    text = """
        mode = "block"
        state_dir = "/nowhere"
        [listen]
        dns = ["127.0.0.1:53"]
        [upstream]
        servers = ["192.0.2.1"]
        [detect.threat_intel]
        mode = "shadow"
        [allow]
        names = ["ours.example"]
        [[lists]]
        name = "mine"
        category = "threat_intel"
        path = "mine.txt"
        [[lists]]
        name = "fetched"
        category = "threat_intel"
        url = "https://lists.example/x"
        [[webhooks]]
        url = "https://soc.example/"
    """
    made = configuration(parse(text, tmp_path), tmp_path / "state", 5300, WEBHOOK)
    read = parse(made, Path("/"))
    assert read.mode is Mode.BLOCK
    assert read.detect["threat_intel"].mode is Mode.SHADOW
    assert read.allow.names == ("ours.example",)
    own = [one for one in read.lists if not one.name.startswith("starter:")]
    assert [(one.name, one.path) for one in own] == [("mine", str(tmp_path / "mine.txt"))]
    assert read.state_dir == tmp_path / "state"
    assert read.listen.dns == ("127.0.0.1:0",)
    assert read.upstream.servers == ("127.0.0.1:5300",)
    assert [hook.url for hook in read.webhooks] == ["http://127.0.0.1:9/x"]


def test_without_a_configuration_the_defaults_hold(tmp_path: Path) -> None:
    read = parse(configuration(parse("", tmp_path), tmp_path, 1, WEBHOOK), Path("/"))
    assert read.detect == parse("", tmp_path).detect
    assert read.lists == parse("", tmp_path).lists


async def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "configuration", lambda *_: 'mode = "blok"\n')
    with pytest.raises(DnsguardError, match=r"the server ended at its start: .*blok"):
        async with Server(parse("", tmp_path), tmp_path, upstream=1, webhook=WEBHOOK):
            pytest.fail("it started")


async def test_its_workers_end_with_it_also_when_it_was_killed(tmp_path: Path) -> None:
    settings = parse("starter_lists = false", tmp_path)
    async with Server(settings, tmp_path, upstream=1, webhook=WEBHOOK) as one:
        assert one._process is not None
        workers = tree(one._process.pid)[1:]
        assert workers
        os.kill(one._process.pid, signal.SIGKILL)
    # the kernel takes its time over what is killed
    eventually(lambda: not any(map(running, workers)), "the workers are gone")


async def test_it_ends_in_order(tmp_path: Path) -> None:
    settings = parse("starter_lists = false", tmp_path)
    async with Server(settings, tmp_path, upstream=1, webhook=WEBHOOK) as one:
        assert one._process is not None
        processes = tree(one._process.pid)
    assert one._process.returncode == 0
    assert not any(map(running, processes))
    assert one.troubles() == []
