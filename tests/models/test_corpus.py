import gzip
from pathlib import Path

import pytest

from dnsguard.models import corpus
from dnsguard.models.corpus import Name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.example.co.uk", Name("example", "co.uk")),
        ("qwxz.ddns.net", Name("qwxz", "ddns.net")),
        ("com", None),
    ],
)
def test_names_are_cut_at_their_public_suffix(name: str, expected: Name | None) -> None:
    assert corpus.cut(name) == expected


@pytest.mark.parametrize(
    ("lists", "clean"),
    [
        ("alexa100k2014", True),
        ("cf1m2023", False),
        ("cf1m2023:rc2", False),
        ("cf1m2023,china2026", True),
        ("alexa100k2014,cf1m2023:rc3", False),
    ],
)
def test_what_lists_vouch_for(lists: str, clean: bool) -> None:
    assert corpus.is_clean(lists) is clean


def test_parts_stay_and_are_even() -> None:
    assert corpus.part("example.com", 20) == corpus.part("example.com", 20)
    counts = [0] * 20
    for at in range(20_000):
        counts[corpus.part(f"n{at}.example", 20)] += 1
    assert min(counts) > 850


def test_a_benign_name_is_in_one_part(tmp_path: Path) -> None:
    lines = [f"n{at}.com\talexa100k2014" for at in range(200)]
    lines += ["junk.com\tcf1m2023", "dead.com\tcf1m2023:rc3", "xn--e1afmkfd.com\talexa100k2014", "com\talexa100k2014"]
    with gzip.open(tmp_path / "benign_domains.tsv.gz", "wt") as file:
        file.write("\n".join(lines))
    found = corpus.benign(tmp_path)
    assert found.noisy == [Name("junk", "com")]
    assert sorted(found.grams + found.trees + found.test) == sorted(Name(f"n{at}", "com") for at in range(200))
    assert min(len(found.grams), len(found.trees), len(found.test)) > 20


def test_families_have_each_name_once(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "dga.tsv.gz", "wt") as file:
        file.write("tinba\tx.com\ntinba\twww.x.com\nlocky\ty.ru\ntinba\tz.com\n")
    assert corpus.families(tmp_path) == {"locky": [Name("y", "ru")], "tinba": [Name("x", "com"), Name("z", "com")]}
