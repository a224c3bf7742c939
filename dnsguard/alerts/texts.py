"""What a person reads about each alert type: what happened, and what to look at first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words of one alert type."""

    sentence: str
    """`{client}`, `{asked}` (name and type) and `{zone}` are filled in; what was done about it follows."""
    first_step: str
    """The step of remediation that is this type's own."""


TEXTS: Final[Mapping[str, Text]] = {
    "protocol_anomaly": Text(
        sentence="{client} used DNS in an unusual way with {asked}",
        first_step="Find the program on {client} that sends these messages; ordinary resolvers' clients don't.",
    ),
    "dark_web": Text(
        sentence="{client} asked for {asked}, a name of an anonymity network",
        first_step="Ask whoever uses {client} whether an anonymity network such as Tor is used, and whether it may be.",
    ),
    "dark_web_proxy": Text(
        sentence="{client} asked for {asked}, a web proxy into an anonymity network",
        first_step="Ask whoever uses {client} what was opened through {zone}; ransomware notes often link there.",
    ),
    "sinkholed_domain": Text(
        sentence="{client} asked for {asked}, which leads to a sinkhole: a malicious domain that was taken over",
        first_step="Treat {client} as infected until a scan says otherwise: malware asks for such names, people don't.",
    ),
    "phishing_domain": Text(
        sentence="{client} asked for {asked}, which may be a phishing site",
        first_step="Ask whoever uses {client} whether anything was typed into {zone}; if so, change that password now.",
    ),
    "domain_generation_algorithm": Text(
        sentence="{client} asked for {asked}, which looks like a name that malware makes up to find its server",
        first_step="Look for many failed lookups of similar names from {client}; find the program that makes them.",
    ),
    "threat_intel": Text(
        sentence="{client} asked for {asked}, which is known as malicious",
        first_step="Look at what else {client} did at that time: mail, downloads, and new programs.",
    ),
    "random_domain": Text(
        sentence="{client} asked for {asked}, whose name looks random",
        first_step="See whether {zone} is new to the network and what {client} fetched from it.",
    ),
    "currency_mining": Text(
        sentence="{client} asked for {asked}, which serves digital currency mining",
        first_step="Look for a process on {client} that keeps the processor busy, or a mining script in an open page.",
    ),
    "suspicious_domain": Text(
        sentence="{client} asked for {asked}, which matches a network intrusion signature",
        first_step="Read the signature under evidence, and look for its traces on {client}.",
    ),
    "data_infiltration": Text(
        sentence="{client} downloads data in answers for {zone}, as through a DNS tunnel, last with {asked}",
        first_step="Find the program on {client} that asks for names below {zone}, and what it received.",
    ),
    "data_exfiltration": Text(
        sentence="{client} sends data out in names below {zone}, as through a DNS tunnel, last with {asked}",
        first_step="Find the program on {client} that asks for names below {zone}, and what it could read.",
    ),
    "data_obfuscation": Text(
        sentence="{client} moves encoded data over DNS through {zone}, as a tunnel does, last with {asked}",
        first_step="Find the program on {client} that asks for names below {zone}.",
    ),
}

STEPS: Final = (
    # Microsoft, "Respond to Microsoft Defender for DNS alerts", in this product's terms
    (
        "If this is expected, add {zone} to [allow] names in config.toml, or for {client} alone: "
        "dnsguard alerts suppress {id} --reason …; it is then neither told nor blocked again."
    ),
    "If not, isolate {client}, scan it, remove unknown software, and restore a known good state if needed.",
)
