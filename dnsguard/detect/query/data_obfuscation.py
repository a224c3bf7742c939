"""Names of a zone, or its answers, are encoded data with a header, as the programs that make DNS tunnels write it.

Alert type: AzureDNS_DataObfuscation
MITRE ATT&CK: T1132 (Data Encoding)
Units: bytes that an encoding explains, over an hour and a day; the chance that honest names look the same
Source: alphabets of RFC 4648 and of iodine, dns2tcp, dnscat2, OzymanDNS, sods, DNSExfiltrator, TUNS and Cobalt Strike,
    from their sources and from recordings; Friedman's index of coincidence (1922) tells coded text from words
Known gap: encodings that read like words; tools that nobody has described are told by alphabet and fields, not by name.
"""

from dataclasses import dataclass
from typing import Final

from dnsguard.detect.codec import CHANCE, Encodings, Recognised
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.made_up_cues import in_flood
from dnsguard.detect.tunnel import count
from dnsguard.detect.tunnel_evidence import carried, names
from dnsguard.model import Finding, Size
from dnsguard.state.tunnel_zone import Zone
from dnsguard.wire.query import Query

SLUG: Final = "data_obfuscation"
ALERT: Final = "AzureDNS_DataObfuscation"
TECHNIQUE: Final = "T1132"
BOTH: Final = 64.0
"""An hour's bytes in the other direction from which on half the limit will do: data goes both ways."""
ASKED_AGAIN: Final = 3
"""Names asked for so many times each, other types counted as well, are hosts' names: a tunnel asks for each once."""
MOSTLY: Final = 0.4
"""Share of a zone's names that must be encoded: a tunnel has a zone for itself, but asks for news in short names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(DetectorConfig):
    """Encoded data in names and answers. Limits are for zones nobody knows; popular ones get a multiple."""

    names: int = 8
    """Encoded names that must have been asked for, or answers that must have come. [names]"""
    hour: Size = Size(256)
    """Encoded bytes below one zone over an hour; half of it if a tool shows, or data goes both ways. [128B or more]"""
    day: Size = Size(1000)
    """The same over a day, for those that take their time. [512B or more]"""

    def __post_init__(self) -> None:
        """Refuse limits below what the cue looks at."""
        self.refuse_below({"hour": 128, "day": 512})
        if not 3 <= self.names <= 16:
            raise ValueError(f"names must be from 3 to 16, not {self.names}")


def inspect(query: Query, ctx: Context[Config]) -> Finding | None:
    """Recognise what the zone's names are written in, once there are enough of them."""
    counted = count(query, ctx)
    zone = counted.zone
    if zone is None or counted.carried < 1.0 or in_flood(query, zone.name, ctx):
        return None
    # names are kept from the second or third on
    samples = zone.samples or [query.name.removesuffix(f".{zone.name}")]
    seen = ctx.memory.of(Encodings).of(zone.name, "names", zone.names, samples)
    if not zone.codec:
        if not (seen.own_words or _enough(zone, seen, ctx.config)):
            return None
        zone.codec = seen.codec or "unknown"
    zone.tool = seen.tool or zone.tool
    evidence = {**carried(zone.up, zone.first, query.time), "names": zone.names, "samples": names(zone)}
    return finding("names", zone, seen, evidence)


def _enough(zone: Zone, seen: Recognised, config: Config) -> bool:
    if seen.chance >= CHANCE or zone.dense_names < config.names or zone.dense_names < MOSTLY * zone.names:
        return False
    if zone.asked >= ASKED_AGAIN * zone.names:
        return False
    other = zone.down.hour if zone.down is not None else 0.0
    return over(zone.up.hour, zone.up.day, other, zone.leeway, seen, config)


def over(hour: float, day: float, other: float, leeway: float, seen: Recognised, config: Config) -> bool:
    """Whether one direction's bytes are over a limit; `other` has the other direction's over an hour."""
    enough = config.hour * leeway
    if seen.tool or other >= BOTH * leeway:
        enough /= 2
    return hour >= enough or day >= config.day * leeway


def finding(what: str, zone: Zone, seen: Recognised, evidence: dict[str, object]) -> Finding:
    """One finding; `what` is encoded: "names" or "answers"."""
    return Finding(
        slug=SLUG,
        technique=TECHNIQUE,
        reason=f"{what} are encoded data, as a tunnel's are",
        zone=zone.name,
        evidence={
            "encoding": seen.codec or zone.codec,
            "tool": seen.tool or zone.tool or "unknown",
            "chance": seen.chance,
            "fields": list(seen.fields),
            **evidence,
        },
    )
