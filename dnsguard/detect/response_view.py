"""What a detector of the response stage sees: an answer beside the question it answers."""

from dataclasses import dataclass

from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


@dataclass(frozen=True, slots=True)
class Response:
    """One client's question and the upstream's answer to it."""

    query: Query
    answer: Answer
