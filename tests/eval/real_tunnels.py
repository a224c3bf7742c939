"""What real DNS tunnels get through a real dnsguard in block mode: iodine and dns2tcp, in network namespaces.

    python -m tests.eval.real_tunnels [--behaviour] [--open] [--only iodine:TXT:base64,dns2tcp]

Needs root, `ip`, `iodine`, `dns2tcp` and /dev/net/tun. Each tool makes its tunnel, and then ten times 480 bytes are
written into a connection through it; told is how many of them reached the other end, and before that what the tool's
server was asked and what it answered, the making of the tunnel with it: the queries that were let through, the octets
in their names below the zone, and those of the answers' records. With `--behaviour`, signatures,
protocol anomalies and all else that knows the tools by their form are off: only the three tunnel detectors are left.
With `--open` nothing is blocked: so much would get through. `--only` has the rows to make, by how they begin.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.table import Table

CLIENT, SERVER = "dgtunc", "dgtuns"
ZONE = "t.behind-a-tunnel.example"
CHUNKS, CHUNK = 10, 480
CODECS = ("base32", "base64", "base64u", "base128")
KINDS = [("iodine", each, "") for each in ("NULL", "PRIVATE", "TXT", "CNAME", "MX", "SRV", "A")]
KINDS += [("iodine", "TXT", each) for each in (*CODECS, "raw")]
KINDS += [("iodine", qtype, each) for qtype in ("CNAME", "MX", "SRV", "A") for each in CODECS]
KINDS += [("dns2tcp", each, "") for each in ("TXT", "KEY")]
"""Tool, type, and what its answers are written in: empty where the tool chooses."""
OFF = (
    "suspicious_domain protocol_anomaly random_domain domain_generation_algorithm threat_intel phishing_domain".split()
)
SINK = """
import socket, sys
server = socket.create_server(("0.0.0.0", 7777))
print("ready", flush=True)
while True:
    connection, _ = server.accept()
    while data := connection.recv(4096):
        print(len(data), flush=True)
