import pytest

from dnsguard.detect.lookalike import edits
from dnsguard.detect.lookalike.host import hosts_others, of_host
from dnsguard.detect.lookalike.index import index
from dnsguard.detect.lookalike.look import COMBO, INSIDE, TYPO

KNOWN = index(("corp.example",))


@pytest.mark.parametrize(
    ("host", "zone", "reason"),
    [
        ("paypal.com", "session.example", INSIDE),
        ("www.paypal.com.verify", "evil.example", INSIDE),
        ("paypal", "com-verify.top", INSIDE),
        ("usps", "com-track.top", INSIDE),
        ("www.amazon.co.uk", "evil.example", INSIDE),
        ("rakuten.co.jp", "xyzxyz.cn", INSIDE),
        ("corp.example", "evil.test", INSIDE),
        ("www.paypal.com.verify", "somecdn.example", INSIDE),
        ("www.paypal.com", "somecdn.top", INSIDE),
        ("paypal.com-id", "somecdn.example", INSIDE),
        ("paypal-login", "evil.example", COMBO),
        ("secure.paypal-account", "evil.example", COMBO),
        ("login-token-id-paypal-com.gslb", "evil.example", COMBO),
        ("token-id-global-paypal-com.evil", "evil.example", COMBO),
        ("paypal.com-v2", "evil.example", INSIDE),
        ("paypal.com-v2x.edgesuite", "evil.example", INSIDE),
        ("cloudf", "lare.com", TYPO),
    ],
)
def test_is_told(host: str, zone: str, reason: str) -> None:
    look = of_host(host, zone, 0, KNOWN)
    assert look is not None
    assert look.reason == reason
    assert look.score >= 1


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("www", "example.com"),
        ("paypal", "example.com"),
        ("login", "paypal.com"),
        ("paypal.com", "corp.example"),
        # block lists are asked about names, search suffixes of local networks stand behind them
        ("paypal.com.dbl", "spamlist.example"),
        ("paypal.com", "office.lan"),
        ("paypal.com", "akamai.net"),
        ("about.com", "foo.example"),
        ("paypal.company", "foo.example"),
        ("orange-login", "foo.example"),
        ("a.b.c.d", "e.example"),
        # content networks have their customers' names below theirs, and a label of their own between
        ("login.paypal.com", "somecdn.example"),
        ("login.paypal.com.w", "kunlun.example"),
        ("static.paypal.com.map", "azion.example"),
        ("login.microsoftonline.com", "mcas.ms"),
        ("paypal.com-v2.edgesuite", "edgesuite9.example"),
        ("token-id-global-paypal-com.gslb", "network.example"),
        # the search suffix of a router that nobody set up
        ("www.paypal.com", "domain.name"),
        # as companies call the hosts behind which a service is
        ("sharepoint-auth", "corp-foo.example"),
    ],
)
def test_is_not_told(host: str, zone: str) -> None:
    look = of_host(host, zone, 0, KNOWN)
    assert hosts_others(zone, 0, KNOWN) or look is None or look.score < 1


def test_popular_zones_host_other_names() -> None:
    assert [hosts_others("cdn.example", popular, KNOWN) for popular in range(6)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    plain, lured = of_host("paypal.com", "cdn.example", 4, KNOWN), of_host("paypal.com-login", "cdn.example", 4, KNOWN)
    assert plain is not None
    assert lured is not None
    assert plain.score < 1 <= lured.score


@pytest.mark.parametrize(
    ("zone", "edit"),
    [
        ("g0v.br", edits.LOOKALIKE),
        ("giv.br", edits.KEYBOARD),
        ("govv.br", edits.DOUBLED),
        ("xn--gv-fka.br", edits.LOOKALIKE),
        ("other.br", None),
    ],
)
def test_what_passes_for_a_suffix_of_several_labels(zone: str, edit: str | None) -> None:
    look = of_host("www.caixa", zone, 0, KNOWN)
    assert (None if look is None else look.edit) == edit


def test_the_suffix_itself_passes_for_none() -> None:
    made = index(("portal.city.example",))
    assert of_host("portal", "city.example", 0, made) is None
    assert of_host("portal", "cityy.example", 0, made) is not None


def test_the_dot_is_named() -> None:
    look = of_host("www.micro", "soft.com", 0, KNOWN)
    assert look is not None
    assert (look.part, look.edit) == ("micro.soft", edits.DOT)
