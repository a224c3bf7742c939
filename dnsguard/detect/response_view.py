"""What a detector of the response stage sees: an answer beside the question it answers."""

from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


class Response:
    """One client's question and the upstream's answer to it."""

    __slots__ = ("answer", "query")

    def __init__(self, query: Query, answer: Answer) -> None:
        self.query = query
        self.answer = answer