"""
RELAY = """
import selectors, socket, sys
inlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inlet.bind(("127.0.0.1", 5354))
zone = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split("."))
waiting = selectors.DefaultSelector()
waiting.register(inlet, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        data, peer = key.fileobj.recvfrom(65535)
        at = 12
        while data[at]:
            at += data[at] + 1
        ours = data[12:at].lower().endswith(zone)
        if key.fileobj is inlet:
            if ours:
                print("asked", at - 12 - len(zone), flush=True)
            onward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            onward.connect(("127.0.0.1", 5353))
            onward.send(data)
            waiting.register(onward, selectors.EVENT_READ, peer)
        else:
            if ours:
                print("answered", len(data) - at - 5, flush=True)
            inlet.sendto(data, key.data)
            waiting.unregister(key.fileobj)
            key.fileobj.close()
"""
"""Stands before the tool's server, and tells the octets of names below the zone, and of records."""
PUSH = """
import socket, sys, time
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3) as out:
        for _ in range(int(sys.argv[3])):
            out.send(b"x" * int(sys.argv[4]))
            time.sleep(0.3)
except OSError as error:
    print(error)
"""


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def network() -> Iterator[None]:
    """Two namespaces and a wire between them."""
    for name in (CLIENT, SERVER):
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", "dg0", "netns", CLIENT, "type", "veth", "peer", "name", "dg1", "netns", SERVER)
        for name, device, address in ((CLIENT, "dg0", "10.9.8.1/24"), (SERVER, "dg1", "10.9.8.2/24")):
            run("ip", "-n", name, "addr", "add", address, "dev", device)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", device, "up")
        yield
    finally:
        for name in (CLIENT, SERVER):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


class Started:
    """Processes in a namespace, each ended with its group when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __call__(self, where: str, log: str, *command: object) -> Path:
        path = self._folder / log
        with path.open("wb") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", where, *map(str, command)], stdout=out, stderr=out, start_new_session=True
            )
        self._running.append(process)
        return path

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def served(address: str) -> None:
    """Wait until dnsguard answers."""
    # localhost, which needs no upstream
    query = "0001 0100 0001 0000 0000 0000 09 6c6f63616c686f7374 00 0001 0001"
    probe = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); "
        f"s.sendto(bytes.fromhex({query!r}), ({address!r}, 53)); s.recv(512)"
    )
    for _ in range(60):
        done = subprocess.run(
            ["ip", "netns", "exec", CLIENT, sys.executable, "-c", probe], check=False, capture_output=True
        )
        if not done.returncode:
            return
        time.sleep(0.3)
    raise TimeoutError("dnsguard does not answer")


def through(tool: str, qtype: str, codec: str, mode: str, *, behaviour: bool) -> tuple[int, int, int, int]:
    """Bytes that reach the other end; queries that were let through, octets in their names, and in the answers."""
    with tempfile.TemporaryDirectory() as name, Started(Path(name)) as start:
        folder = Path(name)
        if tool == "iodine":
            start(SERVER, "server", "iodined", "-f", "-c", "-P", "x", "-p", 5353, "-l", "127.0.0.1", "10.53.8.1", ZONE)
        else:
            text = f"listen = 127.0.0.1\nport = 5353\nuser = root\nchroot = {folder}\ndomain = {ZONE}\n"
            (folder / "server.rc").write_text(text + "resources = echo:127.0.0.1:7777\n")
            start(SERVER, "server", "dns2tcpd", "-F", "-f", folder / "server.rc")
        relay = start(SERVER, "relay", sys.executable, "-c", RELAY, ZONE)
        sink = start(SERVER, "sink", sys.executable, "-c", SINK)
        off = "".join(f'[detect.{slug}]\nmode = "off"\n' for slug in OFF) if behaviour else ""
        (folder / "config.toml").write_text(
            f'mode = "{mode}"\nstate_dir = "{folder}/state"\n[listen]\ndns = ["10.9.8.2:53"]\nweb = "127.0.0.1:8053"\n'
            f'allow_from = ["any"]\n[upstream]\nservers = ["127.0.0.1:5354"]\n{off}'
        )
        start(SERVER, "dnsguard", sys.executable, "-m", "dnsguard", "serve", "--config", folder / "config.toml")
        served("10.9.8.2")
        if tool == "iodine":
            written = ("-O", codec) if codec else ()
            start(CLIENT, "client", "iodine", "-f", "-r", "-P", "x", "-T", qtype, *written, "10.9.8.2", ZONE)
            peer, port = "10.53.8.1", 7777
        else:
            common = ("-c", "-z", ZONE, "-t", 3, "-T", qtype)
            start(CLIENT, "client", "dns2tcpc", *common, "-r", "echo", "-l", 7778, "10.9.8.2")
            peer, port = "127.0.0.1", 7778
        time.sleep(6)
        push = ["ip", "netns", "exec", CLIENT, sys.executable, "-c", PUSH, peer, f"{port}", f"{CHUNKS}", f"{CHUNK}"]
        subprocess.run(push, check=False, capture_output=True, timeout=60)
        time.sleep(1)
        told = [line.split() for line in relay.read_text().splitlines()]
        asked = [int(size) for what, size in told if what == "asked"]
        answered = [int(size) for what, size in told if what == "answered"]
        came = sum(int(line) for line in sink.read_text().split() if line.isdigit())
        return came, len(asked), sum(asked), sum(answered)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--behaviour", action="store_true", help="only the three tunnel detectors")
    parser.add_argument("--open", action="store_true", help="block nothing")
    parser.add_argument("--only", default="", help="rows to make, by their beginnings, with commas between")
    args = parser.parse_args()
    missing = [tool for tool in ("ip", "iodine", "iodined", "dns2tcpc", "dns2tcpd") if shutil.which(tool) is None]
    if missing or os.geteuid() or not Path("/dev/net/tun").exists():
        sys.exit(f"needs root, /dev/net/tun and {', '.join(missing) or 'its tools'}")
    wanted = tuple(args.only.split(","))
    mode = "alert" if args.open else "block"
    heads = ("tool", "type", "answers in", f"bytes of {CHUNKS * CHUNK} through", "queries", "in names", "in answers")
    table = Table(*heads)
    with network():
        for kind in KINDS:
            if ":".join(kind).startswith(wanted):
                table.add_row(*kind, *map(str, through(*kind, mode, behaviour=args.behaviour)))
    Console().print(table)


if __name__ == "__main__":
    main()
