"""Signatures for tests: options around what a test is about, compiled and asked."""

from collections.abc import Sequence

from dnsguard.signatures.compiled import Compiled, compile_rules
from dnsguard.signatures.match import Hit, Signatures
from dnsguard.signatures.parse import parse
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


def rule(options: str, *, header: str = "alert dns any any -> any any", sid: int = 1) -> str:
    return f"{header} ({options} sid:{sid};)"


def signatures(*rules: str) -> Signatures:
    """Compile rules; none may be refused."""
    reading = parse("\n".join(rules).encode("latin-1"))
    assert not reading.refused
    assert not reading.foreign
    return Signatures(Compiled(compile_rules([("test.rules", reading)])[0]))


def sids(hits: Sequence[Hit]) -> list[int]:
    return [hit.rule.sid for hit in hits]


def true_of(options: str, query: Query, answer: Answer | None = None) -> bool:
    """Whether one rule is true of a message."""
    compiled = signatures(rule(options))
    if answer is None:
        return bool(compiled.query(query, Thresholds()))
    return bool(compiled.response(query, answer, Thresholds()))
