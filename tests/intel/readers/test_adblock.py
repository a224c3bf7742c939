import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Action, Entry, Scope, Trigger
from tests.intel.readers.hold import NAME, mutated, read

SAMPLE = b"""\
[Adblock Plus 2.0]
! Title: Sample
! Expires: 1 day
# a comment too
||ads.example^
||Tracker.Example^|
@@||good.ads.example^
||*.wild.example^
||198.51.100.7^
plain.example
0.0.0.0 hosts.example # why
||certain.example^$important
||whole.example^$all,important
||mod.example^$third-party
||mod.example^$important,denyallow=x.example
@@||mod.example^$document
-banner-$image
||part.example/path^
||part.example
|https://x.example/
/^ad[0-9]/
/banners/
example.com##.ad
example.com#@#.ad
##.ad
example.com#?#div:has(> .ad)
example.com#%#//scriptlet("x")
||com^
||google.com^
a,b
"""


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("adblock", SAMPLE)
    assert reading.found == [
        Entry("ads.example", 5),
        Entry("tracker.example", 6),
        Entry("good.ads.example", 7, action=Action.EXCEPT),
        Entry("wild.example", 8, Scope.BELOW),
        Entry("198.51.100.7/32", 9, trigger=Trigger.ADDRESS),
        Entry("plain.example", 10),
        Entry("hosts.example", 11),
        Entry("certain.example", 12),
        Entry("whole.example", 13),
    ]
    assert reading.refused == {
        "has the modifier $third-party": 1,
        "has the modifier $important": 1,
        "has the modifier $document": 1,
        "has the modifier $image": 1,
        "is a pattern, or a part of a URL": 3,
        "is a regular expression or a path": 2,
        "has the character ','": 1,
    }
    assert reading.quarantined == {"is a public suffix": 1, "is among the most popular names": 1}
    assert reading.ignored == {"rules that hide elements of pages": 5}


@given(st.lists(st.tuples(NAME, st.booleans())))
def test_what_is_written_is_read(rules: list[tuple[str, bool]]) -> None:
    text = "".join(f"{'@@' * good}||{name}^\n" for name, good in rules)
    assert read("adblock", text.encode()).found == [
        Entry(name, line, action=Action.EXCEPT if good else Action.BLOCK) for line, (name, good) in enumerate(rules, 1)
    ]


@given(st.text(alphabet="|@$^*/#!~.,=a[]\n\r ", max_size=60) | st.text())
def test_any_text_has_a_reading(text: str) -> None:
    read("adblock", text.encode())


@given(st.integers())
def test_a_harmed_sample_has_a_reading(seed: int) -> None:
    read("adblock", mutated(SAMPLE, seed))


@pytest.mark.parametrize("rule", ["||a*b.example^", "||exa^mple^", "||^", "@@", "||", "@@||", "|", "||a b.example^"])
def test_odd_rules_are_refused(rule: str) -> None:
    reading = read("adblock", rule.encode())
    assert (reading.found, reading.junk) == ([], 1)
