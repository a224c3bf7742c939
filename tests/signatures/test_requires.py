import pytest

from dnsguard.signatures.requires import unmet


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("version >= 7.0.4", ""),
        ("version>=7", ""),
        ("version < 9", ""),
        ("version >= 7.0.4 < 8", "version >= 7.0.4 < 8: the rules read here are those of version 8.0.0"),
        ("version >= 7.0.4 < 8 | >= 8.0.0", ""),
        ("version > 8.0.0", "version > 8.0.0: the rules read here are those of version 8.0.0"),
        ("version >= 7.0.4, keyword entropy", ""),
        ("keyword foo, version < 9", "keyword foo is not supported"),
        ("feature geoip", "feature geoip is not there"),
    ],
)
def test_unmet(text: str, missing: str) -> None:
    assert unmet(text, {"entropy"}.__contains__) == missing


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "version, keyword and feature are"),
        ("foo", "foo is not supported"),
        ("keyword", "keyword is not supported"),
        ("version", "write version"),
        ("version 8", "write version"),
        ("version >= 7 or", "write version"),
    ],
)
def test_what_can_t_be_read(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"requires: .*{why}"):
        unmet(text, bool)
