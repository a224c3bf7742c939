"""The comparison as a picture: processor time per answered query, a panel for each workload with a scale of its own.

Drawn by hand: one scale for all, which is what pygal draws, would leave cached answers a line beside unique names.
"""

from xml.etree import ElementTree as ET

from tests.bench.figures import OURS, Figures, median
from tests.bench.workloads import WORKLOADS

WIDTH, BAR, GAP, LEFT, RIGHT = 760, 16, 5, 110, 70
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600 } .note { font-size: 11px; fill: #57606a }
.user { fill: #8c959f } .system { fill: #d0d7de } .ours .user { fill: #0969da } .ours .system { fill: #80b8f0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #9198a1 } .user { fill: #848d97 } .system { fill: #484f58 }
  .ours .user { fill: #4493f8 } .ours .system { fill: #1f4f8f }
}
"""


def draw(figures: Figures) -> str:
    """An SVG that stands for itself, in light and dark."""
    root = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    root.set("aria-label", "Processor time per answered query of dnsguard and its peers")
    ET.SubElement(root, "style").text = STYLE
    y = 20
    write(root, 0, y, "Processor time per answered query, µs, of all processes: user, then system", "head")
    for workload, servers in figures.full.items():
        y += 30
        write(root, 0, y, workload, "head")
        write(root, LEFT, y, WORKLOADS[workload], "note")
        y += 8
        middles = {server: median(samples) for server, samples in servers.items()}
        scale = (WIDTH - LEFT - RIGHT) / max(middle.cost for middle in middles.values())
        for server, middle in middles.items():
            group = ET.SubElement(root, "g", {"class": "ours" if server == OURS else "peer"})
            write(group, 0, y + 13, server)
            box(group, LEFT, y, middle.user * scale, "user")
            box(group, LEFT + middle.user * scale, y, middle.system * scale, "system")
            write(group, LEFT + middle.cost * scale + 6, y + 13, f"{middle.cost:.1f}")
            y += BAR + GAP
    root.set("viewBox", f"0 0 {WIDTH} {y + 8}")
    root.set("width", str(WIDTH))
    return ET.tostring(root, encoding="unicode") + "\n"


def write(parent: ET.Element, x: float, y: float, text: str, kind: str = "") -> None:
    element = ET.SubElement(parent, "text", x=f"{x:.1f}", y=f"{y:.1f}")
    element.text = text
    if kind:
        element.set("class", kind)


def box(parent: ET.Element, x: float, y: float, width: float, kind: str) -> None:
    size = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": str(BAR), "class": kind}
    ET.SubElement(parent, "rect", size)
