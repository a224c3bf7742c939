import pytest

from dnsguard.hub import sockets
from dnsguard.hub.steering import Steering


def test_packets_pass_by_those_who_leave_and_come_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(sockets, "steer", lambda bound, *, shift=0: not asked.append(shift))
    steering = Steering([])
    assert steering.works
    steering.settle()
    steering.pass_by(2)
    steering.settle()
    steering.settle()
    assert asked == [0, 2, 0]
