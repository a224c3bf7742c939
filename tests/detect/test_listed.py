from dnsguard.detect.listed import MAX_SHOWN, listed
from dnsguard.intel.snapshot import Match


def match(entry: str, category: str = "dark_web", list_name: str = "x", confidence: int = 75) -> Match:
    return Match(category=category, list_name=list_name, entry=entry, line=1, added=0.0, confidence=confidence)


def test_only_its_own_category_counts() -> None:
    assert listed("dark_web", "T1", "r", [match("a.example", "threat_intel")]) is None
    assert listed("dark_web", "T1", "r", []) is None


def test_the_longest_entry_is_shown_and_the_shortest_is_the_zone() -> None:
    finding = listed("dark_web", "T1", "r", [match("b.a.example"), match("a.example")], extra={"more": 1})
    assert finding is not None
    assert (finding.evidence["matched"], finding.zone, finding.evidence["more"]) == ("b.a.example", "a.example", 1)
    assert (finding.score, finding.threshold) == (1.0, 1.0)


def test_the_best_listing_counts() -> None:
    matches = [match("a.example", confidence=20), match("a.example", confidence=90)]
    finding = listed("dark_web", "T1", "r", matches, weigh=lambda each: each.confidence / 100, threshold=0.5)
    assert finding is not None
    assert (finding.score, finding.threshold) == (0.9, 0.5)


def test_many_lists_are_not_all_shown() -> None:
    finding = listed("dark_web", "T1", "r", [match("a.example", list_name=str(i)) for i in range(20)])
    assert finding is not None
    assert len(finding.evidence["lists"]) == MAX_SHOWN  # type: ignore[arg-type]


def test_what_a_starter_list_says_beside_an_entry() -> None:
    finding = listed("dark_web", "T1", "r", [match("geti2p.net", list_name="starter:dark_web")])
    assert finding is not None
    assert finding.evidence["lists"][0]["note"] == "I2P: site and downloads"  # type: ignore[index]
