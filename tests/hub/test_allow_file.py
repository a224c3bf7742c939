import stat
from pathlib import Path

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub.allow_file import read, save
from tests.policy.test_temporary import allow


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "allows.json"
    assert read(path) == ()
    save(path, [allow(), allow(id="b2", reason="why", by="ann")])
    assert read(path) == (allow(), allow(id="b2", reason="why", by="ann"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"id": "a"}]', b"\xff"])
def test_what_is_damaged_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "allows.json").write_bytes(content)
    with pytest.raises(DnsguardError, match="can't be read"):
        read(tmp_path / "allows.json")
