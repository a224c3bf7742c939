from pathlib import Path

import pytest

from dnsguard.intel.compile import CompileResult, compile_lists
from dnsguard.intel.starter import BLOCKLISTS, FILES, note, starter_lists
from dnsguard.intel.suffix import is_registry, is_shared
from dnsguard.model import ALERT_TYPES

# Each would make a network unusable, or its operator switch the list off.
POPULAR = """
    google.com youtube.com facebook.com microsoft.com apple.com amazon.com amazonaws.com cloudfront.net wikipedia.org
    github.com github.io githubusercontent.com googleapis.com gstatic.com akamai.net akamaiedge.net cloudflare.com
    windowsupdate.com office.com live.com bing.com yahoo.com netflix.com instagram.com whatsapp.net zoom.us slack.com
    dropbox.com debian.org ubuntu.com python.org pypi.org npmjs.org docker.io letsencrypt.org digicert.com bit.ly t.me
    telegram.org discord.com discordapp.com pastebin.com duckdns.org no-ip.org blogspot.com wordpress.com weebly.com
    pages.dev workers.dev azurewebsites.net windows.net herokuapp.com netlify.app vercel.app ngrok.io trycloudflare.com
""".split()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompileResult:
    return compile_lists(starter_lists(), Path("/"), tmp_path_factory.mktemp("lists"), now=0.0)


def test_each_starter_list_is_there_and_whole(compiled: CompileResult) -> None:
    assert not compiled.faults
    for report in compiled.lists:
        assert report.category in ALERT_TYPES
        assert report.entries > 15
        assert (report.junk, report.public_suffixes, report.quarantined) == (0, 0, 0)


def test_none_lists_a_popular_or_a_shared_name() -> None:
    for name in FILES:
        lines = (BLOCKLISTS / f"{name}.txt").read_text("ascii").splitlines()
        entries = [line.partition(" ")[0] for line in lines if not line.startswith("#")]
        assert len(entries) == len(set(entries))
        assert not set(entries) & set(POPULAR)
        if not name.endswith("_addresses"):
            assert entries == sorted(entries)
            assert not [entry for entry in entries if is_shared(entry) or is_registry(entry)]


def test_sources_and_licences_are_told_for_each_file() -> None:
    told = (BLOCKLISTS / "SOURCES.md").read_text()
    for path in BLOCKLISTS.glob("*.txt"):
        assert f"| `{path.name}` |" in told
    assert {path.stem for path in BLOCKLISTS.glob("*.txt")} == {
        *FILES,
        "access_networks",
        "busy_zones",
        "shared_suffixes",
    }


def test_what_stands_beside_an_entry() -> None:
    assert note("starter:sinkholed_domain", "sinkhole.cert.pl") == "CERT Polska"
    assert note("starter:sinkholed_domain", "cert.pl") == ""
    assert note("starter:nothing", "sinkhole.cert.pl") == ""


@pytest.mark.parametrize("name", FILES)
def test_what_stands_beside_each_entry(name: str) -> None:
    rows = [line.partition(" # ") for line in (BLOCKLISTS / f"{name}.txt").read_text("ascii").splitlines()[2:]]
    assert [note(f"starter:{name}", entry) for entry, _, _ in rows] == [comment for _, _, comment in rows]
    assert not any(note(f"starter:{name}", absent) for absent in ("0", "!", "m.invalid", "zzzzzzzzzz.zzz", ""))
    assert note("somebody's", "sinkhole.cert.pl") == ""
