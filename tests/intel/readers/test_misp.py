import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Scope, Trigger
from tests.intel.readers.hold import NAME, mutated, read

EVENT: dict[str, Any] = {
    "Event": {
        "date": "2020-01-01",
        "info": "sample",
        "Attribute": [
            {"type": "domain", "category": "Network activity", "to_ids": True, "value": "Evil.example"},
            {
                "type": "hostname",
                "to_ids": True,
                "value": "c2.b.example",
                "first_seen": "2019-06-01T00:00:00.000000+00:00",
            },
            {"type": "ip-dst", "to_ids": True, "value": "198.51.100.7"},
            {"type": "ip-src", "to_ids": True, "value": "198.51.101.0/24"},
            {"type": "domain|ip", "to_ids": True, "value": "d.example|198.51.100.8"},
            {"type": "ip-dst|port", "to_ids": True, "value": "198.51.100.9|443"},
            {"type": "hostname|port", "to_ids": True, "value": "e.example|443"},
            {"type": "url", "to_ids": True, "value": "http://f.example/x"},
            {"type": "domain", "to_ids": False, "value": "victim.example"},
            {"type": "md5", "to_ids": True, "value": "0123"},
            {"type": "domain", "to_ids": True, "value": "not a name"},
            {"type": 5},
        ],
        "Object": [{"name": "domain-ip", "Attribute": [{"type": "domain", "to_ids": True, "value": "g.example"}]}],
    }
}
DAY = 1577836800
WARNING: dict[str, Any] = {
    "name": "Sample",
    "version": 1,
    "description": "x",
    "type": "hostname",
    "matching_attributes": ["domain"],
    "list": [".a.example", "b.example", "198.51.100.0/24", 7],
}


def data(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_the_sample_reads_to_the_exact_set() -> None:
    reading = read("misp", data(EVENT))
    address = {"trigger": Trigger.ADDRESS, "seen": DAY}
    assert reading.found == [
        Entry("evil.example", 1, seen=DAY),
        Entry("c2.b.example", 2, seen=1559347200),
        Entry("198.51.100.7/32", 3, **address),
        Entry("198.51.101.0/24", 4, **address),
        Entry("d.example", 5, seen=DAY),
        Entry("198.51.100.8/32", 5, **address),
        Entry("198.51.100.9/32", 6, **address),
        Entry("e.example", 7, seen=DAY),
        Entry("f.example", 8, Scope.EXACT, seen=DAY),
        Entry("g.example", 13, seen=DAY),
    ]
    assert reading.ignored == {"attributes not meant for detection": 1, "attributes of type md5": 1}
    assert reading.junk == 2


@pytest.mark.parametrize(
    "wrap",
    [
        lambda event: [event],
        lambda event: {"response": [event]},
        lambda event: {"response": event["Event"]},
        lambda event: event["Event"],
    ],
)
def test_the_same_in_its_other_wrappings(wrap: Any) -> None:
    assert read("misp", data(wrap(EVENT))).found == read("misp", data(EVENT)).found


def test_warning_lists() -> None:
    reading = read("misp", data(WARNING))
    assert [(entry.text, entry.scope) for entry in reading.found] == [
        ("a.example", Scope.ALL),
        ("b.example", Scope.ALL),
        ("198.51.100.0/24", Scope.ALL),
    ]
    assert reading.junk == 1
    assert [entry.scope for entry in read("misp", data({"list": ["a.example"], "type": "string"})).found] == [
        Scope.EXACT
    ]
    assert read("misp", data({"list": ["^a.*"], "type": "regex"})).refused == {"is of a kind that is not followed": 1}


@given(st.lists(st.tuples(NAME, st.booleans())))
def test_what_is_written_is_read(items: list[tuple[str, bool]]) -> None:
    event = {"Event": {"Attribute": [{"type": "domain", "value": name, "to_ids": use} for name, use in items]}}
    assert read("misp", data(event)).found == [Entry(name, line) for line, (name, use) in enumerate(items, 1) if use]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["domain", "evil.example"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Event", "Attribute", "Object", "response", "type", "value", "list", "date", "to_ids"]),
            inner,
            max_size=5,
        )
    ),
)


@given(JSONS)
def test_any_json_has_a_reading(value: Any) -> None:
    read("misp", data(value))


@pytest.mark.parametrize("sample", [EVENT, WARNING])
@given(seed=st.integers())
def test_a_harmed_sample_has_a_reading(sample: Any, seed: int) -> None:
    read("misp", mutated(data(sample), seed))


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b"\xff", b"{", b'{"a":' * 5000])
def test_damaged_json_is_a_refused_line(text: bytes) -> None:
    assert read("misp", text).refused == {"is damaged JSON": 1}
