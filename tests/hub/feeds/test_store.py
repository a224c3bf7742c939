import pytest

from dnsguard.hub.feeds.store import ABANDONED, Refusal, State, Store

URL = "https://lists.example/a.txt"
KEY = "0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "feeds")
    assert store.open()
    yield store
    store.close()


def good(store, text="evil.example\n", **changes):
    store.path(KEY, ".list").write_text(text)
    state = State(url=URL, etag='"1"', modified="then", digest="d", size=len(text), fetched=5.0, checked=6.0, **changes)
    store.save(KEY, state)
    return state


def test_what_is_known_outlives_the_process(store):
    state = good(
        store, due=9.0, failures=2, error="HTTP 500", refused=Refusal(reason="is empty", at=7.0), told="feed_failing"
    )
    assert Store(store.directory).load(KEY, URL) == state
    assert store.directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"url": 1}', "\0\0\0"])
def test_a_damaged_state_is_no_state(store, damage):
    good(store)
    store.path(KEY, ".json").write_text(damage)
    state = store.load(KEY, URL)
    assert (state.url, state.etag, state.size) == (URL, "", len("evil.example\n"))


def test_a_copy_that_does_not_fit_the_state_is_fetched_again(store):
    good(store)
    store.path(KEY, ".list").write_text("another length\n")
    state = store.load(KEY, URL)
    assert (state.etag, state.modified, state.digest) == ("", "", "")
    assert state.fetched == 5.0
    store.path(KEY, ".list").unlink()
    state = store.load(KEY, URL)
    assert (state.etag, state.size, state.fetched, state.checked) == ("", 0, 0.0, 0.0)


def test_one_process_writes_at_a_time(store):
    other = Store(store.directory)
    assert not other.open()
    store.close()
    assert other.open()
    other.close()


def test_a_body_goes_from_part_to_new_to_list(store):
    good(store)
    store.path(KEY, ".part").write_text("new.example\n")
    store.offer(KEY)
    assert store.path(KEY, ".list").read_text() == "evil.example\n"
    store.accept(KEY)
    assert store.path(KEY, ".list").read_text() == "new.example\n"
    assert not store.path(KEY, ".new").exists()


@pytest.mark.parametrize("suffix", [".part", ".new"])
def test_what_is_refused_is_kept_aside(store, suffix):
    good(store)
    store.path(KEY, suffix).write_text("<html>")
    assert store.refuse(KEY) == 6
    assert store.refuse(KEY) == 0
    assert store.path(KEY, ".refused").read_text() == "<html>"
    assert store.path(KEY, ".list").read_text() == "evil.example\n"


@pytest.mark.parametrize("suffix", [".part", ".new", ".json.new"])
def test_a_start_removes_what_a_killed_process_left(store, suffix):
    good(store)
    store.path(KEY, suffix).write_text("half")
    assert any(key.startswith(KEY) for key in store.recover())
    assert sorted(path.name for path in store.directory.iterdir()) == [f"{KEY}.json", f"{KEY}.list", "lock"]
    assert store.recover() == set()


def test_files_of_a_url_that_nobody_names_go_after_a_while(store):
    good(store)
    store.path(KEY, ".refused").write_text("<html>")
    store.sweep({KEY}, 100.0)
    assert store.load(KEY, URL).removed == 0.0
    for now in (100.0, 100.0 + ABANDONED):
        store.sweep(set(), now)
        assert store.path(KEY, ".list").exists()
    assert store.load(KEY, URL).removed == 100.0
    store.sweep(set(), 101.0 + ABANDONED)
    assert [path.name for path in store.directory.iterdir()] == ["lock"]


def test_a_clock_set_back_removes_nothing(store):
    good(store)
    store.sweep(set(), 1e9)
    store.sweep(set(), 100.0)
    assert store.load(KEY, URL).removed == 100.0


def test_a_folder_that_is_a_file_is_an_oserror(tmp_path):
    (tmp_path / "feeds").write_text("")
    with pytest.raises(OSError, match="feeds"):
        Store(tmp_path / "feeds").open()
