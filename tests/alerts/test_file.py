import json
import stat
from pathlib import Path

from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.file import FileSender
from dnsguard.alerts.targets import FileConfig
from tests.alerts.formats.samples import SAMPLES


def delivery(name: str) -> Delivery:
    return Delivery(id="msg_1", alert=SAMPLES[name], attempts=0, began=None)


async def test_one_line_each_and_a_new_file_when_it_was_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    async with FileSender(FileConfig(path=str(path), format="ecs")) as sender:
        for name in ("listed", "hostile"):
            assert (await sender.send(delivery(name))).error == ""
        path.rename(tmp_path / "alerts.json.1")
        assert (await sender.send(delivery("ipv6"))).error == ""
    old, new = (tmp_path / "alerts.json.1").read_text().splitlines(), path.read_text().splitlines()
    assert [json.loads(line)["event"]["kind"] for line in (*old, *new)] == ["alert"] * 3
    assert len(old) == 2
    assert not stat.S_IMODE(path.stat().st_mode) & 0o007


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "nosuch" / "alerts.json"
    async with FileSender(FileConfig(path=str(path))) as sender:
        assert (await sender.send(delivery("listed"))).error == f"{path}: No such file or directory"


async def test_a_full_disk_is_a_failure() -> None:
    async with FileSender(FileConfig(path="/dev/full")) as sender:
        assert (await sender.send(delivery("listed"))).error == "/dev/full: No space left on device"
