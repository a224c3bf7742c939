"""What detectors' self-tests cost: CPU of a whole round, and the longest step, which is what a query may wait for.

python -m tests.bench.selftest
"""

import tempfile
import time
from pathlib import Path

from dnsguard import assemble
from dnsguard.behaviours import BEHAVIOURS
from dnsguard.config import parse
from dnsguard.intel.once import snapshot_once
from dnsguard.selftest import SelfTest


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = parse("", Path(folder))
        lists, _ = snapshot_once(settings.lists, Path(folder), Path(folder) / "lists", now=0.0)
        rules = assemble.rules(settings, lists, 1, print)
        own = SelfTest()
        for round_ in range(5):
            began, steps, longest = time.process_time(), 0, 0.0
            for behaviour in BEHAVIOURS:
                step = time.perf_counter()
                for _ in own.test(behaviour, rules, 1_700_000_000.0 + 200 * round_):
                    steps += 1
                    longest, step = max(longest, time.perf_counter() - step), time.perf_counter()
            took = time.process_time() - began
            print(f"round {round_}: {took * 1e3:.1f} ms CPU, {steps} steps, the longest {longest * 1e3:.2f} ms")
        print({slug: outcome.result for slug, outcome in own.outcomes.items()})


if __name__ == "__main__":
    main()
