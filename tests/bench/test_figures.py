"""Medians, ratios, the table and the verdicts of made-up samples."""

from xml.etree import ElementTree as ET

from tests.bench.figures import OURS, Figures, Sample, median, quantiles, table, verdicts
from tests.bench.picture import draw


def sample(cost: float, *, lost: int = 0, busy: float = 1.0) -> Sample:
    return Sample(user=cost / 4, system=cost * 3 / 4, rate=1e6 / cost, lost=lost, busy=busy)


def figures() -> Figures:
    made = Figures(full={"unique": {OURS: [sample(12)], "dnsdist": [sample(10)], "unbound": [sample(30, busy=0.5)]}})
    made.half = {"unique": {OURS: [0.1] * 998 + [5.0, 9.0]}}
    made.idle = {"direct": [0.1] * 100, OURS: [0.15] * 98 + [0.3] * 2}
    made.memory = {OURS: 100 << 20}
    return made


def test_the_median_has_the_losses_of_all_rounds() -> None:
    middle = median([sample(30, lost=1), sample(10, lost=2), sample(20)])
    assert (middle.cost, middle.lost, middle.rate) == (20, 3, 50_000)


def test_quantiles_are_those_of_the_nearest_rank() -> None:
    assert quantiles(range(1000)) == (499, 989, 998)


def test_a_ratio_is_by_the_cheapest_peer() -> None:
    assert figures().ratio("unique", ("unbound", "dnsdist")) == 1.2
    assert figures().ratio("unique", ("dnsmasq",)) is None
    assert figures().ratio("cached", ("dnsdist",)) is None


def test_the_table_says_where_the_load_was_the_bound() -> None:
    text = table(figures())
    assert "| unique | dnsguard | 12.0 (3.0 + 9.0) |  | 83,333 | 0 | 0.10 | 0.10 | 5.00 |" in text
    assert "| unique | unbound | 30.0 (7.5 + 22.5) | 0.40 | ≥ 33,333 |" in text
    assert "| added to an idle miss, µs, 99 % | 200 |" in text


def test_verdicts_name_what_is_short() -> None:
    assert [line.split(":")[0] for line in verdicts(figures())] == ["good", "good", "SHORT"]


def test_the_picture_has_a_bar_of_two_parts_for_each_server() -> None:
    root = ET.fromstring(draw(figures()))
    assert len(root.findall(".//{*}rect")) == 6
    assert all(float(box.get("width", 0)) > 0 for box in root.findall(".//{*}rect"))
