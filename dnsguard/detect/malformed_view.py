"""What a detector sees of a message that the pipeline refuses before any detector: its octets, and who sent them."""

from dnsguard.anomaly.stand_in import stand_in
from dnsguard.wire.query import Query


class Malformed:
    """A query that was refused, or an upstream's answer that was rejected or cleaned.

    `query` is what an answer was awaited for, `question` its name, type and class as they were sent. For a query that
    can't be read it is a stand-in, made when it is first asked for, with the name and type as far as they go.
    `cleaned` is what goes on of an answer, and is judged as such; empty if nothing does.
    """

    __slots__ = ("_query", "cleaned", "client", "message", "stream", "time")

    def __init__(
        self,
        message: bytes,
        client: bytes,
        time: float,
        *,
        stream: bool = False,
        query: Query | None = None,
        cleaned: bytes = b"",
    ) -> None:
        self.message = message
        self.client = client
        self.time = time
        self.stream = stream
        self.cleaned = cleaned
        self._query = query

    @property
    def query(self) -> Query:
        """Whose it is, for policy and alerts."""
        if self._query is None:
            self._query = stand_in(self.message, self.client, self.time, self.stream)
        return self._query
