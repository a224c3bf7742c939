import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnsguard.errors import ListError
from dnsguard.intel import columns, gather, source, suffix, write
from dnsguard.intel import compile as compiler
from dnsguard.intel.compile import CompileResult, ListReport, compile_lists, latest
from dnsguard.intel.config import ListConfig
from dnsguard.intel.entry import Entry
from dnsguard.intel.meta import LINES
from dnsguard.intel.readers import File, Reading
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.starter import starter_lists
from dnsguard.tasks import clock


class Folder:
    """A folder with lists, compiled at a time that moves on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.compiled = path / "compiled"
        self.now = 1000.0

    def write(self, text: str, name: str = "a.txt") -> None:
        (self.path / name).write_text(text)

    def compile(self, *lists: ListConfig) -> CompileResult:
        self.now += 1000
        return compile_lists(lists or [config()], self.path, self.compiled, now=self.now)

    def names(self) -> dict[str, int]:
        shot = latest(self.compiled)
        assert shot is not None
        return {name: added for i in range(len(shot.meta.lists)) for name, _, added in shot.rows(i)}


def config(name: str = "a", category: str = "threat_intel", **keys: object) -> ListConfig:
    return ListConfig(name=name, category=category, **{"path": f"{name}.txt", **keys})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def many(count: int) -> str:
    return "".join(f"n{i}.example\n" for i in range(count))


def test_the_report_says_what_was_refused(folder: Folder) -> None:
    folder.write("x.example\ncom\nno name\ny.example\n")
    result = folder.compile()
    assert (result.generation, result.changed, result.names, result.faults) == (1, True, 2, ())
    (report,) = result.lists
    assert (report.state, report.entries, report.junk, report.public_suffixes) == ("read", 2, 1, 1)
    assert [(refused.line, refused.text) for refused in report.refused] == [(2, "com"), (3, "no name")]


def test_unchanged_lists_keep_their_snapshot(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.example\n")
    first = folder.compile()
    second = folder.compile()
    assert (second.changed, second.path, second.generation) == (False, first.path, 1)
    assert second.lists == first.lists
    with monkeypatch.context() as patch:
        patch.setattr(compiler, "stream", None)  # not a line is read for that
        assert folder.compile() == second
    folder.write("x.example\n# a comment shifts no entry, but lines may\n")
    assert folder.compile().changed


@pytest.mark.parametrize(
    "other",
    [
        [config("b")],
        [config(category="dark_web")],
        [config("a"), config("b")],
        [],
    ],
)
def test_other_lists_are_another_snapshot(folder: Folder, other: list[ListConfig]) -> None:
    folder.write("x.example\n")
    folder.write("x.example\n", "b.txt")
    folder.compile()
    assert compile_lists(other, folder.path, folder.compiled, now=0.0).changed


def test_other_public_suffixes_are_another_snapshot(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.example\n")
    folder.compile()
    monkeypatch.setattr(suffix, "version", lambda: "another")
    assert folder.compile().changed


def test_an_entry_keeps_its_date_until_it_leaves(folder: Folder) -> None:
    folder.write("x.example\ny.example\n")
    folder.compile()
    folder.write("new.example\nx.example\ny.example\n")
    folder.compile()
    assert folder.names() == {"x.example": 2000, "y.example": 2000, "new.example": 3000}
    folder.write("new.example\ny.example\n")
    folder.compile()
    folder.write("new.example\ny.example\nx.example\n")
    folder.compile()
    assert folder.names() == {"y.example": 2000, "new.example": 3000, "x.example": 5000}


def test_dates_are_each_list_s_own(folder: Folder) -> None:
    folder.write("x.example\n")
    folder.compile()
    folder.write("x.example\n", "b.txt")
    folder.compile(config("b"), config("a"))
    shot = latest(folder.compiled)
    assert shot is not None
    assert {m.list_name: m.added for m in shot.matches("x.example")} == {"a": 2000.0, "b": 3000.0}


def test_a_list_that_is_gone_keeps_its_entries_beside_new_ones(folder: Folder) -> None:
    folder.write("x.example\n\nshared.example\n")
    folder.write("y.example\n", "b.txt")
    folder.compile(config("a"), config("b"))
    (folder.path / "a.txt").unlink()
    folder.write("y.example\nz.example\n", "b.txt")
    result = folder.compile(config("a"), config("b"))
    assert [(r.name, r.state, r.entries) for r in result.lists] == [("a", "kept", 2), ("b", "read", 2)]
    assert result.faults == (f"list 'a': {folder.path / 'a.txt'}: No such file or directory",)
    assert folder.names() == {"x.example": 2000, "shared.example": 2000, "y.example": 2000, "z.example": 3000}
    (match,) = Snapshot.open(result.path).matches("shared.example")
    assert match.line == 3
    assert not folder.compile(config("a"), config("b")).changed


def test_a_list_that_never_was_is_absent(folder: Folder) -> None:
    result = folder.compile()
    assert [(r.state, r.entries) for r in result.lists] == [("absent", 0)]
    assert len(result.faults) == 1
    assert Snapshot.open(result.path).matches("x.example") == ()


def test_what_is_no_file(folder: Folder) -> None:
    (folder.path / "a.txt").mkdir()
    assert folder.compile().faults == (f"list 'a': {folder.path / 'a.txt'}: Is a directory",)
    assert "no path" in folder.compile(config(path="", url="https://lists.example/a")).faults[0]


@pytest.mark.parametrize(
    ("before", "after", "ratio", "taken"),
    [
        (100, 100, 0.5, True),
        (100, 50, 0.5, True),
        (100, 49, 0.5, False),
        (100, 0, 0.5, False),
        (100, 89, 0.9, False),
        (100, 1, 0.0, True),
        (100, 0, 0.0, True),
        (100, 200, 1.0, True),
        (100, 99, 1.0, False),
        # written by hand
        (9, 1, 0.5, True),
        (1, 0, 0.5, False),
    ],
)
def test_a_list_that_shrinks_is_doubted(folder: Folder, before: int, after: int, ratio: float, taken: bool) -> None:
    folder.write(many(before))
    folder.compile(config(min_ratio=ratio))
    folder.write("# now\n" + many(after))
    result = folder.compile(config(min_ratio=ratio))
    assert len(folder.names()) == (after if taken else before)
    assert [r.state for r in result.lists] == ["read" if taken else "kept"]
    assert bool(result.faults) is not taken
    assert result.changed is taken
    if not taken:
        assert f"{after} entries, where it had {before}; the old ones stay" in result.faults[0]
        # and once the person says that it is meant, it is taken
        assert folder.compile(config(min_ratio=0.0)).changed
        assert len(folder.names()) == after


def test_a_fetched_list_is_known_by_its_url(folder: Folder) -> None:
    folder.write(many(100))
    folder.write(many(1), "b.txt")
    url = "https://lists.example/a"
    folder.compile(config(url=url))
    assert "1 entries, where it had 100" in folder.compile(config(url=url, path="b.txt")).faults[0]
    folder.write(many(100), "b.txt")
    assert not folder.compile(config(url=url, path="b.txt")).changed


def test_another_file_is_not_held_against_the_old_one(folder: Folder) -> None:
    folder.write(many(100))
    folder.write(many(1), "b.txt")
    folder.compile()
    assert folder.compile(config(path="b.txt")).faults == ()
    assert len(folder.names()) == 1


def test_two_generations_stay(folder: Folder) -> None:
    for i in range(4):
        folder.write(f"n{i}.example\n")
        folder.compile()
    assert sorted(path.name for path in folder.compiled.iterdir()) == ["000003", "000004"]


def test_a_damaged_generation_is_passed_over_and_counted_on(folder: Folder) -> None:
    folder.write("x.example\n")
    folder.compile()
    folder.write("x.example\ny.example\n")
    second = folder.compile()
    (second.path / LINES).write_bytes(b"")
    shot = latest(folder.compiled)
    assert shot is not None
    assert shot.generation == 1
    third = folder.compile()
    assert (third.generation, third.changed) == (3, True)
    assert folder.names() == {"x.example": 2000, "y.example": 4000}


def test_nothing_is_left_of_a_write_that_failed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.example\n")
    first = folder.compile()
    folder.write("y.example\n")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(write, "_sync", full)
        with pytest.raises(ListError, match="the lists could not be written: No space left on device"):
            folder.compile()
    assert [path.name for path in folder.compiled.iterdir()] == ["000001"]
    shot = latest(folder.compiled)
    assert shot is not None
    assert shot.path == first.path
    assert folder.compile().generation == 2


def test_another_writer_s_generation_is_not_overwritten(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.example\n")
    folder.compile()
    taken = folder.compiled / "000002"
    sync = write._sync

    def meanwhile(path: Path) -> None:
        taken.mkdir(exist_ok=True)
        (taken / "theirs").touch()
        sync(path)

    monkeypatch.setattr(write, "_sync", meanwhile)
    folder.write("y.example\n")
    assert folder.compile().generation == 3
    assert (taken / "theirs").exists()


def test_a_killed_writer_s_rest_is_swept_when_it_is_old(folder: Folder) -> None:
    folder.now = (folder.path.stat().st_mtime // 1) + 2000
    rest = folder.compiled / ".new-dead"
    rest.mkdir(parents=True)
    folder.write("x.example\n")
    folder.compile()
    assert rest.exists()
    folder.now += write.DEAD
    folder.write("y.example\n")
    folder.compile()
    assert not rest.exists()


def test_a_folder_that_cannot_be(folder: Folder) -> None:
    folder.compiled.write_text("")
    folder.write("x.example\n")
    with pytest.raises(ListError, match="lists are compiled into it"):
        folder.compile()


def test_a_file_too_large_is_not_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FILE", 5)
    folder.write("x.example\n")
    assert "10 bytes; 5 is the most" in folder.compile().faults[0]


def test_names_and_dates_are_the_same_however_the_lists_are_ordered(folder: Folder) -> None:
    folder.write("x.example\ny.example\n")
    folder.write("y.example\nz.example\n", "b.txt")
    one = Snapshot.open(folder.compile(config("a"), config("b")).path)
    two = Snapshot.open(folder.compile(config("b"), config("a")).path)
    for name in ("x.example", "y.example", "z.example"):
        assert set(one.matches(name)) == set(two.matches(name))


def test_the_starter_lists_compile(folder: Folder) -> None:
    result = folder.compile(*starter_lists())
    assert result.faults == ()
    assert all(isinstance(report, ListReport) and report.state == "read" for report in result.lists)
    assert result.names > 10_000


def test_a_bad_ratio_is_said() -> None:
    with pytest.raises(ValueError, match="min_ratio must be from 0 to 1"):
        config(min_ratio=1.5)


def test_a_list_that_explodes_is_doubted(folder: Folder) -> None:
    folder.write(many(100))
    folder.compile()
    folder.write(many(999))
    assert folder.compile().faults == ()
    folder.write(many(9991))
    result = folder.compile()
    assert result.faults[0].endswith(
        "9991 entries, where it had 999; the old ones stay. If that is meant, set its max_ratio to 0"
    )
    assert len(folder.names()) == 999
    assert folder.compile(config(max_ratio=20.0)).faults == ()
    assert len(folder.names()) == 9991


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<!DOCTYPE html><html>404</html>", "it looks like an HTML page"),
        ("no\x00thing", "it looks like a binary file"),
        ('{"error": "rate limited"}', "it looks like JSON, but of no shape"),
        (
            "over quota, come back tomorrow\n",
            "none of its 1 lines is an entry (as domains); line 1 has more on the line",
        ),
    ],
)
def test_what_is_no_list_never_replaces_one(folder: Folder, text: str, fault: str) -> None:
    folder.write(text)
    (first,) = folder.compile().lists
    assert (first.state, first.entries) == ("absent", 0)
    assert fault in first.fault
    folder.write(many(20))
    folder.compile()
    folder.write(text)
    result = folder.compile()
    assert fault in result.faults[0]
    assert (result.changed, result.lists[0].state, len(folder.names())) == (False, "kept", 20)


def test_a_reader_s_own_fault_costs_its_list_alone(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: object, reading: object, format_: str) -> Iterator[Entry]:
        yield Entry("half.example", 1)
        raise TypeError("unhashable")

    folder.write("x.example\n")
    folder.compile(config("a"))
    folder.write("y.example\n")
    real = compiler.stream
    monkeypatch.setattr(compiler, "stream", lambda data, reading, fmt: (broken if fmt else real)(data, reading, fmt))
    folder.write("z.example\n", "b.txt")
    result = folder.compile(config("a"), config("b", format="misp"))
    assert result.faults == (f"list 'b': {folder.path / 'b.txt'}: can't be read as : TypeError: unhashable",)
    assert set(folder.names()) == {"y.example"}


def test_only_lists_that_changed_are_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("x.example\n198.51.100.0/24\nshared.example\n")
    folder.write("y.example\nshared.example\n", "b.txt")
    folder.compile(config("a"), config("b"))
    read: list[bytes] = []
    real = compiler.stream

    def counted(data: File, reading: Reading, format_: str) -> Iterator[Entry]:
        read.append(data[:])
        return real(data, reading, format_)

    monkeypatch.setattr(compiler, "stream", counted)
    folder.write("z.example\n", "b.txt")
    result = folder.compile(config("b"), config("a"))
    assert read == [b"z.example\n"]
    assert [(r.name, r.entries, r.format) for r in result.lists] == [("b", 1, "domains"), ("a", 3, "domains")]
    assert folder.names() == {"x.example": 2000, "198.51.100.0/24": 2000, "shared.example": 2000, "z.example": 3000}


def test_another_confidence_is_another_reading(folder: Folder) -> None:
    folder.write("x.example\n")
    folder.compile()
    assert folder.compile(config(confidence=30)).changed
    shot = latest(folder.compiled)
    assert shot is not None
    (match,) = shot.matches("x.example")
    assert (match.confidence, match.added) == (30, 2000.0)
    assert folder.compile(config(confidence=30, believe=("com",))).changed


def test_an_indicator_that_ends_leaves_at_the_next_compilation(folder: Folder) -> None:
    indicators = [
        {"type": "indicator", "pattern": f"[domain-name:value = '{name}']", "valid_until": until}
        for name, until in (("a.example", 3500), ("b.example", 4500), ("c.example", 0))
    ]
    folder.write(json.dumps({"type": "bundle", "objects": indicators}))
    folder.compile()
    assert not folder.compile().changed  # 3000
    assert folder.compile().changed  # 4000
    assert set(folder.names()) == {"b.example", "c.example"}
    folder.compile()
    assert set(folder.names()) == {"c.example"}
    assert not folder.compile().changed


def test_changes_are_told_with_examples(folder: Folder) -> None:
    folder.write(many(20) + "198.51.100.1\n198.51.100.2\nshared.example\n")
    folder.write("shared.example\n", "b.txt")
    first = folder.compile(config("a"), config("b"))
    assert [(c.name, c.added, c.removed, len(c.new)) for c in first.changes] == [("a", 23, 0, 10), ("b", 1, 0, 1)]
    folder.write("".join(f"n{i}.example\n" for i in range(1, 22)) + "198.51.100.1\n198.51.100.3\n")
    second = folder.compile(config("a"), config("b"))
    (change,) = second.changes
    assert (change.name, change.added, change.removed) == ("a", 3, 3)
    assert sorted(change.new) == ["198.51.100.3/32", "n20.example", "n21.example"]
    assert sorted(change.gone) == ["198.51.100.2/32", "n0.example", "shared.example"]
    shot = latest(folder.compiled)
    assert shot is not None
    assert shot.meta.changes == list(second.changes)
    (change,) = folder.compile(config("a")).changes
    assert (change.name, change.added, change.removed, change.gone) == ("b", 0, 1, ["shared.example"])
    assert folder.compile(config("a")).changes == ()


NAMES = st.sampled_from([f"n{i}.example" for i in range(12)])
NETS = st.sampled_from([f"198.51.100.{i}" for i in range(4)] + ["198.51.100.0/24", "2001:db8::/32", "2001:db8::1"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(states=st.lists(st.lists(st.sets(NAMES | NETS, min_size=1), min_size=2, max_size=2), min_size=2, max_size=4))
def test_any_history_of_lists_is_told_right(
    tmp_path_factory: pytest.TempPathFactory, states: list[list[set[str]]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("history"))
    dates: list[dict[str, int]] = [{}, {}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "_sync", str)
        patch.setattr(write, "SHARD", 3)
        for state in states:
            for number, entries in enumerate(state):
                folder.write("".join(f"{entry}\n" for entry in sorted(entries)), f"{'ab'[number]}.txt")
            result = folder.compile(config("a", min_ratio=0.0), config("b", min_ratio=0.0))
            changes = {change.name: change for change in result.changes}
            shot = latest(folder.compiled)
            assert shot is not None
            for number, entries in enumerate(state):
                old = dates[number]
                dates[number] = {entry: old.get(entry, int(folder.now)) for entry in entries}
                new, gone = entries - set(old), set(old) - entries
                change = changes.get("ab"[number])
                assert (change is not None) == bool(new or gone)
                if change:
                    assert (change.added, change.removed) == (len(new), len(gone))
                    assert {plain(entry) for entry in change.new} <= new
                    assert {plain(entry) for entry in change.gone} == gone or len(gone) > 10
                assert {plain(text): added for text, _, added in shot.rows(number)} == dates[number]
                assert result.lists[number].entries == len(entries)


def plain(entry: str) -> str:
    return entry.removesuffix("/32").removesuffix("/128") if entry != "2001:db8::/32" else entry


def test_progress_is_told(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "STEP", 10)
    monkeypatch.setattr(write, "STEP", 10)
    told: list[tuple[str, int, int]] = []
    folder.write(many(100))
    folder.write("x.example\n", "b.txt")
    for text in ("x.example\n", "y.example\n"):
        folder.write(text, "b.txt")
        compile_lists(
            [config("a"), config("b")],
            folder.path,
            folder.compiled,
            now=1.0,
            on_progress=lambda *what: told.append(what),
        )
    assert {phase for phase, _, _ in told} == {"reading a", "reading b", "sorting names", "taking what is known"}
    assert all(0 <= done <= total for _, done, total in told)


@pytest.mark.parametrize("kinds", [1, 300, 70_000])
def test_the_column_of_kinds_is_as_wide_as_it_must_be(folder: Folder, kinds: int) -> None:
    # each indicator has a date of its own
    objects = [
        {"type": "indicator", "pattern": f"[domain-name:value = 'n{i}.example']", "valid_from": i + 1}
        for i in range(kinds)
    ]
    folder.write(json.dumps({"type": "bundle", "objects": objects}))
    result = folder.compile()
    shot = Snapshot.open(result.path)
    assert shot.meta.kinds == {1: "B", 300: "H", 70_000: "I"}[kinds]
    for i in (0, kinds // 2, kinds - 1):
        assert [match.added for match in shot.matches(f"n{i}.example")] == [i + 1]


def test_dates_beyond_what_is_told_apart_are_those_of_the_day(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MANY", 3)
    day = 86400
    objects = [
        {"type": "indicator", "pattern": f"[domain-name:value = 'n{i}.example']", "valid_from": (i + 1) * day + 7}
        for i in range(8)
    ]
    folder.write(json.dumps({"type": "bundle", "objects": objects}))
    folder.compile()
    added = folder.names()
    assert sum(date % day == 7 for date in added.values()) == 3
    assert all(added[f"n{i}.example"] // day == i + 1 for i in range(8))


def test_many_names_below_one_stay_in_its_trie(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "SHARD", 5)
    folder.write("a.example\n" + "".join(f"n{i}.m.example\n" for i in range(20)) + "m.example\nz.example\n")
    shot = Snapshot.open(folder.compile().path)
    assert [shard.names for shard in shot.meta.shards] == [22, 1]
    for i in range(20):
        assert [match.entry for match in shot.matches(f"x.n{i}.m.example")] == [f"n{i}.m.example", "m.example"]


def test_a_file_that_is_cut_while_it_is_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(many(1000))
    real = compiler.stream

    def cut(data: File, reading: Reading, format_: str) -> Iterator[Entry]:
        folder.write(many(10))
        return real(data, reading, format_)

    monkeypatch.setattr(compiler, "stream", cut)
    assert folder.compile().faults == ()
    assert len(folder.names()) == 10


def test_a_compiler_killed_at_any_moment_leaves_the_last_snapshot(folder: Folder) -> None:
    folder.write(many(30_000))
    first = folder.compile()
    folder.write(many(29_000))
    program = (
        "import sys; from pathlib import Path; from dnsguard.intel.compile import compile_lists\n"
        "from dnsguard.intel.config import ListConfig\n"
        "list_ = ListConfig(name='a', category='threat_intel', path='a.txt')\n"
        "print('ready', flush=True)\n"
        "compile_lists([list_], Path(sys.argv[1]), Path(sys.argv[1], 'compiled'), now=3000.0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(folder.path)]
    for wait in (0.01, 0.05, 0.1, 0.2, 0.3, 0.4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.kill()
        shot = latest(folder.compiled)
        assert shot is not None
        assert len(shot) == (30_000 if shot.path == first.path else 29_000)
    folder.now = clock()  # an hour later, what they left is swept
    folder.write(many(28_000))
    folder.now += write.DEAD
    assert folder.compile().names == 28_000
    assert not list(folder.compiled.glob(".new-*"))
