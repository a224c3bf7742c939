"""Modes, switched in the file and taken up by the workers."""

from dnsguard.config import load
from dnsguard.detect.registry import CONFIGS
from dnsguard.model import Mode
from tests.lab import eventually


def detector(said, slug):
    return next(each for each in said["detectors"] if each["slug"] == slug)


def test_all_are_told_of(api):
    said = api.get("/detectors")
    assert [each["slug"] for each in said["detectors"]] == list(CONFIGS)
    assert (said["mode"], said["writable"]) == ("alert", "")
    listed = detector(said, "threat_intel")
    assert (listed["mode"], listed["own_mode"], listed["severity"]) == ("alert", None, "Medium")
    assert listed["queries"]["alert"] == listed["would_block"] == 7
    assert listed["stages"] == ["query", "response"]
    assert all(option["about"] for each in said["detectors"] for option in each["options"])


def test_a_mode_is_switched_in_the_file_and_everywhere(hub, api):
    before = hub.ask()[2]
    status, _, said = api.call("PATCH", "/detectors/dark_web", {"mode": "block"})
    assert status == 200
    assert (detector(said, "dark_web")["mode"], detector(said, "dark_web")["own_mode"]) == ("block", "block")
    assert load(hub.path).detect["dark_web"].mode is Mode.BLOCK
    eventually(lambda: hub.ask()[2] > before, "the worker has it")
    said = api.call("PATCH", "/detectors/dark_web", {"mode": None})[2]
    assert (detector(said, "dark_web")["mode"], detector(said, "dark_web")["own_mode"]) == ("alert", None)


def test_a_file_that_is_wrong_already_is_not_touched(hub, api):
    text = hub.path.read_text()
    hub.path.write_text(text + "mod = 1\n")
    status, _, problem = api.call("PATCH", "/detectors/dark_web", {"mode": "block"})
    assert status == 422
    assert problem["faults"][0]["problem"].startswith("unknown key")
    assert hub.path.read_text() == text + "mod = 1\n"
    hub.path.write_text(text)
