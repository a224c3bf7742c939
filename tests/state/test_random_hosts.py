from dnsguard.state import random_hosts as state
from dnsguard.state.random_hosts import RandomHosts


def test_names_and_clients_are_counted_once_and_bounded() -> None:
    hosts = RandomHosts()
    for at in range(100):
        found = hosts.note("zone.example", f"n{at % 50}.zone.example", bytes([at % 9]), 1e9)
    assert (len(found.names), len(found.clients)) == (state.MAX_NAMES, state.MAX_CLIENTS)


def test_a_day_later_they_count_anew() -> None:
    hosts = RandomHosts()
    hosts.note("zone.example", "a.zone.example", b"1", 1e9)
    assert list(hosts.note("zone.example", "b.zone.example", b"1", 1e9 + state.LIFE + 1).names) == ["b.zone.example"]


def test_zones_are_bounded() -> None:
    hosts = RandomHosts()
    for at in range(state.MAX_ZONES + 2):
        hosts.note(f"z{at}.example", "n", b"1", 1e9)
    assert (len(hosts.zones), hosts.evicted) == (state.MAX_ZONES, 2)
    assert "z1.example" not in hosts.zones
