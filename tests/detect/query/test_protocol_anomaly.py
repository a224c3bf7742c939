"""Severe checks tell at once, the others by rarity and repetition, at simulated time."""

from collections.abc import Iterator

import pytest

from dnsguard.detect import cues
from dnsguard.detect.context import Context
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.query import protocol_anomaly as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from dnsguard.state.anomalies import Anomalies
from dnsguard.wire.names import encode
from dnsguard.wire.query import Query
from tests import judged
from tests.anomaly.case import ids
from tests.anomaly.made import NULL, edns, option, query, question

CLIENT = b"\xc0\0\2\7"
OTHER = b"\xc0\0\2\x08"
TRAILING = query() + b"more"
ODD = query(flags=0x0140)
"""The Z bit is set: legal enough, and rare."""


def context(**config: object) -> Context[det.Config]:
    return Context(det.Config(**config), EMPTY)


def ask(ctx: Context[det.Config], packet: bytes, now: float = 0.0, client: bytes = CLIENT) -> Finding | None:
    return judged.ask(det, Query(packet, client, now), ctx)


def test_a_severe_check_tells_at_once() -> None:
    finding = ask(context(), TRAILING)
    assert ids(finding) == ["trailing_bytes"]
    assert finding is not None
    assert (finding.reason, finding.zone) == ("bytes behind the end of the message", "example.com")
    assert finding.score > finding.threshold
    assert finding.evidence["checks"] == [
        {
            "check": "trailing_bytes",
            "clause": "RFC 1035 4.1",
            "meaning": "bytes behind the end of the message",
            "severe": True,
            "offset": 33,
            "octets": b"more".hex(),
        }
    ]
    assert finding.evidence["message"] == TRAILING.hex()


def test_an_ordinary_query_is_silent() -> None:
    ctx = context()
    assert [ask(ctx, query()) for _ in range(9)] == [None] * 9
    assert ctx.memory.of(Anomalies).queries == 9


def test_a_rare_check_takes_three_within_ten_minutes() -> None:
    ctx = context()
    assert ask(ctx, ODD, 0) is None
    assert ask(ctx, ODD, 599) is None
    found = ask(ctx, ODD, 600)
    assert ids(found) == ["z_flag"]
    assert found is not None
    assert found.evidence["checks"][0]["count"] == 3
    assert found.evidence["checks"][0]["share"] == pytest.approx(1e-6)


def test_three_in_eleven_minutes_do_not_tell() -> None:
    ctx = context()
    assert [ask(ctx, ODD, now) for now in (0, 330, 660, 990)] == [None] * 4


def test_clients_are_counted_each_by_itself() -> None:
    ctx = context()
    assert [ask(ctx, ODD, client=client) for client in (CLIENT, OTHER, CLIENT, OTHER)] == [None] * 4


