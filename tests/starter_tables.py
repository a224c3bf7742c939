"""What the starter lists of issue 3 are made of: which sources may be copied, and what is left out of them and why.

Used by tests/make_blocklists.py. Each function gives (entry, comment), sorted.
"""

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dnsguard.intel.names import canonical, suffixes
from dnsguard.intel.suffix import is_registry, is_shared, registrable

Rows = list[tuple[str, str]]

PHISHING_NAMES = 50_000
MINING_SOURCES = re.compile(r"(pool:maltrail|poolsite:mempool|pool:et\b|browser:(?:anudeep|nocoin))")
"""maltrail, mempool, anudeepND, both NoCoins (MIT), ET (BSD); not CoinBlockerLists (AGPL), nor Sigma (DRL)."""
MINING_NO_POOL = {
    *(
        "github.com",
        "twitter.com",
        "bitcointalk.org",
        "www.kucoin.com",
        "whitebit.com",
        "www.okex.com",
        "www.bitcoin.com",
    ),
    *("wiz.biz", "www.hpt.com", "www.telco214.com", "www.gogreenlight.se", "innopolis.tech", "xbtc.exx.com"),
}
"""Where mempool's list leads for a pool without a site of its own: forums, exchanges, companies, social networks."""
DARK_WEB_OWN = {
    # torproject.org, "Tor Browser User Manual" and Snowflake's own documentation
    "torproject.org": "Tor: site, directory and bridge services, downloads",
    "snowflake.torproject.net": "Tor: Snowflake",
    "snowflake-01.torproject.net": "Tor: Snowflake bridge",
    "snowflake-02.torproject.net": "Tor: Snowflake bridge",
    "snowflake-broker.torproject.net": "Tor: Snowflake broker",
    "snowflake-broker.azureedge.net": "Tor: Snowflake broker",
    "snowflake-broker.freehaven.net": "Tor: Snowflake broker",
    "snowflake-broker.torproject.net.global.prod.fastly.net": "Tor: Snowflake broker",
    "1098762253.rsc.cdn77.org": "Tor: Snowflake broker",
    "meek.azureedge.net": "Tor: meek bridge",
    "tor.eff.org": "Tor: mirror of the site",
    "geti2p.net": "I2P: site and downloads",
    # i2pd's built-in reseed servers (libi2pd/Config.cpp, BSD 3-clause)
    "reseed-pl.i2pd.xyz": "I2P: reseed server",
    "www2.mk16.de": "I2P: reseed server",
    "i2p.ghativega.in": "I2P: reseed server",
    "reseed.stormycloud.org": "I2P: reseed server",
    # Lokinet's built-in bootstrap (BSD-like; docs.oxen.io)
    "lokinet.org": "Lokinet: site and downloads",
}
TOR_AUTHORITIES = {
    # tor's src/app/config/auth_dirs.inc (BSD 3-clause)
    "128.31.0.39": "moria1",
    "217.196.147.77": "tor26",
    "2a02:16a8:662:2203::1": "tor26",
    "45.66.35.11": "dizum",
    "2a09:61c0::1337": "dizum",
    "66.111.2.131": "Serge",
    "2610:1c0:0:5::131": "Serge",
    "131.188.40.189": "gabelmoo",
    "2001:638:a000:4140::ffff:189": "gabelmoo",
    "193.23.244.244": "dannenberg",
    "2001:678:558:1000::244": "dannenberg",
    "171.25.193.9": "maatuska",
    "2001:67c:289c::9": "maatuska",
    "216.218.219.41": "Faravahar",
    "2001:470:164:2::2": "Faravahar",
    "199.58.81.140": "longclaw",
    "204.13.164.118": "bastet",
    "2620:13:4000:6000::1000:118": "bastet",
}
NO_SINKHOLE = {
    # sites of the operators, and reverse names of a hosting company
    *("anubisnetworks.com", "cert.gov.au", "vicheck.ca", "sl-reverse.com", "honeybot.us"),
}
BLOCK_PAGES = re.compile(r"(?:^|\.)opendns\.com$")
"""What an upstream answers for names that it blocks is no sinkhole."""
SHARED_EDGES = [
    ipaddress.ip_network(text)
    for text in (
        # Cloudflare, Azure Front Door, OpenDNS's block pages: one address, many sites
        *("104.16.0.0/12", "172.64.0.0/13", "162.158.0.0/15", "188.114.96.0/20", "13.107.0.0/16", "146.112.61.0/24"),
    )
]
LEASED = [
    ipaddress.ip_network(text)
    for text in (
        # AWS, Google Cloud and Azure: an address has another tenant next year, so one source is not enough
        *("3.0.0.0/8", "13.0.0.0/8", "18.0.0.0/8", "20.0.0.0/8", "34.0.0.0/8", "35.0.0.0/8", "52.0.0.0/8"),
        *("54.0.0.0/8", "104.154.0.0/15", "104.196.0.0/14", "130.211.0.0/16", "146.148.0.0/17", "40.64.0.0/10"),
    )
]
OPERATORS = {
    "certpl": "CERT Polska",
    "kryptoslogic": "Kryptos Logic",
    "georgiatech": "Georgia Tech",
    "360netlab": "360 Netlab",
    "abuse": "abuse.ch",
    "cncert": "CNCERT/CC",
    "blacklab": "Blacklab",
    "noip": "No-IP",
    "certua": "CERT-UA",
    "sidnlabs": "SIDN Labs",
}
"""maltrail's file names, as people spell them; the others are capitalised."""


