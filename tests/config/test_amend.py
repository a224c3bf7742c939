import stat
from pathlib import Path

import pytest

from dnsguard.config import amend, load
from dnsguard.errors import ConfigError

SECTION = amend.section(
    "suppressions", {"reason": 'it is "ours"', "zone": "a.example", "clients": (), "type": ""}, "why"
)


def test_it_stands_at_the_end_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\nmode = 'block' # and so on\n[log]\nlevel = \"info\"")
    path.chmod(0o640)
    amend.append(path, SECTION)
    amend.append(path, SECTION.replace("a.example", "b.example"))
    assert path.read_text().startswith("# mine\nmode = 'block' # and so on\n[log]\n")
    assert [(one.zone, one.reason) for one in load(path).suppressions] == [
        ("a.example", 'it is "ours"'),
        ("b.example", 'it is "ours"'),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "real.toml", tmp_path / "config.toml"
    path.write_text("")
    link.symlink_to("real.toml")
    amend.append(link, SECTION)
    assert link.is_symlink()
    assert len(load(path).suppressions) == 1


@pytest.mark.parametrize("text", ["suppressions = []\n", "mode = [\n", "mode = 'blok'\n"])
def test_what_would_be_wrong_is_not_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        amend.append(path, SECTION)
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]
