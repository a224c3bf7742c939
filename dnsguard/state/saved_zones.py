"""A zone of the table of tunnels, read from what was saved."""

from dnsguard.state.carried import Carried
from dnsguard.state.saved import list_of, number, octets_of, text_of
from dnsguard.state.tunnel_zone import MAX_ANSWERS, MAX_CLIENTS, MAX_NETWORKS, MAX_RDATA, MAX_SAMPLES, MAX_SYMBOLS, Zone


def loaded(saved: dict[str, object]) -> Zone:
    """What Zone.dump gave; ValueError, TypeError or KeyError for anything else."""
    zone = Zone(text_of(saved["name"]), number(saved["leeway"]), number(saved["first"]))
    zone.asked = int(number(saved["asked"]))
    zone.names = int(number(saved["names"]))
    zone.shared = int(number(saved["shared"]))
    zone.dense_names = int(number(saved["dense"]))
    zone.strange = int(number(saved.get("strange", 0)))
    for symbol, value in list_of(saved["symbols"])[:MAX_SYMBOLS]:
        zone.symbols[int(symbol)] = int(value)
    zone.up = Carried.load(list_of(saved["up"]))
    for client, count in list_of(saved["clients"])[:MAX_CLIENTS]:
        zone.clients[octets_of(client)] = number(count)
    if saved["down"] is not None:
        zone.down = Carried.load(list_of(saved["down"]))
    for client, count in list_of(saved["down_clients"])[:MAX_CLIENTS]:
        zone.down_clients[octets_of(client)] = number(count)
    zone.rdata = {int(number(each)): 1 for each in list_of(saved["rdata"])[:MAX_RDATA]}
    zone.answered = int(number(saved["answered"]))
    zone.disguised = number(saved.get("disguised", 0.0))
    zone.networks = octets_of(saved.get("networks", b""))[:MAX_NETWORKS]
    zone.answers = [octets_of(each) for each in list_of(saved["answers"])[:MAX_ANSWERS]]
    zone.samples = [text_of(each) for each in list_of(saved["samples"])[:MAX_SAMPLES]]
    zone.codec = text_of(saved["codec"])
    zone.tool = text_of(saved["tool"])
    up_until, down_until = list_of(saved["until"])
    zone.up_until = number(up_until)
    zone.down_until = number(down_until)
    return zone
