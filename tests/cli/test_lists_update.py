"""`dnsguard lists update` and what `show` says of it, as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from dnsguard.cli.lists_update import Bars
from dnsguard.hub.update import FeedStatus, Status
from tests.lab import ROOT
from tests.site import Site


@pytest.fixture
def site():
    with Site(b"evil.example\nworse.example\n") as site:
        yield site


@pytest.fixture
def run(tmp_path, site):
    config = tmp_path / "config.toml"
    config.write_text(
        f'starter_lists = false\nstate_dir = "{tmp_path}/state"\n'
        f'[[lists]]\nname = "feed"\ncategory = "threat_intel"\nurl = "{site.url}?token=secret"\n'
    )

    def run(*words):
        command = [sys.executable, "-m", "dnsguard", "lists", *words, "--config", config]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def shown(run):
    (line,) = run("show", "--json").stdout.splitlines()
    return json.loads(line)


def test_without_a_hub_lists_are_fetched_and_shown(run, site):
    assert shown(run)["feed"]["state"] == "waiting"
    done = run("update")
    assert (done.returncode, done.stdout) == (0, "feed: is new\n")
    found = shown(run)
    assert (found["entries"], found["feed"]["state"], found["feed"]["error"]) == (2, "good", "")
    assert "secret" not in json.dumps(found)
    assert "secret" not in run("lookup", "evil.example").stdout
    text = run("show").stdout
    assert "feed: good, checked " in text
    assert "secret" not in text


def test_what_is_refused_is_an_error_and_shown_with_its_file(run, site):
    run("update")
    site.body = b"<html>gone</html>"
    done = run("update", "feed")
    assert done.returncode == 1
    assert done.stdout == "feed: not taken: is a web page, not a list\n"
    found = shown(run)
    assert (found["entries"], found["feed"]["state"]) == (2, "refused")
    assert Path(found["feed"]["kept_aside"]).read_bytes() == site.body
    assert "what was refused is in" in run("show").stdout


def test_a_wrong_name_and_no_url_are_said(run, tmp_path):
    done = run("update", "fed")
    assert done.returncode == 1
    assert done.stderr == "dnsguard: no list 'fed' has a url; fetched are: feed\n"
    (tmp_path / "config.toml").write_text(f'state_dir = "{tmp_path}/state"\n')
    assert "no list has a url" in run("update").stderr


def test_a_bar_for_each_feed_and_one_for_the_compiler():
    console = Console(record=True, force_terminal=True, width=100, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    feeds = [
        FeedStatus(lists="one [of] many", url="", phase="fetching", received=2_500_000, total=5_000_000),
        FeedStatus(lists="two", url="", phase="judging"),
        FeedStatus(lists="three", url="", phase="waiting", done=True, good=False, outcome="HTTP 404"),
    ]
    with Bars(console) as show:
        show(Status(feeds=feeds, compiling=("reading two", 10, 100)))
    text = console.export_text()
    assert "one [of] many" in text
    assert "2.5 MB" in text
    assert "not taken" in text
    assert "reading two" in text
    console.file.close()
