"""dnsperf, the load of every comparison: its input files, its command line, and what it says."""

import itertools
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.needs import PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run came to."""

    answered: int
    lost: int
    rate: float
    """Answers a second."""
    codes: dict[str, int]
    """Answers by rcode."""
    latencies: list[float]
    """Of a verbose run, in the order of the answers. [milliseconds]"""


def parse(text: str) -> Report:
    """Read a report; ValueError names the figure that is not in it."""

    def figure(name: str) -> float:
        found = re.search(rf"^ *{name}: +([\d.]+)", text, re.MULTILINE)
        if not found:
            raise ValueError(f"dnsperf told no {name!r}: {text[-500:]}")
        return float(found[1])

    codes = re.search(r"^ *Response codes: +(.*)$", text, re.MULTILINE)
    return Report(
        answered=int(figure("Queries completed")),
        lost=int(figure("Queries lost")),
        rate=figure("Queries per second"),
        codes={code: int(count) for code, count in re.findall(r"(\w+) (\d+) \(", codes[1])} if codes else {},
        latencies=[float(seconds) * 1000 for seconds in re.findall(r"^> .* ([\d.]+)$", text, re.MULTILINE)],
    )


def run(
    port: int,
    file: Path,
    seconds: float,
    *,
    rate: int = 0,
    clients: int = 8,
    outstanding: int = 200,
    tcp: bool = False,
    once: bool = False,
    timed: bool = False,
) -> Report:
    """Ask what `file` has, packets if it is called *.packets; `once`: end with the file, asking nothing again."""
    command = ["taskset", "-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(file), "-l", str(seconds)]
    command += ["-c", str(clients), "-q", str(outstanding), "-t", "2", "-m", "tcp" if tcp else "udp"]
    command += [*(["-Q", str(rate)] if rate else []), *(["-n", "1"] if once else []), *(["-v"] if timed else [])]
    command += ["-B"] if file.suffix == ".packets" else []
    return parse(subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": PATH}).stdout)


def question_file(path: Path, source: Iterator[str], count: int) -> Path:
    """Write questions for the addresses of names."""
    path.write_text("".join(f"{name} A\n" for name in itertools.islice(source, count)))
    return path


def packet_file(path: Path, packets: Iterable[bytes]) -> Path:
    """Write whole packets, whose ids dnsperf sets; the path ends in ".packets"."""
    path.write_bytes(b"".join(len(packet).to_bytes(2) + packet for packet in packets))
    return path
