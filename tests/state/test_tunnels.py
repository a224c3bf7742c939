import random
import tracemalloc

from dnsguard.state import tunnels as state
from dnsguard.state.counters import TABLES
from dnsguard.state.tunnel_zone import MAX_CLIENTS, MAX_NETWORKS, MAX_RDATA, MAX_SYMBOLS
from dnsguard.state.tunnels import MAX_OFFERED, Tunnels
from tests import senders

NOW = 1_700_000_000.0


def carry(tunnels: Tunnels, name: str, count: float, now: float, symbols: int = 1) -> None:
    zone = tunnels.zones.get(name) or tunnels.open(name, 1.0, now)
    for i in range(symbols):
        tunnels.learn(zone, tunnels.fingerprint(f"{name}{now}{i}".encode()), 1, now)
    zone.up.add(count, count, now)


def test_zones_with_least_information_make_room() -> None:
    tunnels = Tunnels(max_zones=64)
    carry(tunnels, "slow.example", 400.0, NOW)
    for i in range(5000):
        carry(tunnels, f"z{i}.example", 5.0, NOW + i)
    assert len(tunnels.zones) == 64
    assert tunnels.evicted == 5001 - 64
    assert "slow.example" in tunnels.zones
    assert f"z{4999}.example" in tunnels.zones


def test_a_tunnel_that_was_found_outlasts_all_others() -> None:
    tunnels = Tunnels(max_zones=32)
    carry(tunnels, "found.example", 1.0, NOW)
    tunnels.zones["found.example"].up_until = NOW + 86400
    for i in range(1000):
        carry(tunnels, f"z{i}.example", 300.0, NOW + i)
    assert "found.example" in tunnels.zones


def test_symbols_are_bounded_for_one_zone_and_for_all() -> None:
    tunnels = Tunnels()
    carry(tunnels, "big.example", 1.0, NOW, 3 * MAX_SYMBOLS)
    assert len(tunnels.zones["big.example"].symbols) <= MAX_SYMBOLS
    assert tunnels.symbols == len(tunnels.zones["big.example"].symbols)
    tunnels = Tunnels(max_symbols=3000)
    for i in range(20):
        carry(tunnels, f"z{i}.example", 1.0, NOW, 500)
        assert tunnels.symbols <= 3000
    assert tunnels.symbols == sum(len(zone.symbols) for zone in tunnels.zones.values())


def test_samples_are_bounded() -> None:
    tunnels = Tunnels(max_sampled=4000)
    for i in range(200):
        zone = tunnels.open(f"z{i}.example", 1.0, NOW)
        tunnels.keep(zone, "x" * 100, NOW)
        tunnels.keep_answer(zone, b"y" * 90, NOW)
        assert tunnels.sampled <= 4000
    kept = sum(len(text) + 60 for zone in tunnels.zones.values() for text in (*zone.samples, *zone.answers))
    assert tunnels.sampled == kept > 2000


def test_answers_are_counted_with_names_and_make_room_within_their_zone() -> None:
    tunnels = Tunnels()
    for i in range(2000):
        tunnels.new_rdata(tunnels.zones.get("a.example") or tunnels.open("a.example", 1.0, NOW), b"%d" % i, NOW)
    zone = tunnels.zones["a.example"]
    assert len(zone.rdata) <= MAX_RDATA
    assert tunnels.symbols == len(zone.rdata)
    assert tunnels.names_evicted == 2000 - len(zone.rdata)


