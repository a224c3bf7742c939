import pytest

from dnsguard.intel import popular
from dnsguard.intel.names import canonical
from dnsguard.intel.suffix import is_registry, is_shared


def test_the_table_is_a_thousand_registered_names() -> None:
    assert len(popular.names()) == 1000
    for name in popular.names():
        assert canonical(name) == name
        assert not is_registry(name)
        assert not is_shared(name)


@pytest.mark.parametrize(
    "name",
    """google.com youtube.com facebook.com microsoft.com apple.com amazon.com wikipedia.org github.com netflix.com
    cloudflare.com windowsupdate.com office.com live.com icloud.com gstatic.com zoom.us
    slack.com whatsapp.net instagram.com linkedin.com letsencrypt.org digicert.com www.google.com""".split(),
)
def test_what_nobody_may_block_by_mistake(name: str) -> None:
    assert popular.is_popular(name)


@pytest.mark.parametrize("name", ["evil.example", "x.google.com", "google.com.evil.example", "wwwgoogle.com"])
def test_what_is_not_popular(name: str) -> None:
    assert not popular.is_popular(name)
