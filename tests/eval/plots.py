"""ROC and DET curves as SVG files that need no script: how much is found at how many false alarms."""

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

# it leaves a finder of its plug-ins in the way of every later import, in a form that Python 3.12 knows no more
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

LEAST, MOST = 1e-4, 0.5
"""False-positive rates that are drawn."""
RATES = tuple(10 ** (math.log10(LEAST) + step * math.log10(MOST / LEAST) / 60) for step in range(61))
TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 0.5)
MISSES = (0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
_STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#333333",
    foreground_strong="#111111",
    foreground_subtle="#cccccc",
    # Okabe and Ito 2008: told apart by everybody
    colors=("#0072b2", "#d55e00", "#009e73"),
    font_family="sans-serif",
)
_SCALE = NormalDist()

Curves = Mapping[str, Sequence[float]]
"""Share found at each of RATES, by what the curve is called."""


def shares(benign: Sequence[float], families: Sequence[Sequence[float]]) -> list[float]:
    """Share found at each of RATES, each family alike, by scores."""
    falling = sorted(benign, reverse=True)
    bounds = [falling[int(rate * len(falling))] for rate in RATES]
    return [sum(sum(score > bound for score in own) / len(own) for own in families) / len(families) for bound in bounds]


def roc(curves: Curves) -> bytes:
    """Share found over the false-positive rate, whose axis is logarithmic."""
    chart = _chart("Found, of generated names", "share of benign names found as well", math.log10)
    chart.y_labels = [{"value": share / 10, "label": f"{share * 10} %"} for share in range(0, 11, 2)]
    chart.range = (0, 1)
    for name, found in curves.items():
        chart.add(name, [(math.log10(rate), share) for rate, share in zip(RATES, found, strict=True)])
    return _drawn(chart)


def det(curves: Curves) -> bytes:
    """Share missed over the false-positive rate, both on the scale of normal deviates (Martin et al. 1997)."""
    chart = _chart("Missed, of generated names", "share of benign names found as well", _SCALE.inv_cdf)
    chart.y_labels = [{"value": _SCALE.inv_cdf(share), "label": f"{100 * share:g} %"} for share in MISSES]
    chart.range = (_SCALE.inv_cdf(MISSES[0]), _SCALE.inv_cdf(MISSES[-1]))
    for name, found in curves.items():
        # what is all found, or all missed, has no place on this scale
        points = [
            (_SCALE.inv_cdf(rate), _SCALE.inv_cdf(1 - share))
            for rate, share in zip(RATES, found, strict=True)
            if MISSES[0] <= 1 - share <= MISSES[-1]
        ]
        chart.add(name, points)
    return _drawn(chart)


def _drawn(chart: pygal.XY) -> bytes:
    """The picture, without the script that pygal puts in for its own."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in [each for each in parent if str(each.tag).endswith("script")]:
            parent.remove(child)
    drawn: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return drawn


def _chart(title: str, x_title: str, scale: object) -> pygal.XY:
    assert callable(scale)
    chart = pygal.XY(
        width=720,
        height=440,
        style=_STYLE,
        js=[],
        no_prefix=True,
        show_dots=False,
        stroke_style={"width": 2.5},
        title=title,
        x_title=x_title,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        truncate_legend=-1,
    )
    chart.x_labels = [{"value": scale(rate), "label": f"{100 * rate:g} %"} for rate in TICKS]
    chart.xrange = (scale(LEAST), scale(MOST))
    return chart


def write(folder: Path, name: str, curves: Curves) -> None:
    """Write NAME_roc.svg and NAME_det.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_roc.svg").write_bytes(roc(curves))
    (folder / f"{name}_det.svg").write_bytes(det(curves))
