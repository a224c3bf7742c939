import pytest

from dnsguard.model import Finding, Severity
from dnsguard.state.failing import Failing
from dnsguard.state.zones_seen import ZonesSeen
from tests.detect import made_up
from tests.detect.made_up import Site, letters, told, words

DAY = 86400.0


def until_told(site: Site, names: list[str], *, gap: float = 1.0, client: str = made_up.BOT) -> int:
    """How many names fail until the client is told of; one more than there are: never."""
    for at, name in enumerate(names, 1):
        if told(site.answer(name, gap=gap, client=client)):
            return at
    return len(names) + 1


@pytest.mark.parametrize("seed", range(8))
def test_random_names_are_told_within_five(seed: int) -> None:
    assert until_told(made_up.dga(), letters(seed, 10)) <= 5


@pytest.mark.parametrize("gap", [0.05, 5.0, 60.0, 300.0])
def test_they_are_told_however_slowly_they_come(gap: float) -> None:
    assert until_told(made_up.dga(), letters(1, 10, 14), gap=gap) <= 6


@pytest.mark.parametrize("seed", range(4))
def test_names_of_words_are_told_by_what_they_share(seed: int) -> None:
    assert until_told(made_up.dga(), words(seed, 15)) <= 10


def test_the_alert_shows_what_failed() -> None:
    site = made_up.dga()
    names = letters(3, 6)
    findings = [site.answer(name) for name in names]
    finding = findings[-1]
    assert finding is not None
    assert (finding.zone, finding.severity) == (names[0], None)
    shown = finding.evidence
    assert [each["domain"] for each in shown["names"]] == names  # type: ignore[attr-defined]
    assert (shown["failed"], shown["suffixes"], shown["lengths"], shown["seconds"]) == (6, ["net"], [13, 13], 5.0)
    assert shown["ngrams"]
    # all of one run fold into one alert
    assert {each.zone for each in findings if each is not None and told(each)} == {names[0]}


def test_what_resolves_like_them_is_the_rendezvous() -> None:
    site = made_up.dga()
    *names, meeting = letters(4, 9)
    for name in names:
        site.answer(name)
    finding = site.answer(meeting, "A 198.51.100.9")
    assert finding is not None
    assert told(finding)
    assert (finding.zone, finding.severity) == (meeting, Severity.MEDIUM)
    assert finding.evidence["names"] == names
    # everybody is kept from it
    asked = site.ask("www." + meeting, client="192.0.2.99")
    assert asked is not None
    assert asked.zone == meeting


def test_the_rendezvous_of_words() -> None:
    site = made_up.dga()
    *names, meeting = words(5, 16)
    for name in names:
        site.answer(name)
    finding = site.answer(meeting, "A 198.51.100.9")
    assert finding is not None
    assert finding.zone == meeting


def test_a_name_that_failed_before_and_now_exists() -> None:
    site = made_up.dga()
    names = letters(6, 6)
    for name in names:
        site.answer(name)
    finding = site.answer(names[2], "A 198.51.100.9")
    assert finding is not None
    assert finding.zone == names[2]


def test_what_an_infected_client_asks_for_otherwise_is_no_rendezvous() -> None:
    site = made_up.dga()
    names = letters(7, 8)
    for name in names:
        site.answer(name)
    assert not any(
        site.answer(name, "A 198.51.100.9") for name in ("www.google.com", "intranet.example.org", "news.bbc.co.uk")
    )
    known = letters(8, 1)[0]
    site.memory.of(ZonesSeen).note(known, site.now - 3 * DAY)
    assert site.answer(known, "A 198.51.100.9") is None


def test_an_infection_is_over_some_time_after_its_last_failure() -> None:
    site = made_up.dga()
    *names, late = letters(9, 7)
    for name in names:
        site.answer(name)
    assert site.answer(late, "A 198.51.100.9", gap=2 * 3600.0) is None


