"""Make `popularity.xz` again from the project's data folder: the same data give the same table.

    python -m dnsguard.models.make_popularity --data DIR [--out dnsguard/models/popularity.xz]

Our own ranking, by votes of lists. The first thousand are what both a list of web sites and one of what resolvers are
asked have, those whose best host stands highest in the latter first; twice as high counts who is on all lists, today's
and those of ten years ago. All others are ordered by the sum of their lists' votes, then by that host's place. Lists
that may not be used commercially have no vote, nor have lists of trackers; one old list whose licence is unknown votes
only for what others have too.
"""

import argparse
import gzip
import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from publicsuffixlist import PublicSuffixList

from dnsguard.models.popularity import TABLE

SITES: Final = {"tranco10k2026", "majestic10k2026"}
ASKED: Final = {"umb20k2026", "umb100k2026"}
LASTING: Final = {*SITES, "alexa100k2014", "alexa100k2016", "opendns_top2014"}
NO_VOTE: Final = {"cf1m2023", "cf100k2026", "tracker2022"}
"""Cloudflare Radar's are CC BY-NC; what is known for tracking is no site that anybody visits."""
SECOND: Final = {"alexa100k2016"}
VOTES: Final = {"tranco10k2026": 3, "majestic10k2026": 3, "umb100k2026": 2, "umb20k2026": 2}
"""The lists of 2026; each other list has one vote."""
BOUNDS: Final = (1_000, 10_000, 30_000, 100_000)
EVERYONE_KNOWS: Final = """
    youtube.com yahoo.com microsoft.com icloud.com whatsapp.net slack.com zoom.us x.com twitter.com tiktok.com
    twitch.tv googleapis.com windowsupdate.com windows.com msftconnecttest.com msftncsi.com chatgpt.com openai.com
    stackoverflow.com qq.com baidu.com taobao.com cnn.com nytimes.com bbc.com bbc.co.uk epicgames.com samsung.com
    hubspot.com uber.com t.me debian.org ubuntu.com docker.com docker.io archive.org letsencrypt.org lencr.org
    pki.goog pastebin.com bit.ly cloudfront.net akamai.net akamaiedge.net akamaized.net akadns.net edgekey.net
    edgesuite.net fastly.net azureedge.net trafficmanager.net github.com github.io githubusercontent.com
    gitlab.com pypi.org pythonhosted.org npmjs.org npmjs.com kernel.org wikipedia.org wikimedia.org reddit.com
    redd.it discord.com discord.gg telegram.org signal.org whatsapp.com facebook.net paypal.com ebay.com
    dropbox.com mozilla.org firefox.com spotify.com steampowered.com vk.com yandex.ru mail.ru gmail.com google.de
    google.co.uk amazon.de amazon.co.uk googletagmanager.com googlevideo.com apple-dns.net mzstatic.com
    cdn-apple.com azurewebsites.net blogspot.com wordpress.com wordpress.org cloudflare-dns.com dns.google
    quad9.net adguard.com
""".split()  # noqa: SIM905 - a hundred names read better without a hundred quotes
"""What the data folder has not, or knows only for its hosts; each ranks as the hundredth."""
UNRANKED: Final = 10**6


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a packed tab-separated file, comments left out."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def ranking(data: Path) -> list[str]:
    """Registrable domains, most popular first."""
    suffixes = PublicSuffixList()
    votes: dict[str, set[str]] = defaultdict(set)
    place: dict[str, int] = defaultdict(lambda: UNRANKED)
    for name, lists in rows(data / "benign_domains.tsv.gz"):
        votes[suffixes.privatesuffix(name) or name].update({tag.partition(":")[0] for tag in lists.split(",")})
    for name, best, lists in rows(data / "benign_fqdn.tsv.gz"):
        domain = suffixes.privatesuffix(name) or name
        votes[domain].update(lists.split(","))
        if best:
            place[domain] = min(place[domain], int(best))
    for name in EVERYONE_KNOWS:
        place[name] = min(place[name], 100)
        votes[name].update(SITES | ASKED)
    told = {name: lists - NO_VOTE for name, lists in votes.items() if name.isascii() and not suffixes.is_public(name)}
    known = [name for name, lists in told.items() if lists & SITES and lists & ASKED]
    known.sort(key=lambda name: (place[name] // (2 if told[name] >= LASTING else 1), name))
    first = known[: BOUNDS[0]]
    rest = [name for name in told.keys() - set(first) if told[name] - SECOND]
    rest.sort(key=lambda name: (-sum(VOTES.get(tag, 1) for tag in told[name]), place[name], name))
    return first + rest


def written(names: Iterable[str]) -> str:
    """The table's text: `#bucket`, then of each suffix `.suffix` and the labels before it."""
    buckets: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, name in enumerate(names):
        label, _, suffix = name.partition(".")
        buckets[1 + sum(number >= bound for bound in BOUNDS)][suffix].append(label)
    lines = []
    for bucket in sorted(buckets):
        lines.append(f"#{bucket}")
        for suffix in sorted(buckets[bucket]):
            lines += [f".{suffix}", *sorted(buckets[bucket][suffix])]
    return "\n".join(lines)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    names = ranking(args.data)
    packed = lzma.compress(written(names).encode("ascii"), preset=9)
    args.out.write_bytes(packed)
    print(f"{len(names)} domains, {len(packed)} bytes")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
