import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.intel.entry import Entry, Scope, Trigger
from tests.intel.readers.hold import NAME, mutated, read

# rows as they are published: no line of them is short
CSV = b"""\
################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
# Last updated: 2024-11-01 12:09:09 (UTC)                      #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"3","2024-11-01 12:00:03","http://198.51.100.7:5555/bin.sh","online","2024-11-01 12:00:03","malware_download","32-bit,elf","https://urlhaus.abuse.ch/url/3/","a"
"2","2024-11-01 12:00:02","https://Evil.example/a,b""c?d","offline","","malware_download","None","https://urlhaus.abuse.ch/url/2/","b"
"1","2024-11-01 12:00:01","http://github.com/x/y.exe","online","","malware_download","exe","https://urlhaus.abuse.ch/url/1/","c"
"0","2024-11-01 12:00:00","http://[2001:db8::1]:80/","online","","malware_download","exe","https://urlhaus.abuse.ch/url/0/","c"
"x","2024-11-01"
"4","when","http:///nowhere","online","","m","","",""
"""
JSON = json.dumps(
    {
        "3": [
            {"dateadded": "2024-11-01 12:00:03 UTC", "url": "http://198.51.100.7:5555/bin.sh", "url_status": "online"}
        ],
        "2": [{"dateadded": "2024-11-01 12:00:02 UTC", "url": "https://evil.example/", "url_status": "online"}],
        "1": [{"dateadded": None, "url": "http://user:x@b.example:8080/", "url_status": "online"}, {"id": 5}],
    }
).encode()
API = json.dumps(
    {"query_status": "ok", "urls": [{"url": "http://a.example/", "date_added": "2024-11-01 12:00:00 UTC"}]}
).encode()
NOON = 1730462400


def test_the_csv_sample_reads_to_the_exact_set() -> None:
    reading = read("urlhaus", CSV)
    assert reading.found == [
        Entry("198.51.100.7/32", 7, trigger=Trigger.ADDRESS, seen=NOON + 3),
        Entry("evil.example", 8, Scope.EXACT, seen=NOON + 2),
        Entry("2001:db8::1/128", 10, trigger=Trigger.ADDRESS, seen=NOON),
    ]
    assert reading.quarantined == {"is among the most popular names": 1}
    assert reading.refused == {"has too few columns": 1, "is a URL without a host": 1}


def test_the_json_samples_read_to_the_exact_set() -> None:
    reading = read("urlhaus", JSON)
    assert reading.found == [
        Entry("198.51.100.7/32", 1, trigger=Trigger.ADDRESS, seen=NOON + 3),
        Entry("evil.example", 2, Scope.EXACT, seen=NOON + 2),
        Entry("b.example", 3, Scope.EXACT),
    ]
    assert reading.refused == {"has no url": 1}
    assert read("urlhaus", API).found == [Entry("a.example", 1, Scope.EXACT, seen=NOON)]


def test_columns_are_found_by_their_header() -> None:
    (entry,) = read("urlhaus", b'# id,url,dateadded\n"1","http://a.example/","2024-11-01 12:00:00"\n').found
    assert entry == Entry("a.example", 2, Scope.EXACT, seen=NOON)


@given(st.lists(st.tuples(NAME, st.sampled_from(["", ":81", "/", '/"q"', "/a,b", "?x", "#x"]))))
def test_what_is_written_is_read(urls: list[tuple[str, str]]) -> None:
    rows = "".join(
        '"1","2024-11-01 12:00:00","http://{}{}","online"\n'.format(name, rest.replace('"', '""'))
        for name, rest in urls
    )
    assert [entry.text for entry in read("urlhaus", rows.encode()).found] == [name for name, _ in urls]


@pytest.mark.parametrize("sample", [CSV, JSON, API])
@given(seed=st.integers())
def test_a_harmed_sample_has_a_reading(sample: bytes, seed: int) -> None:
    read("urlhaus", mutated(sample, seed))


@given(st.binary() | st.text(alphabet='{}[]":, \nurla', max_size=60).map(str.encode))
def test_any_bytes_have_a_reading(data: bytes) -> None:
    read("urlhaus", data)
