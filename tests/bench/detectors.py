"""What detectors cost a miss, by what they look for: both stages of each, over the misses of an honest day.

    python -m tests.bench.detectors --data DIR [--queries 400000]

Interpreted or compiled, as the tree is; `python -m dnsguard.building` compiles it. CPU time of this process. Messages
are read beforehand, with the names that the pipeline has read by then, so that detectors alone are measured; only the
second half counts, for zones are new in the first.
tests/bench/tunnels.py has how tunnels' cost grows with zones and clients.
"""

import argparse
import gc
import random
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dnsguard.detect import tunnel
from dnsguard.detect.inspector import Inspector
from dnsguard.detect.registry import QUERY, RESPONSE
from dnsguard.detect.response_view import Response
from dnsguard.intel.snapshot import EMPTY
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from dnsguard.worker import GC_THRESHOLDS
from tests.eval.benign_answers import Answers
from tests.eval.benign_day import HIDDEN, Names, day

TUNNELS = HIDDEN[:3]
MADE_UP = ("domain_generation_algorithm", "random_domain", "phishing_domain")
ALL = tuple({detector.slug for detector in (*QUERY, *RESPONSE)})
BATCH = 1000


def inspector(slugs: Iterable[str]) -> Inspector:
    """Only these detectors."""
    only = frozenset(slugs)

    def crashed(slug: str, error: Exception) -> None:
        raise AssertionError(slug) from error

    return Inspector({}, EMPTY, lambda slug: slug in only, crashed)


def spent(misses: list[tuple[Query, Response]], asked: Inspector) -> tuple[float, float]:
    """Microseconds of each query, and of each answer, in the second half."""
    queries = answers = 0.0
    for start in range(0, len(misses), BATCH):
        some = misses[start : start + BATCH]
        begun = time.process_time()
        for query, _ in some:
            asked.query(query)
        between = time.process_time()
        for _, response in some:
            asked.response(response)
        if 2 * start >= len(misses):
            queries += between - begun
            answers += time.process_time() - between
    return queries / len(misses) * 2e6, answers / len(misses) * 2e6


def read(query: Query, message: bytes) -> Response:
    """An answer as the pipeline gives it to its detectors: it has read whom it is of, and its aliases."""
    answer = Answer(message)
    _ = answer.foreign(), answer.cnames
    return Response(query, answer)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    gc.set_threshold(*GC_THRESHOLDS)
    upstream = Answers(args.data, Names(args.data, random.Random(1)).hosts)
    missed = [query for query in day(args.data, args.queries) if query is not None]
    misses = [(query, read(query, upstream.answer(query))) for query in missed]
    gc.collect()
    gc.freeze()
    compiled = "compiled" if tunnel.__file__.endswith(".so") else "interpreted"
    title = f"{len(misses)} misses of {args.queries} queries, {compiled}; the least of {args.rounds} rounds"
    table = Table("detectors", "query, us", "answer, us", "together", title=title)
    kinds = {
        "none": (),
        "the three of tunnels": TUNNELS,
        "protocol_anomaly": HIDDEN[3:],
        "the four of what is hidden": HIDDEN,
        "the three of made-up names": MADE_UP,
        "all": ALL,
    }
    for label, slugs in kinds.items():
        rounds = [spent(misses, inspector(slugs)) for _ in range(args.rounds)]
        query, answer = (min(each) for each in zip(*rounds, strict=True))
        table.add_row(label, f"{query:.2f}", f"{answer:.2f}", f"{query + answer:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
