"""When a detector is worth asking: what its subject must have for it to find anything.

Most queries have nothing that any detector looks for. A cue sees that in a fraction of the time it takes to ask, for it
is compiled, has at hand what it looks things up in, and shares what it found with the other cues and with the detector
itself. It may be true for nothing; where it is false, `inspect` would say None, which tests/judged.py holds for each
subject of the detectors' tests.
"""

from typing import Any, Final

from dnsguard.detect.context import Context
from dnsguard.detect.response_view import Response
from dnsguard.wire.query import Query


class QueryCue:
    """Of a detector of the query stage; made with its context, once for each configuration and snapshot."""

    def __init__(self, ctx: Context[Any]) -> None:
        self.ctx: Final = ctx

    def wakes(self, query: Query) -> bool:  # noqa: ARG002 - for those that know better
        """Say whether the detector is worth asking; always, if a subclass knows no better."""
        return True


class ResponseCue:
    """Of a detector of the response stage."""

    def __init__(self, ctx: Context[Any]) -> None:
        self.ctx: Final = ctx

    def wakes(self, response: Response) -> bool:  # noqa: ARG002 - as above
        """Say whether the detector is worth asking; always, if a subclass knows no better."""
        return True
