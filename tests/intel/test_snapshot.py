import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnsguard.errors import ListError
from dnsguard.intel import meta, snapshot, write
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.names import canonical, suffixes
from dnsguard.intel.snapshot import EMPTY, Match, Snapshot
from dnsguard.intel.suffix import is_registry, is_shared
from dnsguard.wire import names as wire


def compiled(folder: Path, *lists: tuple[str, str, str], now: float = 7.0) -> Path:
    """Compile (name, category, text) lists."""
    configs = []
    for name, category, text in lists:
        (folder / name).write_text(text, "utf-8")
        configs.append(ListConfig(name=name, category=category, path=name))
    return compile_lists(configs, folder, folder / "compiled", now=now).path


def match(entry: str, line: int, list_name: str = "a", category: str = "threat_intel") -> Match:
    return Match(category=category, list_name=list_name, entry=entry, line=line, added=7.0)


def test_one_name_in_several_lists_the_longest_entry_first(tmp_path: Path) -> None:
    path = compiled(
        tmp_path,
        ("a", "threat_intel", "evil.example\nx.evil.example\n"),
        ("b", "threat_intel", "\nx.evil.example\n"),
        ("c", "dark_web", "evil.example\n"),
    )
    shot = Snapshot.open(path)
    assert shot.matches("w.x.evil.example") == (
        match("x.evil.example", 2),
        match("x.evil.example", 2, "b"),
        match("evil.example", 1),
        match("evil.example", 1, "c", "dark_web"),
    )
    assert len(shot) == 2
    assert shot.generation == 1


def test_asking_again_and_for_others_between(tmp_path: Path) -> None:
    shot = Snapshot.open(compiled(tmp_path, ("a", "threat_intel", "evil.example\n")))
    evil, good = "x.evil.example", "x.good.example"
    for _ in range(3):
        assert shot.matches(evil) == (match("evil.example", 1),)
        assert shot.matches(evil) == (match("evil.example", 1),)
        assert shot.matches(good) == ()
        assert shot.matches(good) == ()


def test_empty() -> None:
    assert EMPTY.matches("evil.example") == ()
    assert EMPTY.matches("") == ()
    assert (EMPTY.generation, len(EMPTY), EMPTY.path) == (0, 0, None)


def test_no_lists_compile_too(tmp_path: Path) -> None:
    shot = Snapshot.open(compiled(tmp_path))
    assert (len(shot), shot.matches("a.example")) == (0, ())


LABELS = st.text("ab-", min_size=1, max_size=3)
NAMES = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
# suffixes of every kind among the entries: registries' (refused), shared ones (exact), plain ones
TAILS = st.sampled_from(["", ".com", ".co.uk", ".github.io", ".duckdns.org", ".chickenkiller.com", ".xn--p1ai"])
ENTRIES = st.one_of(st.tuples(NAMES, TAILS).map("".join), TAILS.map(lambda tail: tail[1:] or "com"))
# any octet may stand in a query's label
QUERIES = st.one_of(
    ENTRIES,
    st.tuples(st.lists(st.one_of(LABELS.map(str.encode), st.binary(min_size=1, max_size=3)), max_size=4), ENTRIES).map(
        lambda pair: ".".join([*map(wire.label_text, pair[0]), pair[1]])
    ),
    st.tuples(LABELS, st.sampled_from([r"\.", ".", "-", r"\\."]), ENTRIES).map("".join),
)


