from typing import get_args

import pytest

from dnsguard.intel.config import Format, ListConfig
from dnsguard.intel.readers import FORMATS


def config(**keys: object) -> ListConfig:
    return ListConfig(name="a", category="threat_intel", path="a", **keys)  # type: ignore[arg-type]


def test_each_format_has_a_reader() -> None:
    assert set(get_args(Format)) == {"", *FORMATS}


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"min_ratio": 1.5}, "min_ratio must be from 0 to 1, not 1.5"),
        ({"max_ratio": 1.0}, "max_ratio must be 0 or more than 1, not 1.0"),
        ({"max_ratio": float("nan")}, "max_ratio must be 0 or more than 1"),
        ({"confidence": 101}, "confidence must be from 0 to 100, not 101"),
        ({"believe": ("a b",)}, "'a b' has the character ' '; a name or a network is wanted"),
    ],
)
def test_what_is_out_of_range_is_said(keys: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        config(**keys)


def test_what_is_believed_is_spelled_as_entries_are() -> None:
    believe = config(believe=("Google.COM.", "*.zip", "bücher.example", "10.0.0.1/8", "2001:DB8::")).believe
    assert believe == ("google.com", "zip", "xn--bcher-kva.example", "10.0.0.0/8", "2001:db8::/128")
