"""How the query log and dnstap show in the hub's report."""

import os
from pathlib import Path

from dnsguard.config import parse
from dnsguard.hub.streams import Streams
from dnsguard.querylog.record import FOLDER, SOCKET, Batch, Record, encode
from tests.lab import eventually
from tests.querylog.test_recorder import send
from tests.simulated import packet


async def test_off_nothing_runs(tmp_path: Path) -> None:
    streams = Streams(tmp_path)
    assert (streams.query_log().state, streams.dnstap().state) == ("off", "off")
    await streams.configure(parse("", tmp_path))
    assert (streams.query_log().state, streams.dnstap().state) == ("off", "off")
    await streams.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib's would be forbidden in a coroutine


async def test_what_goes_wrong_is_in_the_report_until_it_is_switched_off(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    streams = Streams(tmp_path)
    text = f'[query_log]\nmode = "full"\n[dnstap]\naddress = "unix:{tmp_path}/nobody.sock"\n'
    await streams.configure(parse(text, tmp_path))
    eventually((tmp_path / SOCKET).exists, "it listens")
    send(tmp_path, encode(Batch(0.0, [Record(1.0, bytes(4), packet("a.com")[12:], 0, 0.0, 1, False, None)])))
    eventually(lambda: streams.query_log().state == "failing", "the log fails")
    eventually(lambda: streams.dnstap().error, "nobody is there")
    assert streams.dnstap().state == "away"
    assert (streams.query_log().lost, FOLDER in streams.query_log().error) == (1, True)
    await streams.configure(parse("", tmp_path))
    assert (streams.query_log().state, streams.dnstap().state) == ("off", "off")
    await streams.close()
