import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Scope, Trigger
from tests.intel.readers.hold import NAME, mutated, read

# rows as they are published: no line of them is short
# ruff: noqa: E501
CSV = b"""\
################################################################
# ThreatFox IOCs: recent - CSV format                          #
################################################################
#
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"
"2024-11-01 12:00:00", "1", "198.51.100.7:443", "ip:port", "botnet_cc", "win.a", "None", "A", "", "100", "False", "None", "a,b", "0", "r"
"2024-11-01 12:00:01", "2", "Evil.example", "domain", "botnet_cc", "win.a", "None", "A", "", "50", "False", "None", "a,b", "0", "r"
"2024-11-01 12:00:02", "3", "https://c.example/x?y", "url", "payload_delivery", "win.a", "None", "A", "", "75", "True", "None", "", "0", "r"
"2024-11-01 12:00:03", "4", "0123456789abcdef", "md5_hash", "payload", "win.a", "None", "A", "", "75", "False", "None", "", "0", "r"
"2024-11-01 12:00:04", "5", "not a name", "domain", "botnet_cc", "win.a", "None", "A", "", "500", "False", "None", "", "0", "r"
"""
ITEM = {
    "ioc_value": "evil.example",
    "ioc_type": "domain",
    "confidence_level": 50,
    "first_seen_utc": "2024-11-01 12:00:01",
}
JSON = json.dumps(
    {"2": [ITEM], "3": [{**ITEM, "ioc_value": "abc", "ioc_type": "sha256_hash"}, {"ioc_type": 1}]}
).encode()
API = json.dumps(
    {
        "query_status": "ok",
        "data": [
            {
                "ioc": "198.51.100.7:80",
                "ioc_type": "ip:port",
                "confidence_level": 90,
                "first_seen": "2024-11-01 12:00:00 UTC",
            }
        ],
    }
).encode()
NOON = 1730462400


def test_the_csv_sample_reads_to_the_exact_set() -> None:
    reading = read("threatfox", CSV)
    assert reading.found == [
        Entry("198.51.100.7/32", 6, trigger=Trigger.ADDRESS, confidence=100, seen=NOON),
        Entry("evil.example", 7, confidence=50, seen=NOON + 1),
        Entry("c.example", 8, Scope.EXACT, confidence=75, seen=NOON + 2),
    ]
    assert reading.ignored == {"indicators of type md5_hash": 1}
    assert reading.refused == {"has the character ' '": 1}


def test_the_older_columns_too() -> None:
    older = b'"2024-11-01 12:00:00", "1", "a.example", "domain", "t", "w", "", "A", "", "80", "r", "t", "0", "x"\n'
    assert read("threatfox", older).found == [Entry("a.example", 1, confidence=80, seen=NOON)]


def test_the_json_samples_read_to_the_exact_set() -> None:
    reading = read("threatfox", JSON)
    assert reading.found == [Entry("evil.example", 1, confidence=50, seen=NOON + 1)]
    assert (reading.ignored, reading.junk) == ({"indicators of type sha256_hash": 1}, 1)
    assert read("threatfox", API).found == [
        Entry("198.51.100.7/32", 1, trigger=Trigger.ADDRESS, confidence=90, seen=NOON)
    ]


@given(st.lists(st.tuples(NAME, st.integers(0, 100), st.integers(1, 2**31))))
def test_what_is_written_is_read(items: list[tuple[str, int, int]]) -> None:
    data = {
        str(i): [{"ioc_value": name, "ioc_type": "domain", "confidence_level": confidence, "first_seen_utc": seen}]
        for i, (name, confidence, seen) in enumerate(items)
    }
    assert read("threatfox", json.dumps(data).encode()).found == [
        Entry(name, line, confidence=confidence, seen=seen) for line, (name, confidence, seen) in enumerate(items, 1)
    ]


@pytest.mark.parametrize("sample", [CSV, JSON, API])
@given(seed=st.integers())
def test_a_harmed_sample_has_a_reading(sample: bytes, seed: int) -> None:
    read("threatfox", mutated(sample, seed))


@given(st.binary() | st.text(alphabet='{}[]":, \nioc_type', max_size=60).map(str.encode))
def test_any_bytes_have_a_reading(data: bytes) -> None:
    read("threatfox", data)
