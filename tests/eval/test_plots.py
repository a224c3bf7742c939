from pathlib import Path
from xml.etree import ElementTree as ET

from tests.eval import plots


def test_shares_are_of_families_alike_and_rise_with_the_rate() -> None:
    benign = [float(at) for at in range(10000)]
    found = plots.shares(benign, [[10000.0] * 3, [-1.0]])
    assert set(found) == {0.5}
    found = plots.shares(benign, [benign])
    assert found == sorted(found)
    assert found[0] == 1e-4
    assert 0.49 < found[-1] <= 0.5


def test_pictures_are_drawn_without_script(tmp_path: Path) -> None:
    plots.write(tmp_path, "some", {"a": [0.5] * len(plots.RATES), "none missed": [1.0] * len(plots.RATES)})
    for name in ("some_roc.svg", "some_det.svg"):
        text = (tmp_path / name).read_text("utf-8")
        assert "script" not in text
        tags = [each.tag.rpartition("}")[2] for each in ET.fromstring(text).iter()]
        assert "path" in tags
