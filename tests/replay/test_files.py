import gzip
import io
import os
from pathlib import Path

import pytest

from dnsguard.replay import files
from dnsguard.replay.recorded import DamagedError, Recorded, Skipped
from dnsguard.replay.source import Source
from tests import recordings as rec

ASK = rec.query("a.example")
JSON = (
    b'{"ts":5.0,"id.orig_h":"192.0.2.7","id.orig_p":1,"id.resp_h":"192.0.2.53","id.resp_p":53,"query":"a","qtype":1}\n'
)
KINDS = {
    "pcap": rec.pcap([(5.0, rec.ethernet(rec.asked(ASK)))]),
    "pcapng": rec.section() + rec.interface(1) + rec.enhanced(5_000_000, rec.ethernet(rec.asked(ASK))),
    "json": JSON,
    "tsv": b"#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\tqtype\n"
    b"5.0\t192.0.2.7\t1\t192.0.2.53\t53\ta\t1\n",
}


def read(data: bytes) -> list[Recorded]:
    return list(files.messages(Source(io.BytesIO(data), "x"), Skipped()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_each_kind_is_told_by_content(kind: str, pack: type[bytes]) -> None:
    assert [m.time for m in read(pack(KINDS[kind]))] == [5.0]


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "it is empty"), (b"\x7fELF\2\1\1\0", "it begins with 7f 45 4c 46"), (gzip.compress(b"hi"), "68 69")],
)
def test_anything_else_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(DamagedError, match=f"neither pcap, pcapng nor Zeek's dns.log: .*{told}"):
        read(data)


def test_garbage_never_raises_anything_else() -> None:
    for seed in range(300):
        data = bytearray(
            rec.pcap([(float(n), rec.ethernet(rec.asked(ASK))) for n in range(9)]) if seed % 2 else KINDS["pcapng"]
        )
        noise = os.urandom(8)
        for octet in noise:
            data[4 + octet * 7 % (len(data) - 4)] = octet
        try:
            read(bytes(data))
        except DamagedError:
            continue


def test_several_files_become_one_order_and_damage_spares_the_others(tmp_path: Path) -> None:
    frame = rec.ethernet(rec.asked(ASK))
    contents = {
        "one.pcap": rec.pcap([(1.0, frame), (4.0, frame), (9.0, frame)])[:-10],
        "two.pcap.gz": gzip.compress(rec.pcap([(2.0, frame), (3.0, frame), (10.0, frame)])),
        "three.log": JSON,
        "four.png": b"\x89PNG",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    warnings: list[DamagedError] = []
    sources = [files.open_source(str(tmp_path / name)) for name in contents]
    found = files.merged(sources, Skipped(), warn=warnings.append)
    assert [m.time for m in found] == [1.0, 2.0, 3.0, 4.0, 5.0, 10.0]
    assert sorted(str(w).split(": ")[0].rsplit("/")[-1] for w in warnings) == ["four.png", "one.pcap"]
    for source in sources:
        source.close()


def test_a_missing_file_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"gone\.pcap: No such file"):
        files.open_source(str(tmp_path / "gone.pcap"))
    with pytest.raises(DamagedError, match="Is a directory"):
        files.open_source(str(tmp_path))