def table(path: Path) -> Iterator[list[str]]:
    """Rows of a plain tab-separated file, comments left out."""
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def usable(rows: Iterable[tuple[str, str]], benign: set[str], shared: set[str]) -> Rows:
    """Sort out what may not be listed, and what another entry covers."""
    names: dict[str, str] = {}
    for text, comment in rows:
        try:
            name = canonical(text)
        except ValueError:
            continue
        if not (name in benign or name in shared or is_registry(name) or is_shared(name)):
            names.setdefault(name, comment)
    return sorted(
        (name, comment)
        for name, comment in names.items()
        if not any(parent in names for parent in suffixes(name) if parent != name)
    )


def currency_mining(data: Path, benign: set[str], trackers: set[str], shared: set[str]) -> Rows:
    """Pools and browser miners, by the kinds of their sources.

    Lists of browser miners have advertising networks too that once served one: none of the `trackers` is taken.
    """

    def rows() -> Iterator[tuple[str, str]]:
        for host, text in table(data / "mining_domains.tsv"):
            kinds = set(MINING_SOURCES.findall(text))
            if kinds and host not in MINING_NO_POOL:
                name = host.removeprefix("www.")
                if any(kind.startswith("pool") for kind in kinds):
                    yield name, "pool"
                elif name not in trackers and registrable(name) not in trackers:
                    yield name, "browser miner"

    return usable(rows(), benign, shared)


def dark_web(data: Path, benign: set[str], shared: set[str]) -> Rows:
    """What Tor, I2P and Lokinet start from."""
    rows = {row[1]: "I2P" for row in table(data / "tor_darknet.tsv") if row[0] == "i2p" and row[2] == "maltrail"}
    found = usable(rows.items(), benign, shared)
    return sorted({**dict(found), **DARK_WEB_OWN}.items())


def dark_web_proxy(data: Path, benign: set[str], shared: set[str]) -> Rows:
    """Gateways; those that ransom notes named have a source of their own."""

    def rows() -> Iterator[tuple[str, str]]:
        for kind, name, source in table(data / "tor_darknet.tsv"):
            if name.endswith(".onion"):
                continue
            if kind == "tor2web" and source == "maltrail":
                yield name, "gateway"
            elif kind == "et_tor_rule":
                yield name, "gateway of ransom notes" if "onion" not in name else "gateway"

    return usable(rows(), benign, shared)


def sinkholed_names(data: Path, benign: set[str], shared: set[str]) -> Rows:
    """Name servers, SOA primaries and hosts of sinkholes, with their operator."""

    def rows() -> Iterator[tuple[str, str]]:
        for kind, name, operator, *_ in sorted(table(data / "sinkholes.tsv")):
            if kind == "name" and name not in NO_SINKHOLE and not BLOCK_PAGES.search(name):
                yield name, _operator(operator)

    return usable(rows(), benign, shared)


def sinkholed_addresses(data: Path) -> Rows:
    """Addresses of sinkholes, with their operator."""
    sources: dict[str, set[str]] = {}
    operators: dict[str, str] = {}
    for kind, text, operator, source in sorted(table(data / "sinkholes.tsv")):
        if kind != "ip" or "opendns" in operator or "umbrella" in operator:
            continue
        network = str(ipaddress.ip_network(text, strict=False)).removesuffix("/32").removesuffix("/128")
        sources.setdefault(network, set()).add(source)
        operators[network] = operators.get(network) or _operator(operator)
    found = []
    for text, names in sources.items():
        network = ipaddress.ip_network(text)
        leased = any(network.version == 4 and network.overlaps(range_) for range_ in LEASED)
        edge = any(network.version == 4 and network.overlaps(range_) for range_ in SHARED_EDGES)
        if edge or not network.is_global or (leased and len(names) < 2):
            continue
        found.append((text, operators[text] or "unknown operator"))
    return sorted(found, key=lambda row: (ipaddress.ip_network(row[0]).version, ipaddress.ip_network(row[0])))


def _operator(text: str) -> str:
    if text in {"", "unknown"}:
        return "unknown operator" if text else ""
    return OPERATORS.get(text, text[0].upper() + text[1:])


def phishing_domain(rows: Iterable[list[str]], benign: set[str], shared: set[str]) -> Rows:
    """The Block List Project's names (Unlicense) with their day, newest first, those of a day spread by hash."""
    dated = sorted(
        (
            (day, hashlib.blake2b(host.encode(), digest_size=8).hexdigest(), host)
            for host, day, sources in rows
            if "blocklistproject" in sources.split(",")
        ),
        reverse=True,
    )
    benign_domains = {registrable(name) for name in benign}
    chosen: dict[str, str] = {}
    for day, _, host in dated:
        if len(chosen) >= PHISHING_NAMES:
            break
        found = usable([(host, day)], benign, shared)
        # a host below a popular name is as often a page that was broken into for a day as a lure
        if found and (is_shared(registrable(host)) or registrable(host) not in benign_domains):
            chosen[found[0][0]] = day
    return usable(chosen.items(), benign, shared)
