"""Rules every operation keeps, over the whole table."""

import pytest

from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.routes import OPERATIONS

each = pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)


@each
def test_it_says_what_it_does(one):
    assert one.summary.endswith(".")
    assert one.asked is None or issubclass(one.asked, Asked)
    assert one.body is None or issubclass(one.body, Asked)
    assert set(one.in_path) <= set(one.asked.__struct_fields__ if one.asked else ())


@each
def test_only_signing_in_is_open(one):
    assert one.is_open == (one.path == "/session" and one.method != "DELETE")


@each
def test_what_is_read_has_no_body(one):
    assert one.writes or one.body is None


def test_names_are_unique():
    assert (
        len({one.name for one in OPERATIONS}) == len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)
    )
