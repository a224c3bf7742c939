from pathlib import Path
from typing import Literal

import pytest

from dnsguard.config.scalar import scalar
from dnsguard.config.toml import shown
from dnsguard.model import Duration, Mode, Severity, Size


def read(hint, value):
    return scalar(hint, value, shown(value))


@pytest.mark.parametrize(
    ("hint", "value", "kept"),
    [
        (bool, True, True),
        (int, 3, 3),
        (float, 3, 3.0),
        (float, 0.5, 0.5),
        (str, "x", "x"),
        (Path, "x", Path("x")),
        (Duration, "5m", Duration(300)),
        (Duration, 1.5, Duration(1.5)),
        (Size, "1kB", Size(1024)),
        (Size, 7, Size(7)),
        (Severity, "high", Severity.HIGH),
        (Severity, "INFORMATIONAL", Severity.INFORMATIONAL),
        (Mode, "shadow", Mode.SHADOW),
        (Literal["a", "b"], "b", "b"),
    ],
)
def test_kept_in_its_type(hint, value, kept) -> None:
    found = read(hint, value)
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("hint", "value", "fault"),
    [
        (bool, "yes", 'must be true or false, not "yes"'),
        (bool, 1, "must be true or false, not 1"),
        (int, True, "must be a whole number, not true"),
        (int, 1.0, "must be a whole number, not 1.0"),
        (int, 10**400, "must be a whole number, not 1000"),
        (float, float("nan"), "must be a number, not nan"),
        (float, 10**400, "must be a number, not 1000"),
        (str, 5, "must be text, in quotes, not 5"),
        (str, ["x"], 'must be text, in quotes, not ["x"]'),
        (Duration, "5 minutes", '"5 minutes" is no duration; write "250ms"'),
        (Duration, -1, "-1 is no duration"),
        (Duration, True, "true is no duration"),
        (Duration, float("nan"), "nan is no duration"),
        (Duration, float("inf"), 'inf is too long; at most "3650d"'),
        (Duration, 10**400, "is no duration"),
        (Duration, "9" * 400 + "d", "is too long"),
        (Duration, [], "[] is no duration"),
        (Size, "64 mega", '"64 mega" is no size; write "64MB"'),
        (Size, 1.5, "1.5 is no size"),
        (Size, "9" * 400 + "GB", "is no size"),
        (Size, 1 << 60, "is too large; at most 1048576GB"),
        (Severity, "Hihg", '"Hihg" is none of "Informational", "Low", "Medium", "High"; did you mean "High"?'),
        (Severity, 3, "3 is none of"),
        (Mode, "Block", 'did you mean "block"?'),
        (Literal["a", "b"], {}, 'a table is none of "a", "b"'),
    ],
)
def test_refused_with_what_would_be_right(hint, value, fault: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is what is tested
        read(hint, value)
    assert fault in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_type_that_no_config_may_have_is_a_bug() -> None:
    with pytest.raises(TypeError):
        read(bytes, "x")
