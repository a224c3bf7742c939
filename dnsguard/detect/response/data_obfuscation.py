"""Answers of a zone are encoded data, as the programs that make DNS tunnels write it.

Alert type: AzureDNS_DataObfuscation
MITRE ATT&CK: T1132 (Data Encoding)
Units: as of the query stage
Source: as of the query stage
Known gap: answers of types without text are told by their volume alone (data_infiltration).
"""

from typing import Final

from dnsguard.detect.codec import CHANCE, Encodings
from dnsguard.detect.context import Context
from dnsguard.detect.query.data_obfuscation import ALERT, SLUG, TECHNIQUE, Config, finding, over
from dnsguard.detect.response_view import Response
from dnsguard.detect.tunnel_answer import count_answer
from dnsguard.detect.tunnel_evidence import answers, carried, texts
from dnsguard.model import Finding

__all__ = ["ALERT", "SLUG", "TECHNIQUE", "Config", "inspect"]

LEAST: Final = 8.0
"""Less than that in one answer is no data. [bytes]"""


def inspect(response: Response, ctx: Context[Config]) -> Finding | None:
    """Recognise what the zone's answers are written in, once there are enough of them."""
    counted = count_answer(response, ctx)
    zone = counted.zone
    if zone is None or counted.carried < LEAST or zone.down is None or zone.answered < ctx.config.names:
        return None
    seen = ctx.memory.of(Encodings).of(zone.name, "answers", zone.answered, texts(zone))
    down = zone.down
    if seen.chance >= CHANCE or not over(down.hour, down.day, zone.up.hour, zone.leeway, seen, ctx.config):
        return None
    evidence = {**carried(down, zone.first, response.query.time), "answers": answers(zone)}
    return finding("answers", zone, seen, evidence)
