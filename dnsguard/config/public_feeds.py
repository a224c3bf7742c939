"""Public feeds, as ready-made sections of config.toml: commented out, for whoever agrees with their terms.

Only feeds whose address was found in their own documentation, or in that of tools that fetch them, and whose format
can be read, stand here. What a feed is good for, and under which terms it may be used, stands beside it. Lists of exact
urls (OpenPhish's community feed) are left out: most of their hosts serve others' pages too.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.intel.config import ListConfig
from dnsguard.model import Duration

_HOUR: Final = 3600
_ABUSE_CH: Final = "Terms: https://abuse.ch/terms-of-use/."


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFeed:
    """One feed."""

    about: str
    """What it has and its terms: a comment in config.toml."""
    config: ListConfig
    shown: tuple[str, ...] = ("name", "category", "url", "refresh")
    """Keys that config.toml shows; the others keep their defaults."""


PUBLIC_FEEDS: Final = (
    PublicFeed(
        about=f"URLhaus: hosts that serve malware now, some hundreds. {_ABUSE_CH}",
        config=ListConfig(
            name="urlhaus",
            category="threat_intel",
            url="https://urlhaus.abuse.ch/downloads/hostfile/",
            refresh=Duration(_HOUR),
        ),
    ),
    PublicFeed(
        about=f"ThreatFox: domains of malware and its command and control, of the last six months. {_ABUSE_CH}",
        config=ListConfig(
            name="threatfox",
            category="threat_intel",
            url="https://threatfox.abuse.ch/downloads/hostfile/",
            refresh=Duration(_HOUR),
        ),
    ),
    PublicFeed(
        about=f"Feodo Tracker: addresses of botnets' command and control; at times it is empty. {_ABUSE_CH}",
        config=ListConfig(
            name="feodo",
            category="threat_intel",
            url="https://feodotracker.abuse.ch/downloads/ipblocklist.txt",
            refresh=Duration(_HOUR),
            min_ratio=0,
        ),
        shown=("name", "category", "url", "refresh", "min_ratio"),
    ),
    PublicFeed(
        about="HaGeZi's Threat Intelligence Feeds: a million domains of malware, scam and phishing, of many sources; "
        "tif.medium-onlydomains.txt has a third of them. Licence: GPL-3.0.",
        config=ListConfig(
            name="hagezi-tif",
            category="threat_intel",
            url="https://raw.githubusercontent.com/hagezi/dns-blocklists/main/wildcard/tif-onlydomains.txt",
            refresh=Duration(6 * _HOUR),
        ),
    ),
    PublicFeed(
        about="CERT Polska's warning list: sites that ask for passwords and money in others' names. "
        "About it: https://cert.pl/lista-ostrzezen/.",
        config=ListConfig(
            name="cert-polska",
            category="phishing_domain",
            url="https://hole.cert.pl/domains/v2/domains.txt",
            refresh=Duration(_HOUR),
        ),
    ),
    PublicFeed(
        about="Phishing Army: phishing domains of several sources. Terms: https://phishing.army/.",
        config=ListConfig(
            name="phishing-army",
            category="phishing_domain",
            url="https://phishing.army/download/phishing_army_blocklist.txt",
            refresh=Duration(6 * _HOUR),
        ),
    ),
    PublicFeed(
        about="NoCoin: mining scripts in web pages. Licence: MIT.",
        config=ListConfig(
            name="nocoin",
            category="currency_mining",
            url="https://raw.githubusercontent.com/hoshsadiq/adblock-nocoin-list/master/hosts.txt",
            refresh=Duration(24 * _HOUR),
        ),
    ),
    PublicFeed(
        about="CoinBlocker: mining pools and scripts; last seen renewed in 2024. Licence: AGPL-3.0.",
        config=ListConfig(
            name="coinblocker",
            category="currency_mining",
            url="https://zerodot1.gitlab.io/CoinBlockerLists/list.txt",
            refresh=Duration(24 * _HOUR),
        ),
    ),
    PublicFeed(
        about="The Tor Project's exit relays, as addresses. No licence is stated.",
        config=ListConfig(
            name="tor-exits",
            category="dark_web",
            url="https://check.torproject.org/torbulkexitlist",
            refresh=Duration(_HOUR),
        ),
    ),
    PublicFeed(
        about="Emerging Threats Open: Suricata's DNS signatures. Licence: BSD 3-clause, older ones GPL-2.0.",
        config=ListConfig(
            name="et-open-dns",
            category="suspicious_domain",
            url="https://rules.emergingthreats.net/open/suricata-7.0/rules/emerging-dns.rules",
            refresh=Duration(24 * _HOUR),
        ),
    ),
)
