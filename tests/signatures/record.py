"""Records tests/signatures/recorded/dns.pcap.gz again: real tools talk on the loopback of a network of their own.

    unshare --net python -m tests.signatures.record     # as root; needs nsd, kdig, knsupdate, dnsperf, dns2tcp, iodine

Then `python -m tests.signatures.suricata` asks Suricata anew: ports, ids and times are others in each recording.
"""

import contextlib
import gzip
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.needs import PATH

RECORDING: Final = Path(__file__).parent / "recorded" / "dns.pcap.gz"
CLIENT, OTHER, CLIENT6 = "192.0.2.7", "192.0.2.9", "2001:db8::7"
SERVER, TUNNEL, SERVER6 = "198.51.100.53", "198.51.100.54", "2001:db8::53"
OUTGOING: Final = 4  # PACKET_OUTGOING: the loopback shows each frame leaving and arriving
SO_TIMESTAMPNS: Final = 35

ZONES: Final = {
    "example.com": """
$TTL 300
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ MX 10 mail
@ TXT "v=spf1 -all"
ns1 A 198.51.100.53
mail A 192.0.2.25
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME www
chain CNAME alias
far CNAME www.other.example.
_sip._tcp SRV 1 2 5060 www
*.wild A 192.0.2.81
sub NS ns.sub
ns.sub A 192.0.2.54
command TXT "cmd=powershell -enc SQBFAFgAKABOAGUAdwAtAE8AYgBqAGUAYwB0ACkA"
"""
    + "".join(f'large TXT "{number:03} {"0123456789abcdef" * 14}"\n' for number in range(6)),
    "evil.test": """
$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A 198.51.100.53
@ A 203.0.113.66
* A 203.0.113.66
""",
    "2.0.192.in-addr.arpa": """
$TTL 300
@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 86400 60
@ NS ns1.example.com.
80 PTR www.example.com.
""",
}
CASED: Final = ("WwW.ExAmPlE.CoM A", "EVIL.test A", "A.Evil.Test AAAA")
"""dnsperf sends them as they are; kdig would write them small."""
LABEL: Final = "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"
ASKED: Final = f"""
www.example.com A
www.example.com AAAA
alias.example.com A
chain.example.com A
far.example.com A
example.com MX
example.com NS
example.com SOA
example.com TXT
example.com ANY
_sip._tcp.example.com SRV
host.sub.example.com A
command.example.com TXT
nothing.example.com A
nothing.example.com TYPE65
other.example A
. NS
evil.test A
notevil.test A
evil.test.example.com A
a.evil.test A
a.b.c.evil.test A
a.a.evil.test A
evilx.test A
www.evil.test A
evil.test.evil.test A
good.test A
evil-42.wild.example.com A
abab.abcab.wild.example.com A
cdn.a1b2c3d4.wild.example.com A
x-1.x-22.x-333.wild.example.com A
3q2xk9vz7mw1bp5r.jt8hc4nd6sy0gfla.evil.test A
aaaaaaaaaaaaaaaa.evil.test A
{LABEL}.{LABEL}.{LABEL}.wild.example.com A
a\\.b.wild.example.com A
q\\000\\255z.wild.example.com A
w\\ x\\;y.wild.example.com A
80.2.0.192.in-addr.arpa PTR
evil.test NULL
evil.test HTTPS
www.example.com CH
"""


class Recorder:
    """Writes what arrives on the loopback from or to port 53."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.2)
        self._open = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self._open:
            try:
                data, extra, _, source = self._socket.recvmsg(65535, 64)
            except TimeoutError:
                continue
            if source[2] == OUTGOING or not _is_dns(data):
                continue
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            self.frames.append(struct.pack("<IIII", seconds, nanoseconds // 1000, len(data), len(data)) + data)

    def close(self) -> bytes:
        """End; gives the file (draft-ietf-opsawg-pcap)."""
        time.sleep(0.3)
        self._open = False
        self._thread.join()
        self._socket.close()
        return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(self.frames)


def _is_dns(frame: bytes) -> bool:
    if frame[12:14] == b"\x08\x00":
        protocol, at = frame[23], 14 + (frame[14] & 15) * 4
    elif frame[12:14] == b"\x86\xdd":
        protocol, at = frame[20], 54
    else:
        return False
    return protocol in {6, 17} and 53 in struct.unpack_from(">HH", frame, at)


def run(*command: str, seconds: float = 10) -> None:
    """Run a tool to its end, or for a while."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env={"PATH": PATH}, timeout=seconds, check=False, capture_output=True)