def test_each_table_says_what_made_room() -> None:
    tunnels = Tunnels(max_zones=4, max_symbols=3000, max_sampled=4000, max_senders=4)
    for i in range(20):
        zone = tunnels.open(f"z{i}.example", 1.0, NOW)
        for j in range(2 * MAX_SYMBOLS):
            tunnels.learn(zone, i << 20 | j, 1, NOW)
        for j in range(20):
            tunnels.keep(zone, "x" * 100, NOW)
            tunnels.share(zone.clients, bytes([j, i, 0, 1]), 1.0)
            tunnels.sent(bytes([j, i, 0, 1]), 1.0, NOW)
    for i in range(3 * MAX_OFFERED):
        tunnels.offer(f"h{i}.example")
    kept = {table: (entries, evicted) for table, entries, evicted in tunnels.tables()}
    assert set(kept) < set(TABLES)
    assert kept["tunnel_zones"] == (len(tunnels.zones), 20 - len(tunnels.zones))
    assert kept["tunnel_names"] == (tunnels.symbols, tunnels.names_evicted)
    assert kept["tunnel_sample_bytes"][0] <= 4000
    assert kept["tunnel_clients"] == (-1, 20 * (20 - MAX_CLIENTS))
    assert kept["tunnel_senders"] == (4, 20 * 20 - 4)
    assert kept["tunnel_offers"] == (2 * MAX_OFFERED, MAX_OFFERED)
    assert all(evicted > 0 for _, evicted in kept.values())


def test_networks_of_disguised_data_are_bounded_and_each_is_new_once() -> None:
    zone = Tunnels().open("z.example", 1.0, NOW)
    assert [zone.new_network(first) for first in (224, 240, 224)] == [True, True, False]
    assert sum(zone.new_network(first) for first in range(256)) == MAX_NETWORKS - 2
    assert len(zone.networks) == MAX_NETWORKS


def test_what_speaks_against_evidence_never_outweighs_what_comes_later() -> None:
    zone = Tunnels().open("z.example", 1.0, NOW)
    for _ in range(1000):
        zone.disguise(-0.25)
    zone.disguise(9.0)
    assert zone.disguised == 9.0


def test_clients_are_bounded() -> None:
    tunnels = Tunnels(max_senders=50)
    tunnels.sent(b"\1\1\1\1", 900.0, NOW)
    for i in range(2000):
        tunnels.sent(i.to_bytes(4, "big"), 10.0, NOW + i / 10)
    assert len(tunnels.senders) == 50
    assert b"\1\1\1\1" in tunnels.senders


def test_what_is_saved_is_what_was_there() -> None:
    tunnels = Tunnels()
    dice = random.Random(1)
    for i in range(40):
        carry(tunnels, f"z{i}.example", dice.uniform(2, 900), NOW + i, 4)
    zone = tunnels.zones["z3.example"]
    tunnels.keep(zone, "abc", NOW)
    tunnels.new_rdata(zone, b"xyz", NOW)
    zone.disguise(18.0)
    zone.new_network(224)
    tunnels.sent(b"\1\2\3\4", 40.0, NOW)
    saved = b"".join(tunnels.dump())
    other = Tunnels()
    other.load(saved)
    assert b"".join(other.dump()) == saved
    assert other.fingerprint(b"www") == tunnels.fingerprint(b"www")
    assert (other.symbols, other.sampled) == (tunnels.symbols, tunnels.sampled)


def test_a_flood_of_zones_and_names_stays_below_the_ceiling() -> None:
    # a sixteenth of every bound, and of the 64 MB
    bounds = (state.MAX_ZONES, state.ALL_SYMBOLS, state.MAX_SAMPLED, state.MAX_SENDERS)
    dice = random.Random(2)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tunnels = Tunnels(*(bound // 16 for bound in bounds))
        for i in range(6000):
            zone = tunnels.open(f"{senders.base32(dice.randbytes(8))}.example", 1.0, NOW + i)
            for _ in range(dice.choice((1, 8, 40))):
                tunnels.learn(zone, dice.getrandbits(59), 1, NOW + i)
            zone.up.add(20.0, 20.0, NOW + i)
            tunnels.keep(zone, senders.base32(dice.randbytes(40)), NOW + i)
            zone.clients[dice.randbytes(16)] = 1.0
            tunnels.sent(dice.randbytes(16), 20.0, NOW + i)
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(tunnels.zones) > 256
    assert used <= 64 * 2**20 / 16
