from dnsguard.detect.lookalike.looks import SEARCHED, SETTLED, ZONES_KEPT, Looks
from dnsguard.state.zones_seen import DAY, NEVER, ZonesSeen

NOW = 20_000 * DAY


class Network:
    """One network's looks and history."""

    def __init__(self) -> None:
        self.looks, self.history = Looks(), ZonesSeen()

    def score(self, name: str, start: int, now: float = NOW, brands: tuple[str, ...] = ()) -> float:
        zone = name[start:]
        look = self.looks.of(name, zone, now, brands, self.history)
        return 0.0 if look is None else self.looks.worth(look, zone, now, self.history)


def test_zones_are_noted_in_the_history() -> None:
    network = Network()
    assert network.score("www.example.com", 4) == 0
    assert network.history.age("example.com", NOW) == 0
    assert network.history.age("example.net", NOW) == NEVER


def test_what_the_network_has_long_asked_for_is_no_news() -> None:
    network = Network()
    first = network.score("linkedinz.com", 0)
    assert first >= 1
    assert network.score("linkedinz.com", 0, NOW + (SETTLED - 1) * DAY) == first
    assert network.score("linkedinz.com", 0, NOW + SETTLED * DAY) < 1


def test_a_homograph_stays_one() -> None:
    network = Network()
    name = "xn--pypal-4ve.com"
    assert network.score(name, 0) == network.score(name, 0, NOW + 30 * DAY) > 1


def test_a_search_suffix_is_recognised() -> None:
    network = Network()
    names = [
        "paypal.com.site.example",
        "netflix.com.site.example",
        "github.com.site.example",
        "coinbase.com.site.example",
    ]
    scores = [network.score(name, name.index("site")) for name in names]
    assert [score >= 1 for score in scores] == [True] * (SEARCHED - 1) + [False] * 2
    # and so is one that is known from days before
    network.score("x.other.example", 2)
    assert network.score("paypal.com.other.example", 11, NOW + DAY) < 1


def test_popular_zones_are_excused() -> None:
    network = Network()
    assert network.score("redit.com", 0) == 0
    assert network.score("ymail.com", 0) == 0


def test_other_brands_are_other_looks() -> None:
    network = Network()
    assert network.score("firstcitizenz.example", 0) == 0
    assert network.score("firstcitizenz.example", 0, brands=("firstcitizen.example",)) >= 1
    assert network.score("firstcitizen.example", 0, brands=("firstcitizen.example",)) == 0
    owner = network.looks.owner("firstcitizen.example", ("firstcitizen.example",))
    assert owner is not None
    assert owner.label == "firstcitizen"


def test_zones_are_bounded_and_the_forgotten_ones_counted() -> None:
    network = Network()
    for number in range(2 * ZONES_KEPT + 1):
        network.score(f"zone{number}.example", 0)
    assert network.looks.evicted == 2 * ZONES_KEPT
    assert len(network.looks._plain) == 1
    assert not network.looks._kept


def test_zones_with_search_suffixes_are_bounded() -> None:
    network = Network()
    for number in range(1100):
        network.score(f"paypal.com.zone{number}.example", 11)
    assert len(network.looks._searched) <= 1024
