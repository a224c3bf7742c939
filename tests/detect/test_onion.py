import base64
import hashlib
import random

import pytest

from dnsguard.detect.onion import is_v2, is_v3, kind

# the Tor Project's own site, and DuckDuckGo's
GENUINE = [
    "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid",
    "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad",
]


def made(seed: int) -> str:
    """An address by the words of rend-spec-v3 section 6."""
    key = random.Random(seed).randbytes(32)
    checksum = hashlib.sha3_256(b".onion checksum" + key + b"\3").digest()[:2]
    return base64.b32encode(key + checksum + b"\3").decode().lower()


@pytest.mark.parametrize("label", [*GENUINE, *(made(seed) for seed in range(50))])
def test_addresses_by_the_specification(label: str) -> None:
    assert is_v3(label)
    assert kind(label) == "version 3, checksum valid"


def test_any_changed_character_is_seen() -> None:
    for label in GENUINE:
        for i in range(len(label)):
            changed = label[:i] + ("a" if label[i] != "a" else "b") + label[i + 1 :]
            assert not is_v3(changed)


def test_random_labels_of_that_shape_are_none() -> None:
    dice = random.Random(1)
    labels = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=55)) + "d" for _ in range(20000)]
    # each passes with probability 2^-19 once its last character fits
    assert sum(map(is_v3, labels)) <= 1


@pytest.mark.parametrize("label", ["", "a" * 55, "a" * 57, "1" * 55 + "d", "a" * 56, "A" * 55 + "d"])
def test_other_shapes(label: str) -> None:
    assert not is_v3(label)


def test_retired_addresses() -> None:
    assert is_v2("3g2upl4pq6kufc4m")
    assert not is_v2("3g2upl4pq6kufc4")
    assert not is_v2("3g2upl4pq6kufc41")
    assert kind("3g2upl4pq6kufc4m") == "version 2, retired in 2021"


def test_what_is_wrong_is_told() -> None:
    assert kind("a" * 56) == "invalid: version 3 by its length, but the checksum is wrong"
    assert kind("www") == "invalid: 3 characters, an address has 56"
