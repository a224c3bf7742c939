import stat
from pathlib import Path

import pytest

from dnsguard.config import amend, load
from dnsguard.errors import ConfigError, DnsguardError
from dnsguard.model import Mode

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


TOML = """# mine
mode = "block"   # all of them

[detect.threat_intel]
severity = "High" # on purpose
mode = "alert"

[log]
level = "info"
"""


@pytest.mark.parametrize(
    ("before", "slug"),
    [
        (TOML, "threat_intel"),
        (TOML, "dark_web"),
        ("", "dark_web"),
        ("detect.dark_web.mode = 'off'\n", "dark_web"),
        ("detect = {dark_web = {mode = 'off'}}\n", "dark_web"),
        ("[detect]\ndark_web = {mode = 'off'}\n[log]\n", "phishing_domain"),
        ("[detect.dark_web]\n[[lists]]\nname='a'\ncategory='dark_web'\npath='a'\n", "dark_web"),
    ],
)
def test_a_mode_is_switched_and_the_rest_stays(tmp_path: Path, before: str, slug: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(before)
    held = load(path)
    amend.set_mode(path, slug, Mode.SHADOW)
    after = load(path)
    assert after.detect[slug].mode is Mode.SHADOW
    assert [after.detect[other] == held.detect[other] for other in held.detect].count(False) == 1
    for line in before.splitlines():
        if "#" in line:
            assert line in path.read_text().splitlines()
    amend.set_mode(path, slug, None)
    assert load(path).detect[slug].mode is None


def test_a_mode_that_was_not_there_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TOML)
    amend.set_mode(path, "dark_web", None)
    assert path.read_text() == TOML


def test_a_suppression_goes_with_what_was_said_of_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TOML)
    for zone in ("a", "b", "c"):
        amend.append(path, SECTION.replace("a.example", f"{zone}.example").replace("why", f"for {zone}"))
    first, second, third = load(path).suppressions
    amend.remove_suppression(path, second)
    assert load(path).suppressions == (first, third)
    text = path.read_text()
    assert ["# for a" in text, "# for b" in text, "# for c" in text] == [True, False, True]
    amend.remove_suppression(path, first)
    amend.remove_suppression(path, third)
    assert path.read_text().rstrip() == TOML.rstrip()
    with pytest.raises(DnsguardError, match="no such suppression"):
        amend.remove_suppression(path, first)


def test_who_may_not_change_it_is_told_why(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    assert amend.changeable(path) == path
    with pytest.raises(DnsguardError, match="--config FILE"):
        amend.changeable(None)
    with pytest.raises(DnsguardError, match="may not write"):
        amend.changeable(tmp_path / "gone" / "config.toml")
