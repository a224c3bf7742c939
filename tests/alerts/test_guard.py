import socket
import threading
from typing import Any

import pytest

from dnsguard.alerts.guard import GuardedResolver, PrivateTarget, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public(address: str) -> None:
    assert is_public(address)


def looking_up(*addresses: str) -> Any:
    def look_up(host: str, port: int, *_: object) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    return look_up


async def resolve(host: str, *addresses: str, allow_private: bool = False) -> list[str]:
    resolver = GuardedResolver(allow_private=allow_private, look_up=looking_up(*addresses))
    try:
        return [found["host"] for found in await resolver.resolve(host, 443)]
    finally:
        await resolver.close()


async def test_a_private_target_is_refused_and_the_error_says_what_to_do() -> None:
    with pytest.raises(PrivateTarget, match=r"evil\.example resolves to 10\.0\.0\.1.*allow_private = true"):
        await resolve("evil.example", "10.0.0.1", "::1")


async def test_only_the_public_addresses_of_a_mixed_answer_are_used() -> None:
    assert await resolve("evil.example", "10.0.0.1", "1.1.1.1") == ["1.1.1.1"]


@pytest.mark.parametrize("host", ["localhost", "a.localhost"])
async def test_localhost_is_the_operators_word(host: str) -> None:
    assert await resolve(host, "127.0.0.1") == ["127.0.0.1"]


async def test_it_may_be_allowed() -> None:
    assert await resolve("siem.lan", "10.0.0.1", allow_private=True) == ["10.0.0.1"]


async def test_a_name_that_hangs_does_not_hold_up_the_end() -> None:
    release = threading.Event()
    resolver = GuardedResolver(allow_private=False, look_up=lambda *_: release.wait() and [])
    await resolver.close()
    release.set()
