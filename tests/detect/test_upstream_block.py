import pytest

from dnsguard.detect.upstream_block import upstream_block
from tests.judged import response

NAME = "evil.example"


@pytest.mark.parametrize("code", [15, 16, 17])
def test_extended_dns_errors(code: int) -> None:
    assert str(code) in upstream_block(response(NAME, f"{NAME}. 1 IN A 146.112.61.104", ede=code))


def test_nowhere() -> None:
    for line in ("A 0.0.0.0", "AAAA ::", "A 127.0.0.1", "AAAA ::1", "A 0.0.0.1"):
        assert upstream_block(response(NAME, f"{NAME}. 1 IN {line}"))


def test_nxdomain_without_recursion() -> None:
    assert upstream_block(response(NAME, rcode="NXDOMAIN", ra=False))


def test_ordinary_answers() -> None:
    soa = ("example. 1 IN SOA ns.example. mail.example. 1 2 3 4 5",)
    assert not upstream_block(response(NAME))
    assert not upstream_block(response(NAME, rcode="NXDOMAIN", authority=soa))
    assert not upstream_block(response(NAME, rcode="NXDOMAIN", ra=False, aa=True, authority=soa))
    assert not upstream_block(response(NAME, f"{NAME}. 1 IN A 192.0.2.1"))
    assert not upstream_block(response(NAME, f"{NAME}. 1 IN A 0.0.0.0", f"{NAME}. 1 IN A 192.0.2.1"))
    for code in (0, 3, 18, 22):
        assert not upstream_block(response(NAME, f"{NAME}. 1 IN A 192.0.2.1", ede=code))
