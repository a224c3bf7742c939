import stat

import pytest

from dnsguard.errors import DnsguardError
from dnsguard.hub.signin.token import Token


def test_it_is_made_once_and_for_its_owner_alone(tmp_path):
    own = Token(tmp_path)
    assert own.ensure()
    text = own.read()
    assert len(text) == 43  # 256 bits
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600
    assert not own.ensure()
    assert own.read() == text
    assert own.matches(text)
    assert own.matches(f"{text}\n")
    assert [each.name for each in tmp_path.iterdir()] == ["console.token"]


@pytest.mark.parametrize("shown", ["", "x", "ü", "\udcff", "é" * 500])
def test_nothing_else_is_it(tmp_path, shown):
    own = Token(tmp_path)
    own.ensure()
    assert not own.matches(shown)


def test_a_new_one_holds_at_once(tmp_path):
    own, other = Token(tmp_path), Token(tmp_path)
    own.ensure()
    old, mark = own.read(), own.mark
    new = other.renew()
    assert (own.matches(old), own.matches(new), own.mark != mark) == (False, True, True)


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_lets_nobody_in(tmp_path, text):
    own = Token(tmp_path)
    own.path.write_text(text)
    assert not own.matches("")
    assert own.mark == ""
    with pytest.raises(DnsguardError, match="--new"):
        own.read()


def test_what_is_missing_or_forbidden_is_said(tmp_path):
    with pytest.raises(DnsguardError, match="dnsguard serve"):
        Token(tmp_path).read()
    with pytest.raises(DnsguardError, match=r"console\.token is kept there|console's token is kept there"):
        Token(tmp_path / "gone").renew()


def test_one_that_others_can_read_is_told(tmp_path, caplog):
    own = Token(tmp_path)
    own.ensure()
    own.path.chmod(0o644)
    own.ensure()
    assert "can be read by others" in caplog.text
