"""The finding of signatures that hold: the worst of them, with the bytes that matched and the rule's place."""

from collections.abc import Sequence
from typing import Final

from dnsguard.intel.suffix import registrable
from dnsguard.model import Finding
from dnsguard.signatures.classes import severity
from dnsguard.signatures.match import Hit, Matched
from dnsguard.wire.query import Query

MAX_SHOWN: Final = 8
"""Matches, and further signatures, in the evidence."""
MAX_BYTES: Final = 96
"""Of one match that are shown."""


def signed(slug: str, technique: str, reason: str, query: Query, hits: Sequence[Hit]) -> Finding | None:
    """Make a finding of the rules that are true of a message, the worst first; None if there is none."""
    if not hits:
        return None
    worst = hits[0]
    rule = worst.rule
    return Finding(
        slug=slug,
        technique=technique,
        reason=reason,
        zone=registrable(query.name),
        severity=severity(rule),
        quiet=worst.quiet,
        evidence={
            "sid": rule.sid,
            "gid": rule.gid,
            "rev": rule.rev,
            "message": rule.msg,
            "classtype": rule.classtype,
            "references": list(rule.references),
            "matched": [_shown(matched) for matched in worst.matched[:MAX_SHOWN]],
            "list": worst.list_name,
            "line": rule.line,
            **({"also": [hit.rule.sid for hit in hits[1 : MAX_SHOWN + 1]]} if len(hits) > 1 else {}),
        },
    )


def _shown(matched: Matched) -> dict[str, object]:
    data = matched.data[:MAX_BYTES]
    # ascii() escapes what does not print; the quotes and the b are not the message's
    return {"buffer": matched.buffer, "offset": matched.offset, "length": len(matched.data), "bytes": repr(data)[2:-1]}