@pytest.mark.parametrize("shard", [1, 4, 1_000_000])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(lists=st.lists(st.lists(ENTRIES, max_size=12), min_size=1, max_size=3), queries=st.lists(QUERIES, max_size=20))
def test_agrees_with_a_walk_over_plain_dicts(
    tmp_path_factory: pytest.TempPathFactory, shard: int, lists: list[list[str]], queries: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    texts = [
        (str(i), f"category{i % 2}", "".join(f"{entry}\n" for entry in entries)) for i, entries in enumerate(lists)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "SHARD", shard)
        patch.setattr(write, "_sync", str)  # a disk takes its time
        shot = Snapshot.open(compiled(folder, *texts))
    known = [
        {canonical(entry): line for line, entry in reversed(list(enumerate(entries, 1))) if not is_registry(entry)}
        for entries in lists
    ]
    assert len(shot) == len(set().union(*known))
    for query in [*queries, *(entry for entries in lists for entry in entries)]:
        expected = [
            match(suffix, known[i][suffix], str(i), f"category{i % 2}")
            for suffix in suffixes(query)
            for i in range(len(lists))
            if suffix in known[i] and (suffix == query or not is_shared(suffix))
        ]
        assert list(shot.matches(query)) == expected, query


NET_TEXTS = st.one_of(
    st.tuples(st.integers(0, 63), st.integers(24, 32)).map(
        lambda pair: str(ipaddress.ip_network((0xC6336400 + pair[0], pair[1]), strict=False))
    ),
    st.tuples(st.integers(0, 63), st.integers(120, 128)).map(
        lambda pair: str(ipaddress.ip_network(((0x20010DB8 << 96) + pair[0], pair[1]), strict=False))
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(lists=st.lists(st.lists(NET_TEXTS, max_size=12), min_size=1, max_size=3), low=st.integers(0, 80))
def test_addresses_agree_with_a_walk_over_plain_networks(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], low: int
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "_sync", str)
        shot = Snapshot.open(compiled(folder, *((str(i), "x", "\n".join(nets)) for i, nets in enumerate(lists))))
    for address in (ipaddress.ip_address(0xC6336400 + low), ipaddress.ip_address((0x20010DB8 << 96) + low)):
        expected = [
            (-ipaddress.ip_network(net).prefixlen, i, net, nets.index(net) + 1)
            for i, nets in enumerate(lists)
            for net in dict.fromkeys(nets)
            if address in ipaddress.ip_network(net)
        ]
        found = [
            (-int(m.entry.partition("/")[2]), int(m.list_name), m.entry, m.line) for m in shot.addresses(address.packed)
        ]
        assert found == sorted(expected)
    assert sorted(text for i in range(len(lists)) for text, _, _ in shot.rows(i)) == sorted(
        net for nets in lists for net in set(nets)
    )
    assert shot.addresses(b"\0\0\0\0") == shot.addresses(b"\xff" * 16) == ()


ZONE = """\
@ SOA a. b. 1 2 3 4 5
*.evil.example CNAME .
good.evil.example CNAME rpz-passthru.
*.good.evil.example CNAME rpz-passthru.
bad.good.evil.example CNAME .
ns.evil.example.rpz-nsdname CNAME .
24.0.100.51.198.rpz-ip CNAME *.
32.7.100.51.198.rpz-ip CNAME rpz-passthru.
32.8.100.51.198.rpz-nsip CNAME .
32.9.100.51.198.rpz-client-ip CNAME rpz-drop.
"""


def entries(matches: tuple[Match, ...]) -> list[str]:
    return [found.entry for found in matches]


def test_in_a_policy_zone_the_most_exact_trigger_decides(tmp_path: Path) -> None:
    shot = Snapshot.open(compiled(tmp_path, ("a", "threat_intel", ZONE)))
    assert shot.matches("evil.example") == ()
    assert entries(shot.matches("x.evil.example")) == ["evil.example"]
    assert shot.matches("good.evil.example") == shot.matches("x.good.evil.example") == ()
    assert entries(shot.matches("bad.good.evil.example")) == ["bad.good.evil.example"]
    assert shot.matches("x.bad.good.evil.example") == ()


def test_triggers_are_kept_apart(tmp_path: Path) -> None:
    shot = Snapshot.open(compiled(tmp_path, ("a", "threat_intel", ZONE)))
    packed = [bytes([198, 51, 100, i]) for i in range(10)]
    assert entries(shot.matches("ns.evil.example")) == ["evil.example"]
    assert entries(shot.server_names("ns.evil.example")) == ["ns.evil.example"]
    assert shot.server_names("x.evil.example") == ()
    (found,) = shot.addresses(packed[8])
    assert (found.entry, found.action) == ("198.51.100.0/24", "nodata")
    assert shot.addresses(packed[7]) == ()
    assert [entries(shot.server_addresses(address)) for address in packed[7:]] == [[], ["198.51.100.8/32"], []]
    assert [entries(shot.clients(address)) for address in packed[7:]] == [[], [], ["198.51.100.9/32"]]
    assert EMPTY.server_names("a.example") == EMPTY.addresses(packed[0]) == EMPTY.clients(packed[0]) == ()


def test_an_exception_of_adblock_shields_from_all_entries_of_its_list(tmp_path: Path) -> None:
    filters = "||evil.example^\n@@||good.evil.example^\n||bad.good.evil.example^\n"
    shot = Snapshot.open(compiled(tmp_path, ("a", "threat_intel", filters), ("b", "x", "bad.good.evil.example\n")))
    assert entries(shot.matches("x.evil.example")) == ["evil.example"]
    assert shot.matches("x.good.evil.example") == ()
    assert [found.list_name for found in shot.matches("bad.good.evil.example")] == ["b"]


def test_a_single_label_that_is_believed_matches_all_below(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("zip\nx.example\n")
    config = ListConfig(name="a", category="threat_intel", path="a", believe=("zip",))
    shot = Snapshot.open(compile_lists([config], tmp_path, tmp_path / "compiled", now=7.0).path)
    assert entries(shot.matches("a.b.zip")) == entries(shot.matches("zip")) == ["zip"]
    assert entries(shot.matches("y.x.example")) == ["x.example"]
    assert shot.matches("x.zip.example") == ()


def test_what_a_feed_says_of_an_entry_is_kept(tmp_path: Path) -> None:
    row = '"2024-11-01 12:00:00", "1", "{}", "{}", "t", "w", "", "A", "", "{}", "r", "t", "0", "x"\n'
    text = row.format("evil.example", "domain", 50) + row.format("198.51.100.7:443", "ip:port", 90)
    text = "# first_seen_utc,ioc_id,ioc_value,ioc_type\n" + text + row.format("evil.example", "domain", 80)
    text = text.replace("# first_seen_utc,ioc_id,ioc_value,ioc_type", "#ioc_value,ioc_type,", 1)
    shot = Snapshot.open(compiled(tmp_path, ("a", "threat_intel", text)))
    (found,) = shot.matches("evil.example")
    assert (found.confidence, found.added, found.line) == (80, 1730462400.0, 2)
    (found,) = shot.addresses(bytes([198, 51, 100, 7]))
    assert (found.confidence, found.added) == (90, 1730462400.0)


def test_rows_and_dates_can_be_read_back(tmp_path: Path) -> None:
    shot = Snapshot.open(
        compiled(tmp_path, ("a", "threat_intel", "x.example\n\ny.example\n"), ("b", "dark_web", "x.example\n"))
    )
    assert sorted(shot.rows(0)) == [("x.example", 1, 7), ("y.example", 3, 7)]
    assert sorted(shot.rows(1)) == [("x.example", 1, 7)]
    assert (shot.added("y.example", 0), shot.added("y.example", 1), shot.added("z.example", 0)) == (7, None, None)


MANY = "".join(f"n{i}.example\n198.51.100.{i}\n2001:db8::{i}\n" for i in range(50))


@pytest.mark.parametrize(
    "name",
    [
        *("names-000.marisa", "kinds.u8", meta.LINES, meta.MORE, meta.TABLE, meta.META),
        *(meta.V4, meta.V6_HIGH, meta.V6_LOW, meta.MARKS),
    ],
)
@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "gone"])
def test_a_damaged_snapshot_is_refused(tmp_path: Path, name: str, harm: str) -> None:
    path = compiled(tmp_path, ("a", "threat_intel", MANY), ("b", "dark_web", "n1.example\n"))
    file = path / name
    data = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
    else:
        if harm == "cut":
            del data[len(data) // 2 :]
        elif harm == "empty":
            data.clear()
        else:
            data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)
    with pytest.raises(ListError, match=str(path)):
        Snapshot.open(path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = compiled(tmp_path, ("a", "threat_intel", "x.example\n"))
    table = json.loads((path / meta.META).read_text())
    (path / meta.META).write_text(json.dumps({**table, "format": 99}))
    with pytest.raises(ListError, match="format 99"):
        Snapshot.open(path)


def test_a_mapped_snapshot_outlives_its_files(tmp_path: Path) -> None:
    path = compiled(tmp_path, ("a", "threat_intel", "evil.example\n"))
    shot = Snapshot.open(path)
    for file in path.iterdir():
        file.unlink()
    assert shot.matches("x.evil.example") == (match("evil.example", 1),)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's /proc/PID/smaps")
def test_what_is_mapped_is_shared(tmp_path: Path) -> None:
    path = compiled(tmp_path, ("a", "threat_intel", "".join(f"n{i}.example\n" for i in range(20_000))))
    program = (
        "import sys; from pathlib import Path; from dnsguard.intel.snapshot import Snapshot\n"
        "shot = Snapshot.open(Path(sys.argv[1])); shot.matches('x.n5.example')\n"
        "print(Path('/proc/self/smaps').read_text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    mapped = [block for block in done.stdout.split("VmFlags")[:-1] if str(path) in block]
    assert {Path(block.split(str(path))[1].split("\n")[0]).name for block in mapped} == {
        "names-000.marisa", "kinds.u8", meta.LINES, meta.TABLE, meta.MARKS,
    }  # fmt: skip
    private = [
        line for block in mapped for line in block.splitlines() if line.startswith(("Private_Dirty", "Anonymous"))
    ]
    assert {line.split()[1] for line in private} == {"0"}


def test_the_key_is_cut_at_labels() -> None:
    assert snapshot.key_of("evil.com") == "moc.live."
    assert snapshot.name_of("moc.live.") == "evil.com"
