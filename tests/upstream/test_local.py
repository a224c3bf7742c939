from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from dnsguard.errors import ConfigError
from dnsguard.upstream.config import LocalConfig
from dnsguard.upstream.local import MAX_CHAIN, LocalZones
from dnsguard.wire.query import Query


def zones(*records: str, hosts: str = "", base: Path = Path()) -> LocalZones:
    return LocalZones.load(LocalConfig(records=records, hosts_file=hosts), base)


def ask(local: LocalZones, name: str, qtype: str = "A") -> dns.message.Message | None:
    message = local.answer(Query.of(name, qtype))
    return None if message is None else dns.message.from_wire(message)


def lines(message: dns.message.Message | None) -> list[str]:
    assert message is not None
    return [line for rrset in message.answer for line in rrset.to_text().splitlines()]


def is_nodata(message: dns.message.Message | None) -> bool:
    return bool(message and message.rcode() == dns.rcode.NOERROR and not message.answer and message.authority)


LAB = zones(
    "nas.lab.example 300 IN A 192.168.1.5",
    "nas.lab.example 60 IN A 192.168.1.6",
    "nas.lab.example 60 IN A 192.168.1.6",
    "nas.lab.example IN AAAA fd00::5",
    "www.lab.example IN CNAME Nas.lab.example",
    "deep.lab.example IN CNAME www.lab.example",
    "out.lab.example IN CNAME www.example.com",
    "*.lab.example 30 IN A 192.168.1.1",
    "*.dev.lab.example 30 IN CNAME nas.lab.example",
    "_ipp._tcp.lab.example IN SRV 0 0 631 nas.lab.example",
)


def test_records_are_answered_with_authority() -> None:
    message = ask(LAB, "NAS.lab.example")
    assert lines(message) == ["NAS.lab.example. 60 IN A 192.168.1.5", "NAS.lab.example. 60 IN A 192.168.1.6"]
    assert message.flags & dns.flags.AA
    assert message.flags & dns.flags.RA


@pytest.mark.parametrize("name", ["lab.example", "example", "", "nas.lab.example.com", r"x\.lab.example"])
def test_other_names_are_none_of_ours(name) -> None:
    assert ask(LAB, name) is None
    assert ask(zones(), name) is None


@pytest.mark.parametrize("qtype", ["MX", "HTTPS", "TXT"])
def test_a_name_that_exists_has_no_other_types_outside(qtype) -> None:
    message = ask(LAB, "nas.lab.example", qtype)
    assert is_nodata(message)
    assert message.authority[0].ttl == message.authority[0][0].minimum == 60


def test_aliases_are_followed_inside() -> None:
    assert lines(ask(LAB, "deep.lab.example", "AAAA")) == [
        "deep.lab.example. 300 IN CNAME www.lab.example.",
        "www.lab.example. 300 IN CNAME Nas.lab.example.",
        "Nas.lab.example. 300 IN AAAA fd00::5",
    ]


def test_an_alias_asked_for_itself_is_not_followed() -> None:
    assert lines(ask(LAB, "deep.lab.example", "CNAME")) == ["deep.lab.example. 300 IN CNAME www.lab.example."]


def test_an_alias_that_leads_outside_ends_there() -> None:
    message = ask(LAB, "out.lab.example")
    assert lines(message) == ["out.lab.example. 300 IN CNAME www.example.com."]
    assert not message.authority


def test_a_chain_without_the_type_says_so_at_its_end() -> None:
    message = ask(LAB, "www.lab.example", "MX")
    assert lines(message) == ["www.lab.example. 300 IN CNAME Nas.lab.example."]
    assert str(message.authority[0].name) == "Nas.lab.example."


def test_wildcards_answer_for_what_is_not_written() -> None:
    assert lines(ask(LAB, "any.lab.example")) == ["any.lab.example. 30 IN A 192.168.1.1"]
    assert lines(ask(LAB, "a.b.lab.example")) == ["a.b.lab.example. 30 IN A 192.168.1.1"]
    assert lines(ask(LAB, "below.nas.lab.example")) == ["below.nas.lab.example. 30 IN A 192.168.1.1"]
    assert is_nodata(ask(LAB, "any.lab.example", "AAAA"))