@contextlib.contextmanager
def served(*command: str) -> Iterator[None]:
    """Keep a server running."""
    process = subprocess.Popen(command, env={"PATH": PATH}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    if process.poll() is not None:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(5)


def nsd(folder: Path) -> tuple[str, ...]:
    """Lay out the zones; gives the command."""
    lines = [
        "server:",
        *(f"  ip-address: {address}" for address in (SERVER, SERVER6)),
        f'  zonesdir: "{folder}"',
        *(f'  {name}: ""' for name in ("username", "chroot", "pidfile", "database")),
        f'  xfrdfile: "{folder}/xfrd"',
        f'  zonelistfile: "{folder}/list"',
        f'  xfrdir: "{folder}"',
        "  server-count: 1",
        "remote-control:",
        "  control-enable: no",
    ]
    for name, text in ZONES.items():
        (folder / name).write_text(text)
        lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{name}"']
    (folder / "nsd.conf").write_text("\n".join(lines) + "\n")
    return ("nsd", "-d", "-c", f"{folder}/nsd.conf")


def ask(name: str, qtype: str, *options: str, source: str = CLIENT, server: str = SERVER) -> None:
    """One question of kdig's."""
    kind = ("-c", "CH", "-t", "TXT") if qtype == "CH" else ("-t", qtype)
    run("kdig", "-b", source, f"@{server}", "+retry=0", "+timeout=1", *options, *kind, "-q", name, seconds=3)


def talk(folder: Path) -> None:
    """All that is recorded, in order."""
    for line in ASKED.strip().splitlines():
        ask(*line.rsplit(" ", 1))
    ask("large.example.com", "TXT")  # truncated, then over TCP
    ask("www.example.com", "A", "+tcp")
    ask("a.evil.test", "A", "+tcp", source=OTHER)
    run("kdig", "-b", CLIENT, f"@{SERVER}", "+tcp", "+keepopen", "www.example.com", "A", "alias.example.com", "A")
    ask("www.example.com", "A", "+edns", "+dnssec", "+nsid", source=OTHER)
    ask("a.evil.test", "A", "+noedns", source=OTHER)
    ask("www.example.com", "A", source=CLIENT6, server=SERVER6)
    ask("a.evil.test", "AAAA", source=CLIENT6, server=SERVER6)
    ask("example.com", "NOTIFY")
    (folder / "update").write_text(
        f"server {SERVER}\nlocal {CLIENT}\nzone example.com\nadd x.example.com 60 A 1.2.3.4\nsend\n"
    )
    run("knsupdate", "-v", f"{folder}/update")
    run("knsupdate", f"{folder}/update")
    cased = folder / "cased"
    cased.write_text("".join(f"{line}\n" for line in CASED))
    run("dnsperf", "-s", SERVER, "-a", CLIENT, "-d", f"{cased}", "-n", "1", "-c", "1", "-Q", "20", "-q", "1")
    for _ in range(3):
        ask("beacon.evil.test", "A")
    (folder / "names").write_text("beacon.evil.test A\n" * 12)
    run("dnsperf", "-s", SERVER, "-a", OTHER, "-d", f"{folder}/names", "-n", "1", "-c", "1", "-Q", "6", "-q", "1")


def tunnels(folder: Path) -> None:
    """The start of a dns2tcp session and of iodine's."""
    (folder / "d2t").write_text(
        f"listen = {TUNNEL}\nport = 53\nuser = nobody\nchroot = /tmp\ndomain = t.evil.test\n"
        "resources = echo:127.0.0.1:7\n"
    )
    with served("dns2tcpd", "-F", "-f", f"{folder}/d2t"):
        run("dns2tcpc", "-z", "t.evil.test", TUNNEL, seconds=4)
    with served("iodined", "-f", "-P", "x", "-l", TUNNEL, "10.99.0.1", "i.evil.test"):
        run("iodine", "-f", "-r", "-P", "x", "-T", "NULL", "-m", "200", TUNNEL, "i.evil.test", seconds=2)


def main() -> None:
    """Record once."""
    absent = [
        tool
        for tool in ("nsd", "kdig", "knsupdate", "dnsperf", "dns2tcpc", "iodine")
        if not shutil.which(tool, path=PATH)
    ]
    if absent or [name for _, name in socket.if_nameindex()] != ["lo"]:
        raise SystemExit(f"needs {', '.join(absent) or 'a network of its own: unshare --net'}")
    run("ip", "link", "set", "lo", "up")
    for address in (CLIENT, OTHER, SERVER, TUNNEL):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    for address in (CLIENT6, SERVER6):
        run("ip", "address", "add", f"{address}/128", "dev", "lo", "nodad")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(*nsd(folder)):
            recorder = Recorder()
            talk(folder)
            tunnels(folder)
        recorded = recorder.close()
    RECORDING.parent.mkdir(exist_ok=True)
    RECORDING.write_bytes(gzip.compress(recorded, mtime=0))
    print(f"{len(recorder.frames)} frames, {RECORDING.stat().st_size} bytes: {os.path.relpath(RECORDING)}")


if __name__ == "__main__":
    main()
