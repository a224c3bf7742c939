"""The response twin of a detector that judges names: the same judgement on every name that the answer leads to.

A CNAME hides a listed name behind one that nobody listed ("CNAME cloaking"); the client ends up there all the same.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.response_view import Response
from dnsguard.model import Finding

C = TypeVar("C", bound=DetectorConfig)

MAX_CHAIN: Final = 16
"""Names of the chain in the evidence; resolvers themselves give up at about that many (Unbound: 11, BIND: 16)."""


def through_cnames(
    response: Response, ctx: Context[C], judge: Callable[[str, float, Context[C]], Finding | None]
) -> Finding | None:
    """Judge each CNAME target; the first finding, with the way that led there. Nothing is done without a CNAME.

    `judge` takes a name, the time of the query [unix seconds] and the context; its reasons start with "name".
    """
    for target in response.answer.cnames:
        finding = judge(target, response.query.time, ctx)
        if finding is not None:
            return replace(
                finding,
                reason=f"answer leads to a {finding.reason}",
                subject=target,
                evidence={**finding.evidence, "target": target, "chain": way(response, target)},
            )
    return None


def way(response: Response, target: str) -> list[str]:
    """Give the names from the question to the target, which stands alone behind it if no CNAME leads there."""
    chain = response.answer.chain
    names = chain[: chain.index(target) + 1] if target in chain else (response.query.name, target)
    return list(names[-MAX_CHAIN:])