def test_dynamic_dns_is_a_registry() -> None:
    site = made_up.dga()
    assert until_told(site, letters(10, 8, suffix="ddns.net")) <= 5
    assert len(site.memory.of(Failing).clients) == 1


def test_both_address_families_of_a_name_count_once() -> None:
    site = made_up.dga()
    name = letters(11, 1)[0]
    for _ in range(40):
        assert not told(site.answer(name))


def silent(site: Site, findings: list[Finding | None]) -> bool:
    return not any(told(finding) for finding in findings) and not any(
        client.total >= 13.8 for client in site.memory.of(Failing).clients.values()
    )


@pytest.mark.parametrize("soa", ["corp.example.com", "example.com"])
def test_search_suffixes_are_no_names_of_their_own(soa: str) -> None:
    site = made_up.dga()
    assert silent(site, [site.answer(f"{name}.corp.example.com", soa=soa) for name in letters(12, 40)])


def test_search_suffixes_without_a_soa_or_a_registry() -> None:
    site = made_up.dga()
    assert silent(site, [site.answer(f"{name}.corp.example.com", soa="") for name in letters(12, 40)])
    for suffix in ("lan", "local", "corp", "home.arpa"):
        assert silent(site, [site.answer(f"{name.partition('.')[0]}.{suffix}") for name in letters(12, 20)])


def test_browser_probes() -> None:
    site = made_up.dga()
    assert silent(site, [site.answer(name.partition(".")[0], soa="") for name in letters(13, 60, 10)])


def test_random_hosts_of_a_domain_that_exists() -> None:
    site = made_up.dga()
    assert silent(site, [site.answer(f"{name}.example.org", soa="example.org") for name in letters(14, 60)])


def test_typing_errors() -> None:
    site = made_up.dga()
    names = ["gogle.com", "facebok.com", "yuotube.com", "amzon.de", "wikipedai.org", "twiter.com", "githb.com"]
    assert silent(site, [site.answer(name, gap=200.0) for name in names])


def test_a_captive_portal_that_denies_everything() -> None:
    site = made_up.dga()
    names = ["google.com", "facebook.com", "apple.com", "microsoft.com", "wikipedia.org", "bbc.co.uk", "github.com"]
    assert silent(site, [site.answer(name) for name in names])


def test_a_dead_device_asks_one_name_for_ever() -> None:
    site = made_up.dga()
    assert silent(site, [site.answer("qpdkvzmwiqnxhs.com", gap=30.0) for _ in range(500)])


def test_reverse_names_and_dnsbls() -> None:
    site = made_up.dga()
    names = [f"{at}.2.0.192.in-addr.arpa" for at in range(50)]
    assert silent(site, [site.answer(name, soa="2.0.192.in-addr.arpa") for name in names])
    names = [f"{at}.2.0.192.zen.spamhaus.org" for at in range(50)]
    assert silent(site, [site.answer(name, soa="zen.spamhaus.org") for name in names])


def test_an_upstream_that_blocks() -> None:
    site = made_up.dga()
    assert silent(site, [site.answer(name, ede=15) for name in letters(15, 20)])


def test_dead_links_here_and_there() -> None:
    site = made_up.dga()
    names = ["myoldblog-example.com", "kuchenrezepte24.de", "librairie-du-port.fr", "acmewidgetsinc.net", "ski-club.ch"]
    assert silent(site, [site.answer(name, gap=3600.0) for name in names * 4])


def test_each_client_for_itself() -> None:
    site = made_up.dga()
    findings = [site.answer(name, client=f"192.0.2.{at}") for at, name in enumerate(letters(16, 40), 1)]
    assert not any(told(finding) for finding in findings)


def test_a_failing_odd_name_is_marked_so_that_a_second_client_counts() -> None:
    finding = made_up.dga().answer(letters(17, 1)[0])
    assert finding is not None
    assert not told(finding)
    assert made_up.dga().answer("gardenflowers-and-more.com") is None
