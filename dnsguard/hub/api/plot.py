"""Pictures of numbers: pygal draws them as SVG here, without script or style; the console's style sheet colours them.

pygal, because it is kept, small, pure Python, and comes from PyPI as itself. Libraries that draw in the browser come
there inside other projects' packages (uPlot in uplot-python, which wants IPython and numpy), or are years old. A
picture of an hour takes 20 ms of the hub (CPython 3.11, 2-core VM), never of a worker.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final
from xml.etree import ElementTree as ET

import pygal
from msgspec import Meta

# it leaves a finder of its plug-ins in the way of every later import, in a form that Python 3.12 knows no more
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

Width = Annotated[int, Meta(ge=240, le=1200)]
Written = Callable[[float], str]
"""Writes a number of an axis."""

HEIGHT: Final = 180
"""[CSS pixels]"""
WRITTEN: Final = 10
"""Every so many bars have their label below them."""


def bars(
    labels: Sequence[str], series: Mapping[str, Sequence[int]], names: Mapping[str, str], about: str, width: int
) -> str:
    """Stack bars, one for each label; each series has a value for each, and its key is its class in the picture.

    `names` are the series' for people, in what a bar says under the pointer; `width` in CSS pixels.
    """
    written = [label if place % WRITTEN == 0 else "" for place, label in enumerate(labels)]
    chart = pygal.StackedBar(
        **_options(width), x_labels=written, spacing=2, value_formatter=lambda value: f"{value:,.0f}"
    )
    for key, values in series.items():
        chart.add(key, list(values))
    root = _bare(chart)
    groups = [group for group in root.iter("g") if group.get("class", "").startswith("series ")]
    for (key, values), group in zip(series.items(), groups, strict=True):
        group.set("class", f"series {key}")
        for parent in list(group):
            for place, bar in enumerate(list(parent)):
                if values[place]:
                    ET.SubElement(bar[0], "title").text = f"{labels[place]}: {names[key]} {values[place]:,}"
                else:
                    parent.remove(bar)
    return _written(root, about)


def curve(points: Sequence[tuple[float, float]], about: str, x: Written, y: Written, width: int) -> str:
    """Draw a line through points; `x` and `y` write the axes' numbers."""
    chart = pygal.XY(**_options(width), fill=True, show_dots=False, x_value_formatter=x, value_formatter=y)
    chart.add("curve", list(points))
    return _written(_bare(chart), about)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _options(width: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": HEIGHT,
        "css": [],
        "js": [],
        "margin": 4,
        # half of the last label
        "margin_right": 18,
        "explicit_size": False,
        "no_prefix": True,
        "show_legend": False,
        "y_labels_major_count": 3,
        "show_minor_y_labels": False,
        "show_x_guides": False,
        "no_data_text": "",
        "truncate_label": -1,
        "include_x_axis": True,
        "min_scale": 2,
        "max_scale": 4,
    }


def _bare(chart: Any) -> ET.Element:
    """The drawing alone: a page's policy forbids style and script inside it, and titles are ours to give."""
    root: ET.Element = chart.render_tree()
    for place in list(root):
        if not isinstance(place.tag, str) or place.tag in {"defs", "title"}:
            root.remove(place)
    for parent in list(root.iter()):
        for child in list(parent):
            text = child.find("text")
            unlabelled = child.get("class") == "guides" and text is not None and not text.text
            if child.tag in {"desc", "title"} or "overlay" in child.get("class", "") or unlabelled:
                parent.remove(child)
    return root


def _written(root: ET.Element, about: str) -> str:
    root.set("role", "img")
    root.set("aria-label", about)
    for name in ("id", "xmlns:xlink"):
        root.attrib.pop(name, None)
    return ET.tostring(root, encoding="unicode")
