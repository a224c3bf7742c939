import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.detect import tunnel, tunnel_answer, tunnel_cost
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query.data_exfiltration import Config
from dnsguard.detect.response_view import Response
from dnsguard.detect.txt_forms import honest, magic_in
from dnsguard.intel.snapshot import EMPTY
from dnsguard.state.tunnels import SAMPLE_COST, Tunnels
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests import judged

START = 1_700_000_000.0


def fresh() -> Context[Config]:
    return Context(Config(), EMPTY, Memory())


def carried(ctx: Context[Config], name: str, qtype: str = "A", after: float = 0.0) -> float:
    return tunnel.count(Query.of(name, qtype, time=START + after), ctx).carried


def test_a_query_is_counted_once_whoever_asks() -> None:
    ctx = fresh()
    query = Query.of("f5b16522a91c.a.example", time=START)
    first = tunnel.count(query, ctx).carried
    assert tunnel.count(query, ctx).carried == first > 4
    zone = ctx.memory.of(Tunnels).zones["a.example"]
    assert zone.up.total == first


@pytest.mark.parametrize("rtype", [b"\0\1", b"\0\x1c"])
@pytest.mark.parametrize("size", [0, 1, 3, 5, 15, 17, 40])
def test_addresses_of_no_address_s_length_are_counted_and_hurt_nobody(rtype: bytes, size: int) -> None:
    ctx = fresh()
    for number in range(8):
        query = Query.of(f"f5b16522a91c{number}.a.example", time=START + number)
        tunnel.count(query, ctx)
        data = bytes([0xE0 + number]) * size
        record = b"\xc0\x0c" + rtype + b"\0\1\0\0\0\x3c" + size.to_bytes(2, "big") + data
        message = query.packet[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query.packet[12 : query.end] + record
        counted = tunnel_answer.count_answer(Response(query, Answer(message)), ctx)
        assert counted.carried <= size


def test_answers_of_zones_that_are_not_remembered_leave_nothing_behind() -> None:
    ctx = fresh()
    for number in range(50):
        name = f"www.shop{number}.example"
        subject = judged.response(name, f"{name}. 60 IN CNAME h{number}.b-cd.example.")
        tunnel.count(subject.query, ctx)
        tunnel_answer.count_answer(subject, ctx)
    # a popular zone's answer is worth a look, and then excused
    code = random.Random(8).randbytes(60).hex()
    subject = judged.response("www.google.com", f'www.google.com. 60 IN TXT "{code}"')
    assert tunnel_answer.count_answer(subject, ctx).carried == 0
    tunnels = ctx.memory.of(Tunnels)
    assert (len(tunnels.zones), tunnels.symbols, tunnels.sampled) == (0, 0, 0)


def test_what_an_answer_of_a_new_zone_carries_is_counted_once() -> None:
    ctx = fresh()
    code = random.Random(8).randbytes(60).hex()
    subject = judged.response("www.shop.example", f'www.shop.example. 60 IN TXT "{code}"')
    assert tunnel_answer.count_answer(subject, ctx).carried == len(code)
    tunnels = ctx.memory.of(Tunnels)
    zone = tunnels.zones["shop.example"]
    assert (tunnels.symbols, len(zone.rdata), len(zone.answers), zone.answered) == (1, 1, 1, 1)
    assert tunnels.sampled == len(zone.answers[0]) + SAMPLE_COST


def test_the_guids_of_a_windows_forest_cost_little() -> None:
    guid = "7f3c2a91-5b0e-4d26-9c58-e1a40b6d7f02"
    zone = carried(fresh(), f"_ldap._tcp.{guid}.domains._msdcs.corp.example", "SRV")
    assert 2 < zone < 8
    assert carried(fresh(), f"{guid}.t.example") > 2 * zone


def test_a_known_name_costs_little() -> None:
    ctx = fresh()
    assert carried(ctx, "f5b16522a91c.a.example") > 4
    assert carried(ctx, "f5b16522a91c.a.example", "AAAA", 1) == 0.125
    # which of the two that are known it is, then that it comes on its beat
    assert 0 < carried(ctx, "f5b16522a91c.a.example", "A", 100) <= 0.2
    assert [carried(ctx, "f5b16522a91c.a.example", "A", 100 * i) for i in range(2, 9)] == [0.0] * 7


def test_common_hosts_of_zones_nobody_knows_begin_nothing() -> None:
    ctx = fresh()
    for i in range(100):
        for host in ("www", "api", "cdn", ""):
            assert carried(ctx, f"{host}.zone{i}.example".lstrip(".")) == 0.0
    assert not ctx.memory.of(Tunnels).zones


def test_hosts_that_an_answer_named_cost_little() -> None:
    ctx = fresh()
    carried(ctx, "mail-relay.isp.example")
    host = "c-73-45-207-125-k3j5h2.hsd1.isp.example"
    reverse = judged.response("125.207.45.73.in-addr.arpa", f"125.207.45.73.in-addr.arpa. 60 IN PTR {host}.")
    tunnel_answer.count_answer(reverse, ctx)
    # only answers to questions for such records count
    assert carried(ctx, host) > 0.5
    other = fresh()
    carried(other, "mail-relay.isp.example")
    query = Query.of("125.207.45.73.in-addr.arpa", "PTR", time=START)
    tunnel_answer.count_answer(judged.Response(query, reverse.answer), other)
    assert carried(other, host) == 0.5


def test_numbered_hosts_cost_their_digits() -> None:
    ctx = fresh()
    first = carried(ctx, "customer-4711-2342-northwest.isp.example")
    second = carried(ctx, "customer-9385-1123-northwest.isp.example")
    assert second == 8 * tunnel_cost.DIGIT < first


def test_a_search_list_adds_no_data() -> None:
    ctx = fresh()
    carried(ctx, "fileserver-7.corp.example")
    assert carried(ctx, "www.google.com.corp.example") < 3
    assert carried(ctx, "teams.events.data.microsoft.com.corp.example") < carried(
        ctx, "teams.events.data.no-such-domain-k3.com.corp.example"
    )


def test_addresses_in_names() -> None:
    for name in ("4.3.2.1.bl", "c-73-45-207-125.hsd1.il", "host-185-56-156-204", "ip203x0x113x9"):
        assert tunnel_cost.has_address(name), name
    for name in ("300.3.2.1", "0.3.2.224", "255.1.1.240", "1.2.3", "a1-2-3"):
        assert not tunnel_cost.has_address(name), name


def test_the_case_of_letters_carries_data() -> None:
    assert tunnel_cost.case_bits(b"\x08AbCdEfGh") > 5
    assert tunnel_cost.case_bits(b"\x08abcdefgh") == 0
    assert tunnel_cost.case_bits(b"\x08ABCDEFGH") == 0


def test_octets_that_must_be_escaped_carry_eight_bits_at_most() -> None:
    ctx = fresh()
    dice = random.Random(4)
    raw = "".join(f"\\{octet:03d}" for octet in dice.randbytes(40) if octet > 127)
    assert 0 < carried(ctx, f"{raw}.a.example") <= 60


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=12))
def test_any_names_are_counted(labels: list[bytes]) -> None:
    ctx = fresh()
    for i, label in enumerate(labels):
        text = "".join(f"\\{octet:03d}" for octet in label)
        assert carried(ctx, f"{text}.zone.example", after=i) >= 0


def test_archives_in_names_and_honest_txt() -> None:
    assert magic_in("h4sicn03q2qaa3rlc3q.test.example") == "gzip, base64"
    assert magic_in("0001.504b03041400000008001234.test.example") == "ZIP, hex"
    assert magic_in("h4x.test.example") == ""
    assert honest(b"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "_acme-challenge.shop.example")
    assert not honest(b"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "x.shop.example")
