"""Each behaviour's packets and its servers' answers, without a server: what the lists know of them, and their sizes."""

import re

import pytest
from dnslib import QTYPE, DNSError, DNSRecord

from dnsguard.behaviours import (
    BEHAVIOURS,
    currency_mining,
    data_exfiltration,
    data_infiltration,
    domain_generation_algorithm,
    phishing_domain,
    protocol_anomaly,
    random_domain,
    sinkholed_domain,
    threat_intel,
)
from dnsguard.behaviours.behaviour import EDNS_SIZE, NODATA, Behaviour, response
from dnsguard.intel.starter import BLOCKLISTS
from dnsguard.model import ALERT_TYPES

each = pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.slug)


def answers(behaviour: Behaviour) -> list[DNSRecord]:
    """What the behaviour's own servers say to each of its packets."""
    return [
        DNSRecord.parse(response(packet, lambda *a: behaviour.reply(*a) or NODATA)) for packet in behaviour.packets()
    ]


def test_there_is_one_for_each_alert() -> None:
    assert sorted(behaviour.slug for behaviour in BEHAVIOURS) == sorted(ALERT_TYPES)
    assert len({behaviour.story for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)


@each
def test_it_is_the_same_at_every_run(behaviour: Behaviour) -> None:
    assert list(behaviour.packets()) == list(behaviour.packets())
    assert all(len(packet) <= 512 for packet in behaviour.packets())


@pytest.mark.parametrize(
    # the messages of the last are malformed
    "behaviour",
    [one for one in BEHAVIOURS if one.slug != "protocol_anomaly"],
    ids=lambda one: one.slug,
)
def test_no_answer_is_longer_than_its_client_takes(behaviour: Behaviour) -> None:
    assert all(len(answer.pack()) <= EDNS_SIZE for answer in answers(behaviour))


@pytest.mark.parametrize(
    ("file", "entry"),
    [
        ("threat_intel.txt", threat_intel.DOMAIN),
        ("phishing_domain.txt", phishing_domain.DOMAIN),
        ("currency_mining.txt", currency_mining.DOMAIN),
        ("sinkholed_domain_addresses.txt", sinkholed_domain.SINKHOLE),
    ],
)
def test_the_starter_lists_have_what_is_taken_for_listed(file: str, entry: str) -> None:
    assert re.search(rf"^{re.escape(entry)} #", (BLOCKLISTS / file).read_text(), re.MULTILINE)


def test_the_family_told_is_the_one_listed() -> None:
    assert f"\n{threat_intel.DOMAIN} # emotet\n" in (BLOCKLISTS / "threat_intel.txt").read_text()


def test_a_generated_name_answers_when_all_others_failed() -> None:
    rcodes = [answer.header.rcode for answer in answers(domain_generation_algorithm.BEHAVIOUR)]
    assert rcodes == [3] * domain_generation_algorithm.FAILING + [0]
    assert len(set(domain_generation_algorithm.NAMES)) == domain_generation_algorithm.FAILING + 1


def test_no_flooded_name_exists_or_comes_twice() -> None:
    made = answers(random_domain.BEHAVIOUR)
    assert {answer.header.rcode for answer in made} == {3}
    assert len({str(answer.q.qname) for answer in made}) == random_domain.LABELS


def test_the_whole_file_leaves_in_valid_names() -> None:
    asked = [DNSRecord.parse(packet).q for packet in data_exfiltration.BEHAVIOUR.packets()]
    assert {question.qtype for question in asked} == {QTYPE.NULL}
    coded = [str(question.qname).removesuffix(f".{data_exfiltration.ZONE}.").replace(".", "") for question in asked]
    carried = sum(len(text) * 5 // 8 - 2 for text in coded)
    assert carried == data_exfiltration.FILE


def test_the_program_arrives_whole() -> None:
    got = "".join(
        b"".join(answer.rr[0].rdata.data).decode() for answer in answers(data_infiltration.BEHAVIOUR) if answer.rr
    )
    assert got == data_infiltration.PROGRAM
    assert got.startswith("TVqQAAMAAAAEAAAA//8AALgAAAA")


def test_malformed_messages_are_malformed_in_six_ways() -> None:
    packets = list(protocol_anomaly.BEHAVIOUR.packets())
    assert len(packets) == 6 * protocol_anomaly.ROUNDS
    unread = 0
    for packet in packets:
        try:
            DNSRecord.parse(packet)
        except DNSError:
            unread += 1
    assert unread == protocol_anomaly.ROUNDS