def crowd(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield b"\x0a\0" + number.to_bytes(2, "big")


def test_what_the_network_shows_is_ordinary_there() -> None:
    ctx = context()
    for client in crowd(10):
        for _ in range(3):
            ask(ctx, ODD, client=client)
    assert [ask(ctx, ODD, now) for now in (1, 2, 3, 4)] == [None] * 4


def test_what_it_has_not_shown_for_long_becomes_rare_there() -> None:
    def anys(queries: int) -> Finding | None:
        ctx = context()
        ctx.memory.of(Anomalies).queries = queries
        return [ask(ctx, query(question(qtype=255)), now) for now in (1, 2, 3)][-1]

    assert anys(0) is None  # one in a thousand is what a network may be expected to ask
    assert ids(anys(1_000_000)) == ["type_any"]


def test_what_a_handful_do_is_ordinary_on_however_busy_a_network() -> None:
    def last(packet: bytes, others: int) -> Finding | None:
        ctx = context()
        ctx.memory.of(Anomalies).queries = 10**9
        for client in crowd(others):
            ask(ctx, packet, client=client)
        return [ask(ctx, packet, now) for now in (1, 2, 3)][-1]

    anything = query(question(qtype=255))
    assert ids(last(anything, 4)) == ["type_any"]
    assert last(anything, 5) is None
    # but not what no honest software is known to do: several may have caught the same
    assert ids(last(query(question(qtype=NULL)), 50)) == ["type_null"]


def test_a_flood_by_one_client_is_no_baseline() -> None:
    ctx = context()
    for number in range(5000):
        ask(ctx, ODD, number / 100, client=OTHER)
    assert ids([ask(ctx, ODD, 60 + now) for now in (1, 2, 3)][-1]) == ["z_flag"]


def test_a_day_halves_the_baseline() -> None:
    ctx = context()
    for client in crowd(10):
        for _ in range(3):
            ask(ctx, ODD, client=client)
    later = 10 * 86400.0
    assert ids([ask(ctx, ODD, later + now) for now in (1, 2, 3)][-1]) == ["z_flag"]


def test_an_odd_device_is_told_of_once_a_day_and_its_zone_with_it() -> None:
    def asked(zone: str, now: float) -> Finding | None:
        return ask(ctx, query(question(encode(f"a.{zone}")), flags=0x0140), now)

    ctx = context()
    found = [asked("one.example", now) for now in (1, 2, 3)][-1]
    assert found is not None
    assert not found.quiet
    same, other = asked("one.example", 4), asked("two.example", 5)
    assert same is not None
    assert not same.quiet
    assert other is not None
    assert other.quiet  # blocked where that is on, not told again
    next_day = [asked("two.example", 86500 + now) for now in (1, 2, 3)][-1]
    assert next_day is not None
    assert not next_day.quiet


def test_the_worst_of_several_gives_the_reason() -> None:
    ctx = context()
    packet = query(question(qtype=NULL), flags=0x0140) + b"tail"
    for now in (1, 2):
        ask(ctx, packet, now)
    finding = ask(ctx, packet, 3)
    assert ids(finding) == ["trailing_bytes", "z_flag", "type_null"]


def test_checks_can_be_left_out() -> None:
    assert ask(context(ignore=("trailing_bytes",)), TRAILING) is None


def test_bounds_can_be_set() -> None:
    ctx = context(repeats=1, window=60)
    assert ids(ask(ctx, ODD)) == ["z_flag"]
    assert ask(context(repeats=1, rarity=1e-7), ODD) is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"rarity": 0}, "rarity must be above 0"),
        ({"rarity": 1.0}, "rarity must be above 0"),
        ({"repeats": 0}, "repeats must be from 1 to 16"),
        ({"repeats": 17}, "repeats must be from 1 to 16"),
        ({"ignore": ("z_flags",)}, "'z_flags' is no check"),
    ],
)
def test_a_config_that_makes_no_sense_says_so(config: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        det.Config(**config)


# letter case


def cased(ctx: Context[det.Config], name: str, now: float = 0.0) -> Finding | None:
    return ask(ctx, query(question(encode(name))), now)


def test_mixed_case_in_one_zone_of_a_client_that_is_plain_elsewhere() -> None:
    ctx = context()
    assert cased(ctx, "aGvsbG8gdGhlcmUsIHRo.t.example", 0) is None
    for number in range(5):
        assert cased(ctx, f"www.plainhost{number}.example", 1) is None
    found = [cased(ctx, f"aXmGaXMgYsB0{letters}XnUkR.t.example", 2) for letters in ("aB", "cD", "eF", "gH", "iJ")]
    assert found[:-2] == [None] * 3
    assert ids(found[-2]) == ids(found[-1]) == ["case_play"]


def test_one_name_of_mixed_case_asked_again_and_again_is_silent() -> None:
    ctx = context()
    for now in range(50):
        assert cased(ctx, "tVbOxA1b2C3dEfGh.lan.example", now) is None
        assert cased(ctx, "www.plainhost.example", now) is None


def test_a_resolver_that_mixes_every_case_is_silent() -> None:
    ctx = context()
    for number in range(50):
        assert cased(ctx, f"wWw.eXAmpLesITe{number}.eXaMPLE", number) is None


def test_mixed_case_alone_says_nothing() -> None:
    ctx = context()
    for number in range(50):
        assert cased(ctx, f"wWw{number}.eXAmpLesITe.eXaMPLE", number) is None


@pytest.mark.parametrize("name", ["WPAD.corp.example", "MyLaserPrinter.corp.example", "DESKTOP-AB.Corp.EXAMPLE"])
def test_case_as_people_use_it_is_silent(name: str) -> None:
    ctx = context()
    for now in range(9):
        assert cased(ctx, "plain.anotherhost.example", now) is None
        assert cased(ctx, name, now) is None


# what never gets as far as a query


def malformed(ctx: Context[det.Config], packet: bytes, now: float = 0.0) -> Finding | None:
    return det.malformed(Malformed(packet, CLIENT, now), ctx)


def test_a_broken_query_tells_with_the_name_it_has() -> None:
    finding = malformed(context(), query(question() + b"\0", flags=0x8100))
    assert ids(finding) == ["qr_in_query"]
    assert finding is not None
    assert finding.zone == "example.com"
    assert malformed(context(), b"abc") is not None


def test_what_is_refused_without_being_wrong_is_silent() -> None:
    ctx = context()
    for now in range(5):
        assert malformed(ctx, query(question(qtype=252)), now) is None


SELF = ["version.bind", "hostname.bind", "id.server", "version.server"]
"""RFC 4892; RIPE Atlas probes ask for all of them."""
DNSMASQ = [f"{name}.bind" for name in ("cachesize", "insertions", "evictions", "misses", "hits", "auth", "servers")]


def chaos(names: list[str], every: float = 10.0) -> list[Finding | None]:
    """Asked for in class CHAOS, where hardly anyone does."""
    ctx = context()
    ctx.memory.of(Anomalies).queries = 10**9
    found = []
    for number, name in enumerate(names):
        packet = query(question(encode(name), 16, 3))
        read = Query(packet, CLIENT, number * every)
        found.append(det.malformed(Malformed(packet, CLIENT, number * every, query=read), ctx))
    return found


@pytest.mark.parametrize("names", [SELF[:1] * 300, SELF * 50, (DNSMASQ + SELF[:1]) * 30, ["Version.BIND"] * 9])
def test_who_asks_a_server_for_its_version_is_no_alarm(names: list[str]) -> None:
    assert not any(chaos(names))


def test_other_names_in_class_chaos_are_told_of_when_they_come_again() -> None:
    found = chaos(["a.example", "b.example", "c.example"])
    assert found[:2] == [None] * 2
    assert ids(found[2]) == ["chaos_name"]


def test_a_scan_of_all_that_servers_tell_of_themselves() -> None:
    found = chaos([*SELF, *DNSMASQ, "authors.bind", "version.pdns"])
    assert not any(found[:10])
    assert ids(found[10])[0] == ids(found[-1])[0] == "chaos_scan"


def test_a_flood_of_broken_queries_is_looked_at_in_part() -> None:
    ctx = context()
    found = [malformed(ctx, TRAILING, 7.5) for _ in range(80)]
    assert [finding is not None for finding in found] == [True] * 50 + [False] * 30
    assert ctx.memory.of(Anomalies).skipped == 30
    assert malformed(ctx, TRAILING, 8.0) is not None


def test_the_cue_counts_every_query_once() -> None:
    ctx = context()
    for _ in range(3):
        assert not cues.Odd(ctx).wakes(Query(edns(option(10, bytes(8))), CLIENT, 0.0))
    assert ctx.memory.of(Anomalies).queries == 3
    assert len(ctx.memory.of(Anomalies)) == 0