def test_the_nearest_wildcard_decides() -> None:
    assert lines(ask(LAB, "x.dev.lab.example"))[0] == "x.dev.lab.example. 30 IN CNAME nas.lab.example."
    assert lines(ask(LAB, "dev.lab.example")) == ["dev.lab.example. 30 IN A 192.168.1.1"]


def test_any_gets_everything_there_is() -> None:
    assert len(lines(ask(LAB, "nas.lab.example", "ANY"))) == 3


def test_other_types() -> None:
    assert lines(ask(LAB, "_ipp._tcp.lab.example", "SRV")) == [
        "_ipp._tcp.lab.example. 300 IN SRV 0 0 631 nas.lab.example."
    ]


def test_all_faults_are_told_together() -> None:
    with pytest.raises(ConfigError) as caught:
        zones("nas.home.arpa IN A 192.168.1.5", "x A 1", "y B 2")
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["local.records[1]", "local.records[2]"]


@pytest.mark.parametrize(
    "records",
    [
        ("a.example CNAME b.example", "a.example A 192.0.2.1"),
        ("a.example CNAME b.example", "a.example CNAME c.example"),
    ],
)
def test_an_alias_has_nothing_else(records) -> None:
    with pytest.raises(ConfigError, match="a name with a CNAME has nothing else"):
        zones(*records)


@pytest.mark.parametrize(
    "records",
    [
        ("a.example CNAME A.example",),
        ("a.example CNAME b.example", "b.example CNAME a.example"),
        ("*.a.example CNAME x.a.example",),
    ],
)
def test_an_alias_may_not_lead_back(records) -> None:
    with pytest.raises(ConfigError, match="leads back to it"):
        zones(*records)


def test_a_long_chain_is_cut() -> None:
    local = zones(*[f"n{i}.example CNAME n{i + 1}.example" for i in range(50)])
    assert len(lines(ask(local, "n0.example"))) <= MAX_CHAIN + 1


def test_hosts_file(tmp_path) -> None:
    (tmp_path / "hosts").write_text("192.168.1.5 nas.home.arpa nas\njunk\n192.168.1.9 www.home.arpa box.home.arpa\n")
    local = zones(
        "www.home.arpa CNAME nas.home.arpa",
        "box.home.arpa AAAA fd00::9",
        "5.1.168.192.in-addr.arpa PTR written.home.arpa",
        hosts="hosts",
        base=tmp_path,
    )
    assert lines(ask(local, "nas")) == ["nas. 60 IN A 192.168.1.5"]
    assert is_nodata(ask(local, "nas", "AAAA"))
    assert lines(ask(local, "5.1.168.192.in-addr.arpa", "PTR")) == [
        "5.1.168.192.in-addr.arpa. 300 IN PTR written.home.arpa."
    ]
    assert lines(ask(local, "www.home.arpa")) == [
        "www.home.arpa. 300 IN CNAME nas.home.arpa.",
        "nas.home.arpa. 60 IN A 192.168.1.5",
    ]
    assert lines(ask(local, "box.home.arpa")) == ["box.home.arpa. 60 IN A 192.168.1.9"]
    assert lines(ask(local, "box.home.arpa", "AAAA")) == ["box.home.arpa. 300 IN AAAA fd00::9"]
    assert len(local.faults) == 1


def test_a_hosts_file_that_is_missing_is_a_fault(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"local\.hosts_file"):
        zones(hosts="none", base=tmp_path)


def test_more_addresses_than_fit_are_truncated() -> None:
    local = zones(*[f"many.example A 192.168.{i // 250}.{i % 250 + 1}" for i in range(500)])
    message = ask(local, "many.example")
    assert message.flags & dns.flags.TC
    query = Query.of("many.example")
    assert (
        len(lines(dns.message.from_wire(local.answer(Query.parse(query.packet, query.client, 0.0, stream=True)))))
        == 500
    )
