"""Asks Suricata itself: which of a file's rules match which of a recording's packets.

    python -m tests.signatures.suricata    # writes recorded/expected.tsv again, with what the installed Suricata says

A packet's number is its place in the file, from 1. An alert over UDP names its packet. One over TCP is raised when a
later packet acknowledges the data, so there the flow's transactions, each message one, give the message.
"""

import gzip
import json
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from dnsguard.signatures.classes import CLASSES
from tests.needs import PATH
from tests.signatures import reading
from tests.signatures.reading import Packet

FOLDER: Final = Path(__file__).parent / "recorded"
CAPTURE: Final = FOLDER / "dns.pcap.gz"
RULES: Final = FOLDER / "dns.rules"
EXPECTED: Final = FOLDER / "expected.tsv"
OLDEST: Final = (8, 0, 0)
"""dns.rcode, the response's buffers, entropy, absent and requires are not in those before."""
VERSION: Final = re.compile(r"version (\d+)\.(\d+)\.(\d+)")
SETTINGS: Final = """%YAML 1.1
---
vars:
  address-groups:
    HOME_NET: "[192.0.2.0/24,2001:db8::7]"
    EXTERNAL_NET: "!$HOME_NET"
    DNS_SERVERS: "[198.51.100.53,2001:db8::53]"
  port-groups: {DNS_PORTS: "53"}
outputs:
  - eve-log: {enabled: yes, filename: eve.json, types: [alert: {metadata: {app-layer: yes, flow: yes}}]}
app-layer:
  protocols:
    dns:
      tcp: {enabled: yes, detection-ports: {dp: 53}}
      udp: {enabled: yes, detection-ports: {dp: 53}}
packet-alert-max: 255
stream: {memcap: 32mb, checksum-validation: no, reassembly: {memcap: 32mb}}
logging: {default-log-level: error, outputs: [console: {enabled: yes}]}
"""
"""What differs from Suricata's defaults: who is at home, and that a packet may have more than 15 alerts."""


def version() -> tuple[int, int, int] | None:
    """Of the Suricata that is installed; None: none is."""
    program = shutil.which("suricata", path=PATH)
    if program is None:
        return None
    said = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stdout
    match = VERSION.search(said)
    assert match is not None, said
    return int(match[1]), int(match[2]), int(match[3])


def alerts(capture: Path, rules: Path) -> list[dict[str, Any]]:
    """Run Suricata over a recording; gives eve.json's alerts. It loads every rule, or this fails with what it says."""
    program = shutil.which("suricata", path=PATH)
    assert program is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suricata.yaml").write_text(SETTINGS)
        (folder / "classification.config").write_text(
            "".join(f"config classification: {name},{name},{priority}\n" for name, priority in CLASSES.items())
        )
        (folder / "reference.config").write_text("config reference: url https://\n")
        (folder / "threshold.config").touch()
        data = capture.read_bytes()
        (folder / "x.pcap").write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        settings = [
            f"--set={key}={folder / file}"
            for key, file in (
                ("classification-file", "classification.config"),
                ("reference-config-file", "reference.config"),
                ("threshold-file", "threshold.config"),
            )
        ]
        command = [
            program,
            "-c",
            folder / "suricata.yaml",
            "-r",
            folder / "x.pcap",
            "-S",
            rules.resolve(),
            "-l",
            folder,
        ]
        command += ["-k", "none", "--runmode", "single", "--init-errors-fatal", *settings]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        events = [json.loads(line) for line in (folder / "eve.json").read_text().splitlines()]
    return [event for event in events if event["event_type"] == "alert"]


def packets(events: Iterable[dict[str, Any]], messages: Iterable[Packet]) -> dict[int, list[int]]:
    """Signature id -> the numbers of the packets it matched, ascending."""
    flows: defaultdict[tuple[str, int], list[Packet]] = defaultdict(list)
    for packet in messages:
        if packet.message.stream:
            flows[packet.client].append(packet)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for event in events:
        number = event["pcap_cnt"]
        if event["proto"] == "TCP":
            response = event["direction"] == "to_client"
            flow = flows[event["flow"]["src_ip"], event["flow"]["src_port"]]
            if "tx_id" in event:
                packet = flow[event["tx_id"]]
                assert packet.message.response is response
                number = packet.number
            else:
                number = max(
                    item.number for item in flow if item.message.response is response and item.number <= number
                )
        found[event["alert"]["signature_id"]].add(number)
    return {sid: sorted(numbers) for sid, numbers in found.items()}


def expected() -> dict[int, list[int]]:
    """What Suricata said when the table was made; of every rule."""
    lines = EXPECTED.read_text().splitlines()[1:]
    rows = (line.partition("\t") for line in lines)
    return {int(sid): [int(number) for number in numbers.split()] for sid, _, numbers in rows}


def main() -> None:
    """Write the table again."""
    found = version()
    if found is None or found < OLDEST:
        raise SystemExit(f"needs Suricata {OLDEST[0]} or newer")
    matched = packets(alerts(CAPTURE, RULES), reading.packets(CAPTURE))
    sids = [int(sid) for sid in re.findall(r" sid:(\d+);\)$", RULES.read_text(), re.MULTILINE)]
    rows = "".join(f"{sid}\t{' '.join(map(str, matched.get(sid, [])))}\n" for sid in sids)
    EXPECTED.write_text(f"# sid, packets: Suricata {'.'.join(map(str, found))}\n{rows}")
    print(f"{len(sids)} rules, {sum(map(len, matched.values()))} matches")


if __name__ == "__main__":
    main()
