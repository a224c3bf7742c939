"""What people say of alerts: right, or a false alarm."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dnsguard.alerts.feedback import Verdict
from dnsguard.hub.api import alerts
from dnsguard.hub.api.alerts import AlertAsked, Detail
from dnsguard.hub.api.operation import Asked
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.session import Signing


class MarkAsked(Asked):
    """What a person found."""

    verdict: Verdict
    note: Annotated[str, Meta(max_length=300)] = ""


class Marked(msgspec.Struct, kw_only=True):
    """The alert, as it is marked now."""

    alert: Detail


async def mark(parts: Parts, *, asked: AlertAsked, body: MarkAsked, signing: Signing) -> Marked:
    """Say whether an alert was right; a later word takes an earlier one's place."""
    stored = await alerts.one(parts.alerts, asked.id)
    await parts.marking.mark(stored.alert.id, body.verdict, by=signing.name, note=body.note)
    return Marked(alert=await alerts.show(parts, asked=AlertAsked(id=stored.alert.id)))


async def unmark(parts: Parts, *, asked: AlertAsked, signing: Signing) -> Marked:
    """Take back what was said of an alert."""
    stored = await alerts.one(parts.alerts, asked.id)
    await parts.marking.mark(stored.alert.id, None, by=signing.name)
    return Marked(alert=await alerts.show(parts, asked=AlertAsked(id=stored.alert.id)))
