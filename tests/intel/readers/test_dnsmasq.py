from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Action, Entry
from tests.intel.readers.hold import NAME, mutated, read

SAMPLE = b"""\
# ads
address=/a.example/
address=/b.example/0.0.0.0   # nowhere
address=/c.example/::
address=/d.example/#
address=/e.example/f.example/127.0.0.1
server=/g.example/
local=/H.example./
--local=/i.example/
server=/good.g.example/#
address=/real.example/198.51.100.1
server=/own.example/198.51.100.1
server=198.51.100.1
address=/#/
address=//
bogus-nxdomain=198.51.100.1
conf-file=/etc/x
address=/com/
"""


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("dnsmasq", SAMPLE)
    assert reading.found == [
        Entry("a.example", 2),
        Entry("b.example", 3),
        Entry("c.example", 4),
        Entry("d.example", 5),
        Entry("e.example", 6),
        Entry("f.example", 6),
        Entry("g.example", 7, action=Action.NXDOMAIN),
        Entry("h.example", 8, action=Action.NXDOMAIN),
        Entry("i.example", 9, action=Action.NXDOMAIN),
        Entry("good.g.example", 10, action=Action.PASS),
    ]
    assert reading.refused == {
        "leads somewhere": 1,
        "has a server of its own": 1,
        "is another option of dnsmasq": 3,
        "means all names, or all without a dot": 2,
    }
    assert reading.public_suffixes == 1


@given(st.lists(st.lists(NAME, min_size=1, max_size=3), max_size=5))
def test_what_is_written_is_read(options: list[list[str]]) -> None:
    text = "".join(f"address=/{'/'.join(names)}/\n" for names in options)
    assert read("dnsmasq", text.encode()).found == [
        Entry(name, line) for line, names in enumerate(options, 1) for name in names
    ]


@given(st.text(alphabet="adres=/#.\n -:0", max_size=60) | st.text())
def test_any_text_has_a_reading(text: str) -> None:
    read("dnsmasq", text.encode())


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("dnsmasq", mutated(SAMPLE, seed))
