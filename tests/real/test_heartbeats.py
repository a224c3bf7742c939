"""A running server says of each detector that it works, and not a trace of that is traffic."""

from tests.lab import eventually


def test_detectors_prove_themselves_in_every_worker(lab):
    server = lab.dnsguard(9, workers=2, starter_lists=True, detect={"dark_web": {"mode": "off"}})

    def detectors():
        return {one["slug"]: one for one in server.report["detectors"]}

    # the first are tested within seconds; those of a flood take longer
    first = ("threat_intel", "phishing_domain", "currency_mining", "sinkholed_domain", "suspicious_domain")
    eventually(lambda: all(detectors()[slug]["selftest"] == "good" for slug in first), "they prove themselves", 60)
    eventually(lambda: detectors()["dark_web"]["selftest"] == "off", "what is off is said to be")
    found = detectors()
    assert len(found) == 13
    assert all(found[slug]["last_selftest"] > 1e9 and not found[slug]["stopped"] for slug in first)
    assert 'dnsguard_detector_last_selftest_timestamp_seconds{detector="threat_intel"} 1.' in server.get("/metrics")[1]
    assert server.metric("dnsguard_detector_ok") == 13
    # nothing was asked, found, told or judged
    assert {one["judged"] + one["findings"] + one["errors"] + one["asked"] for one in found.values()} == {0}
    assert server.metric("dnsguard_queries_total") == 0
    assert server.metric("dnsguard_upstream_queries_total") == 0
    server.ask("www.good.example")
    server.ask("cdn.agentfox.io")
    eventually(lambda: detectors()["threat_intel"]["judged"] == 1, "what is judged is counted")
    eventually(lambda: detectors()["threat_intel"]["last_judged"] > 1e9, "and when")
    assert detectors()["threat_intel"]["asked"] == 2
