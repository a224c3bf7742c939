import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Action, Entry, Scope
from tests.intel.readers.hold import NAME, mutated, read
from tests.needs import PATH, need

SAMPLE = b"""\
# blocked
server:
    local-zone: "a.example" always_nxdomain
    local-zone: "b.example." always_null   # nowhere
    local-zone: C.example static
    local-zone: 'd.example' refuse
    local-zone: "e.example" always_nodata
    local-zone: "f.example" inform_deny
    local-zone: "good.a.example" transparent
    local-zone: "g.example" redirect
    local-data: "g.example A 0.0.0.0"
    local-data: "g.example. 60 IN AAAA ::"
    local-data: 'h.example A 127.0.0.1'
    local-zone: "own.example" redirect
    local-data: "own.example 300 IN A 198.51.100.1"
    local-data: 'own.example TXT "0.0.0.0"'
    local-zone: "seen.example" inform
    local-zone: "com" always_nxdomain
    local-data-ptr: "198.51.100.1 own.example"
    private-address: 10.0.0.0/8
"""


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("unbound", SAMPLE)
    assert reading.found == [
        Entry("a.example", 3, action=Action.NXDOMAIN),
        Entry("b.example", 4),
        Entry("c.example", 5, action=Action.NXDOMAIN),
        Entry("d.example", 6),
        Entry("e.example", 7, action=Action.NODATA),
        Entry("f.example", 8, action=Action.DROP),
        Entry("good.a.example", 9, action=Action.PASS),
        Entry("g.example", 11),
        Entry("g.example", 12),
        Entry("h.example", 13, Scope.EXACT),
    ]
    assert reading.refused == {
        "leads somewhere": 2,
        "is a zone that blocks nothing, or not by its name alone": 1,
        "is another option of Unbound": 2,
    }
    assert reading.ignored == {"clauses": 1, "zones that only say where their data goes": 2}
    assert reading.public_suffixes == 1


def test_unbound_reads_the_sample_too(tmp_path: Path) -> None:
    need("unbound-checkconf")
    (tmp_path / "unbound.conf").write_bytes(SAMPLE + b'chroot: ""\n')
    command = ["unbound-checkconf", tmp_path / "unbound.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": PATH})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", ["local-zone:", "local-zone: x", 'local-data: "x.example A"', "local-data: x A 0.0.0"])
def test_what_is_cut_short_is_refused(line: str) -> None:
    reading = read("unbound", line.encode())
    assert not reading.found
    assert reading.junk or reading.ignored


@given(st.lists(NAME, max_size=5))
def test_what_is_written_is_read(names: list[str]) -> None:
    text = "".join(f'local-zone: "{name}" always_refuse\n' for name in names)
    assert read("unbound", text.encode()).found == [Entry(name, line) for line, name in enumerate(names, 1)]


@given(st.text(alphabet="local-zonedt:\" '#.A0\n", max_size=80) | st.text())
def test_any_text_has_a_reading(text: str) -> None:
    read("unbound", text.encode())


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("unbound", mutated(SAMPLE, seed))
