"""Make `dnsguard/data/popular.txt` again from the project's data folder: the same data give the same file.

    PYTHONPATH=. python tests/make_popular.py --data DIR [--out dnsguard/data/popular.txt]

Our own ranking: of the registered domains that both a list of web sites and one of what resolvers are asked have, those
whose best host stands highest in the latter; twice as high counts who is on all lists, today's and those of ten years
ago. Lists that may not be used commercially have no say.
"""

import argparse
from collections import defaultdict
from pathlib import Path

from dnsguard.intel.suffix import is_registry, is_shared, registrable
from tests.make_blocklists import table

COUNT = 1000
SITES = {"tranco10k2026", "majestic10k2026"}
ASKED = {"umb20k2026", "umb100k2026"}
LASTING = {*SITES, "alexa100k2014", "alexa100k2016", "opendns_top2014"}
EVERYONE_KNOWS = """
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
""".split()
"""What the data folder has not, or knows only for its hosts; each ranks as the hundredth."""
UNRANKED = 10**6
HEADER = """\
# The thousand most popular registered domains, most popular first: an entry for one of them is not believed.
# Our own ranking over Tranco and Majestic (10,000 each), Cisco Umbrella (20,000; all three of 2026, from
# MISP/misp-warninglists at 84f0610aaf3b, CC0), Alexa (2014, 2016, from SuperCowPowers/data_hacking, MIT) and
# opendns/public-domain-lists (2014, public domain), and names that everyone knows. Made by tests/make_popular.py.
"""


def ranking(data: Path) -> list[str]:
    """Registered domains, most popular first."""
    votes: dict[str, set[str]] = defaultdict(set)
    rank: dict[str, int] = defaultdict(lambda: UNRANKED)
    for name, lists in table(data / "benign_domains.tsv.gz"):
        votes[registrable(name)].update({tag.partition(":")[0] for tag in lists.split(",")})
    for name, best, lists in table(data / "benign_fqdn.tsv.gz"):
        domain = registrable(name)
        votes[domain].update(lists.split(","))
        if best:
            rank[domain] = min(rank[domain], int(best))
    for name in EVERYONE_KNOWS:
        rank[name] = min(rank[name], 100)
        votes[name].update(SITES | ASKED)
    known = [name for name, lists in votes.items() if lists & SITES and lists & ASKED]
    # an entry for a suffix that strangers share matches it alone: no harm in that
    known = [name for name in known if not is_registry(name) and not is_shared(name)]
    return sorted(known, key=lambda name: (rank[name] // (2 if votes[name] >= LASTING else 1), name))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "dnsguard" / "data" / "popular.txt")
    args = parser.parse_args()
    names = ranking(args.data)
    args.out.write_text(HEADER + "".join(f"{name}\n" for name in names[:COUNT]), encoding="ascii")
    print(f"{COUNT} of {len(names)} candidates")


if __name__ == "__main__":
    main()
