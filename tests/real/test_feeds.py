"""Lists by url, with dnsguard as it is run: queries first, then what is fetched; what is refused is told."""

import subprocess
import sys

from tests import ask
from tests.lab import Dnsguard, Lab, eventually, listing, small_disk, webhook
from tests.receiver import Receiver
from tests.site import Site

NAMES = [f"bad{i}.com" for i in range(50)]
BODY = "".join(f"{name}\n" for name in NAMES).encode()


def blocked(guard: Dnsguard, name: str = NAMES[0]) -> bool:
    return ask.rcode(guard.ask(name)) == "NXDOMAIN"


def feed(guard: Dnsguard) -> dict[str, object]:
    (found,) = [item["feed"] for item in guard.report["lists"] if item["feed"]]
    return dict(found)


def about_feeds(receiver: Receiver) -> list[dict[str, object]]:
    """Alerts that are about dnsguard itself."""
    return [alert for alert in receiver.alerts if alert["productComponentName"] == "feeds"]


def update(guard: Dnsguard) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dnsguard", "lists", "update", "--config", guard.path]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_queries_do_not_wait_for_a_feed_and_its_list_comes_into_use(lab: Lab, nsd: int) -> None:
    with Site(BODY) as site:
        site.open.clear()
        own = listing(lab, "own-list.com")
        guard = lab.dnsguard(nsd, lists=[own, site.listing()])
        assert blocked(guard, "own-list.com")
        assert not blocked(guard)
        assert feed(guard)["state"] == "waiting"
        assert guard.metric("dnsguard_feed_ok") == 0
        site.open.set()
        eventually(lambda: blocked(guard), "the list is in use")
        assert feed(guard)["state"] == "good"
        assert guard.metric("dnsguard_feed_ok") == 1
        assert guard.metric("dnsguard_feed_bytes") == len(BODY)
    # the network is away: the copy serves
    guard.process.stop()
    guard.start()
    eventually(lambda: blocked(guard), "the copy is in use")


def test_a_page_in_the_lists_place_is_refused_and_told_and_so_is_its_end(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    with Site(BODY) as site:
        guard = lab.dnsguard(nsd, lists=[site.listing()], webhooks=[webhook(receiver)])
        eventually(lambda: blocked(guard), "the list is in use")
        site.body = b"<!doctype html>"
        done = update(guard)
        assert (done.returncode, done.stdout) == (1, "feed: not taken: is a web page, not a list\n")
        assert blocked(guard)
        eventually(lambda: about_feeds(receiver), "the refusal is told")
        assert guard.metric("dnsguard_feed_refused") == 1
        site.body = BODY + b"new-one.com\n"
        done = update(guard)
        assert (done.returncode, done.stdout) == (0, "feed: is new\n")
        eventually(lambda: blocked(guard, "new-one.com"), "what is new is in use")
        first, last = eventually(lambda: about_feeds(receiver)[1:] and about_feeds(receiver), "the recovery is told")
    assert {first["alertType"], last["alertType"]} == {"dnsguard_FeedRefused"}
    assert (first["status"], last["status"]) == ("Active", "Resolved")
    assert first["correlationKey"] == last["correlationKey"]
    assert all(delivery.verified for delivery in receiver.deliveries)


def test_a_list_larger_than_the_disk_leaves_the_last_one(lab: Lab, nsd: int) -> None:
    with Site(BODY) as site, small_disk(lab, "8m") as disk:
        guard = lab.dnsguard(nsd, state_dir=str(disk / "state"), lists=[site.listing(max_ratio=0)])
        eventually(lambda: blocked(guard), "the list is in use")
        site.body = b"".join(b"name%d.example\n" % i for i in range(800_000))
        done = update(guard)
        assert done.returncode == 1
        assert "No space left" in done.stdout
        assert blocked(guard)
        assert guard.process.alive
        site.body = BODY + b"new-one.com\n"
        assert update(guard).returncode == 0
        eventually(lambda: blocked(guard, "new-one.com"), "what is new is in use")
        guard.process.stop()


def test_a_hub_that_is_killed_comes_back_with_its_lists(lab: Lab, nsd: int) -> None:
    with Site(BODY) as site:
        guard = lab.dnsguard(nsd, lists=[site.listing()])
        eventually(lambda: blocked(guard), "the list is in use")
        asked = site.asked
        guard.kill_hub()
        assert blocked(guard)
        guard.start()
        assert blocked(guard)
        assert feed(guard)["state"] == "good"
        assert site.asked == asked  # it is not due yet
        assert update(guard).stdout == "feed: is unchanged\n"
