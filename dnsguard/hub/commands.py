"""What can be asked of a running hub over its control socket; the last line of each answer is done."""

from typing import TypeAlias

import msgspec

from dnsguard.alerts.feedback import Mark, Verdict
from dnsguard.policy.temporary import TemporaryAllow


class Command(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """Anything; its tag is the key `command`."""


class Update(Command, tag="update"):
    """Fetch lists now; answered with `update.Status`, again and again."""

    lists: list[str] = []
    """Names; none: all."""


class AllowList(Command, tag="allow_list"):
    """Name the temporary allows that hold; answered with AllowAnswer."""


class AllowAdd(Command, tag="allow_add"):
    """Let a client or network reach a zone for a while; answered with AllowAnswer."""

    client: str
    """Address or CIDR."""
    zone: str
    lasts: float
    """[seconds]"""
    by: str
    reason: str = ""


class AllowRemove(Command, tag="allow_remove"):
    """End a temporary allow before its time; answered with AllowAnswer."""

    id: str
    """Also its beginning."""
    by: str


class MarkAlert(Command, tag="mark_alert"):
    """Say whether an alert was right; answered with MarkAnswer."""

    alert: str
    """Its id, also its beginning."""
    verdict: Verdict | None
    """None: take the mark away."""
    by: str
    note: str = ""


Request: TypeAlias = Update | AllowList | AllowAdd | AllowRemove | MarkAlert


class Answer(msgspec.Struct, kw_only=True):
    """What every answer has."""

    done: bool = True
    error: str = ""
    """Why it can't be done; empty if it can."""


class AllowAnswer(Answer, kw_only=True):
    """The allows in question."""

    allows: list[TemporaryAllow] = []
    took: int = 0
    """Workers that hold them now,"""
    workers: int = 0
    """of so many that serve."""


class MarkAnswer(Answer, kw_only=True):
    """The mark that was made, or taken away."""

    mark: Mark | None = None
