"""Pictures, read as the XML they are."""

from xml.etree import ElementTree as ET

from dnsguard.hub.api import plot

LABELS = [f"14:{minute:02}" for minute in range(61)]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(**series):
    values = {name: [found.get(place, 0) for place in range(61)] for name, found in series.items()}
    return ET.fromstring(plot.bars(LABELS, values, {name: name.upper() for name in series}, "all of it", 400))


def test_each_value_is_a_bar_that_says_what_it_is():
    root = drawn(hits={0: 10, 60: 1200}, blocked={60: 3})
    assert (root.get("role"), root.get("aria-label"), root.get("viewBox")) == ("img", "all of it", "0 0 400 180")
    titles = {
        group.get("class"): [title.text for title in group.iter(f"{SVG}title")]
        for group in root.iter(f"{SVG}g")
        if (group.get("class") or "").startswith("series")
    }
    assert titles == {"series hits": ["14:00: HITS 10", "14:60: HITS 1,200"], "series blocked": ["14:60: BLOCKED 3"]}


def test_every_tenth_label_is_written():
    texts = [text.text for text in drawn(hits={3: 1}).iter(f"{SVG}text")]
    assert [text for text in texts if ":" in text] == LABELS[::10]


def test_a_policy_without_inline_style_or_script_shows_it():
    for root in (drawn(hits={1: 5}), ET.fromstring(plot.curve([(0, 0), (9, 5)], "x", str, str, 300))):
        for element in root.iter():
            assert element.tag.removeprefix(SVG) in {"svg", "g", "rect", "path", "text", "title"}
            assert not {name for name in element.attrib if name == "style" or name.startswith("on")}


def test_a_curve_goes_through_its_points():
    points = [(0, 0), (5, 100), (10, 400)]
    root = ET.fromstring(plot.curve(points, "bytes", "{:.0f} s".format, "{:.0f} B".format, 300))
    (line,) = [path for path in root.iter(f"{SVG}path") if path.get("class") == "line reactive"]
    assert line.get("d").count(" ") >= 3
    assert {"0 B", "400 B"} <= {text.text for text in root.iter(f"{SVG}text")}
