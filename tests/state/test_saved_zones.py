from collections.abc import Callable
from typing import Any

import pytest

from dnsguard.state.saved import frame, frames
from dnsguard.state.tunnels import Tunnels

NOW = 1_700_000_000.0
Head = dict[str, Any]
DAMAGES: tuple[Callable[[Head, list[Head]], list[object]], ...] = (
    lambda head, zones: [],
    lambda head, zones: [None, zones],
    lambda head, zones: [{**head, "version": 0}, zones],
    lambda head, zones: [{**head, "key": 3}, zones],
    lambda head, zones: [{**head, "senders": [["text", []]]}, zones],
    lambda head, zones: [head, [{}]],
    lambda head, zones: [head, [{**zones[0], "up": [1]}]],
    lambda head, zones: [head, [{**zones[0], "first": -1.0}]],
    lambda head, zones: [head, [{**zones[0], "asked": float("inf")}]],
    lambda head, zones: [head, [{**zones[0], "samples": [7]}]],
    lambda head, zones: [head, [{**zones[0], "symbols": [[1]]}]],
    lambda head, zones: [head, [{**zones[0], "networks": "text"}]],
    lambda head, zones: [head, [{**zones[0], "disguised": -1.0}]],
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_not_saved_so_is_refused_whole(damage: Callable[[Head, list[Head]], list[object]]) -> None:
    tunnels = Tunnels()
    tunnels.open("kept.example", 1.0, NOW)
    tunnels.sent(b"\1\2\3\4", 9.0, NOW)
    before = b"".join(tunnels.dump())
    head, zones = frames(before)
    with pytest.raises(ValueError, match="not a table of tunnels"):
        tunnels.load(b"".join(map(frame, damage(head, zones))))
    # all but between two pieces: that no piece is missing, the file says
    for cut in set(range(1, len(before))) - {len(frame(head))}:
        with pytest.raises(ValueError, match="table of tunnels"):
            tunnels.load(before[:cut])
    assert b"".join(tunnels.dump()) == before


def test_a_zone_saved_before_evidence_of_addresses_was_kept_is_taken() -> None:
    tunnels = Tunnels()
    tunnels.open("kept.example", 1.0, NOW)
    head, zones = frames(b"".join(tunnels.dump()))
    old = {key: value for key, value in zones[0].items() if key not in {"disguised", "networks"}}
    tunnels.load(frame(head) + frame([old]))
    assert (tunnels.zones["kept.example"].disguised, tunnels.zones["kept.example"].networks) == (0.0, b"")
