import socket

import pytest

from dnsguard.alerts.guard import PrivateTarget
from dnsguard.errors import UpstreamError
from dnsguard.hub.feeds.resolve import FeedResolver, check_redirect


def resolver(*addresses: str, own: str = "lists.example", allow_private: bool = False) -> FeedResolver:
    async def lookup(name: str, timeout: float) -> tuple[str, ...]:  # noqa: ASYNC109 - as in exchange.Lookup
        if not addresses:
            raise UpstreamError(f"{name}: has no address")
        return addresses

    return FeedResolver(lookup, own, allow_private=allow_private)


async def hosts(resolver: FeedResolver, name: str, **options: socket.AddressFamily) -> list[str]:
    return [found["host"] for found in await resolver.resolve(name, 443, **options)]


async def test_public_addresses_only_unless_said_otherwise() -> None:
    mixed = ("9.9.9.9", "10.0.0.1", "2620:fe::fe", "::ffff:127.0.0.1")
    assert await hosts(resolver(*mixed), "lists.example") == ["9.9.9.9", "2620:fe::fe"]
    assert await hosts(resolver(*mixed, allow_private=True), "lists.example") == list(mixed)
    assert await hosts(resolver(*mixed), "lists.example", family=socket.AF_INET6) == ["2620:fe::fe"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "64:ff9b::7f00:1"])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(PrivateTarget, match="allow_private"):
        await hosts(resolver(address), "lists.example")


async def test_localhost_is_meant_only_if_it_was_written() -> None:
    assert await hosts(resolver(own="localhost"), "localhost") == ["127.0.0.1", "::1"]
    with pytest.raises((PrivateTarget, UpstreamError)):
        await hosts(resolver("127.0.0.1"), "localhost")


async def test_no_address_and_no_name_are_errors() -> None:
    with pytest.raises(UpstreamError):
        await hosts(resolver(), "lists.example")

    async def lookup(name: str, timeout: float) -> tuple[str, ...]:  # noqa: ASYNC109 - as in exchange.Lookup
        raise ValueError("has an empty label")

    with pytest.raises(OSError, match="no host name"):
        await hosts(FeedResolver(lookup, "x", allow_private=False), "a..b")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254"])
def test_a_redirect_to_an_inner_address_is_refused_unless_it_is_the_operators_own(host: str) -> None:
    with pytest.raises(PrivateTarget):
        check_redirect(host, "lists.example", allow_private=False)
    check_redirect(host, host, allow_private=False)
    check_redirect(host, "lists.example", allow_private=True)
    check_redirect("9.9.9.9", "lists.example", allow_private=False)
    check_redirect("name.example", "lists.example", allow_private=False)
