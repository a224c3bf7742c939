import pytest

from dnsguard.errors import ConfigError
from dnsguard.upstream import hosts
from dnsguard.upstream.hosts import read_hosts
from dnsguard.upstream.records import Record
from dnsguard.wire import names

A, PTR, AAAA = 1, 12, 28


def record(name: str, rtype: int, rdata: bytes) -> Record:
    return Record(name=name, rtype=rtype, ttl=hosts.TTL, rdata=rdata)


def written(tmp_path, text: str):
    path = tmp_path / "hosts"
    path.write_text(text, encoding="utf-8")
    return read_hosts(path)


def test_names_are_answered_and_addresses_in_reverse(tmp_path) -> None:
    records, faults = written(
        tmp_path,
        "\ufeff# the LAN\n\n192.168.1.5\tNAS.home.arpa nas # the box\r\n"
        "fd00::5 nas.home.arpa\n192.168.1.5 other.home.arpa\n",
    )
    assert not faults
    assert records == [
        record("nas.home.arpa", A, b"\xc0\xa8\1\5"),
        record("nas", A, b"\xc0\xa8\1\5"),
        record("5.1.168.192.in-addr.arpa", PTR, names.encode("nas.home.arpa")),
        record("nas.home.arpa", AAAA, b"\xfd" + bytes(14) + b"\5"),
        record("5." + "0." * 29 + "d.f.ip6.arpa", PTR, names.encode("nas.home.arpa")),
        record("other.home.arpa", A, b"\xc0\xa8\1\5"),
    ]


def test_a_blocking_file_names_no_one_in_reverse(tmp_path) -> None:
    records, faults = written(tmp_path, "0.0.0.0 ads.example\n:: ads.example\n")
    assert not faults
    assert [found.rtype for found in records] == [A, AAAA]


def test_scoped_addresses_are_left_out(tmp_path) -> None:
    assert written(tmp_path, "fe80::1%lo0 localhost\n") == ([], ())


def test_junk_is_told_with_its_line_and_the_rest_holds(tmp_path) -> None:
    records, faults = written(tmp_path, "x y\n192.168.1.5\n192.168.1.6 a..b\n192.168.1.7 good\n")
    assert [found.name for found in records] == ["good", "7.1.168.192.in-addr.arpa"]
    assert [fault.removeprefix(str(tmp_path)) for fault in faults] == [
        "/hosts:1: 'x' is no address; write for example 192.168.1.5 nas.home.arpa",
        "/hosts:2: 192.168.1.5 has no name; write for example 192.168.1.5 nas.home.arpa",
        faults[2].removeprefix(str(tmp_path)),
    ]
    assert ":3: 'a..b' is no name" in faults[2]


def test_many_faults_are_counted(tmp_path) -> None:
    _, faults = written(tmp_path, "junk\n" * 1000)
    assert len(faults) == hosts.MAX_FAULTS + 1
    assert "980 more lines" in faults[-1]


def test_bytes_that_are_no_text_are_junk(tmp_path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"\xff\xfe\0\0\n192.168.1.7 good\n")
    records, faults = read_hosts(path)
    assert len(records) == 2
    assert len(faults) == 1


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"local\.hosts_file: .*none: No such file"):
        read_hosts(tmp_path / "none")


def test_a_file_too_large_is_a_fault(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(hosts, "MAX_SIZE", 10)
    with pytest.raises(ConfigError, match=r"put names into \[\[lists\]\]"):
        written(tmp_path, "192.168.1.7 good\n")
