from typing import get_args
from unittest.mock import Mock

from dnsguard.hub.commands import Request
from dnsguard.hub.handlers import handlers


def test_each_command_is_answered() -> None:
    assert set(handlers(Mock(), Mock(), Mock(), Mock())) == set(get_args(Request))
