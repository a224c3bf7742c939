from pathlib import Path

from dnsguard.config import parse
from dnsguard.hub import banner
from tests.hub.test_metrics import make_report


def said(text="", **more):
    return "\n".join(banner.lines(make_report(**more), parse(text, Path("/")), "127.0.0.1:8053"))


def test_it_says_what_runs_and_how_to_try_it():
    text = said(listening=["127.0.0.1:5335", "[::1]:5335"])
    assert "127.0.0.1:5335, [::1]:5335 (UDP and TCP)" in text
    assert "dig @127.0.0.1 -p 5335 example.com" in text
    assert "a<b> (7 names)" in text
    assert "answers go through" in text
    assert "no webhook is configured" in text
    assert "http://127.0.0.1:8053/" in text


def test_wildcards_become_addresses_one_can_ask():
    assert "dig @127.0.0.1 -p 53 " in said(listening=["0.0.0.0:53"])
    assert "dig @::1 -p 53 " in said(listening=["[::]:53"])


def test_many_upstreams_are_counted_and_webhooks_named_without_their_paths():
    text = said(
        '[upstream]\nservers = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]\n'
        '[[webhooks]]\nurl = "https://hooks.example/secret-path"\n'
    )
    assert "192.0.2.3 and 1 more" in text
    assert "hooks.example" in text
    assert "secret-path" not in text
