"""What 30,000 signatures cost: to read, to compile, to open, and on a clean name.

    python tests/bench/signatures.py [RULES]

The rules are shaped as those of Emerging Threats' DNS part are: nine of ten ask for a name and what is below it, a few
for a string anywhere, with and without an expression, one in a thousand for bytes of the whole message.
"""

import random
import resource
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dnsguard.signatures.compiled import compile_rules
from dnsguard.signatures.match import Signatures
from dnsguard.signatures.parse import parse
from dnsguard.signatures.thresholds import Thresholds
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query
from tests.names import hosts

HEAD = 'alert dns $HOME_NET any -> any any (msg:"BENCH {n}"; '
TAIL = " reference:url,example.com/{n}; classtype:trojan-activity; sid:{sid}; rev:1;)"
SHAPES = (
    *['dns.query; dotprefix; content:".{zone}"; nocase; endswith;'] * 70,
    *['dns.query; content:"{zone}"; nocase; bsize:{size};'] * 10,
    *['dns.query; content:".{zone}"; isdataat:!1,relative; threshold:type limit,track by_src,count 1,seconds 9;'] * 10,
    *['dns.query; content:"{label}-{n}"; nocase; content:".php."; distance:0;'] * 5,
    *['dns.query; content:"{label}{n}."; startswith; pcre:"/^[a-z]+[0-9a-f]{{8,}}\\./R";'] * 4,
    'content:"|01 00 00 01|"; offset:2; depth:4; content:"{label}|00 10|{n}"; distance:4;',
)


def listed(count: int) -> list[str]:
    """Domains as malware has them: syllables, and now and then a number."""
    rng = random.Random(7)
    found = []
    for n in range(count):
        label = "".join(rng.choice("bcdfghjklmnprstvwxz") + rng.choice("aeiou") for _ in range(rng.randint(3, 6)))
        found.append(f"{label}{n if n % 4 == 0 else ''}.{rng.choice(('com', 'net', 'top', 'xyz', 'ru', 'info'))}")
    return found


def rules(count: int) -> bytes:
    lines = []
    for n, zone in enumerate(listed(count)):
        shape = SHAPES[n % len(SHAPES)] if n % 1000 else SHAPES[-1]
        label = zone.partition(".")[0]
        body = shape.format(zone=zone, label=label, n=n, size=len(zone))
        lines.append(HEAD.format(n=n) + body + TAIL.format(n=n, sid=1_000_000 + n))
    return "\n".join(lines).encode()


def timed(what: Callable[[], object], number: int = 1) -> float:
    """CPU seconds a call, the best of three."""
    return min(timeit.repeat(what, number=number, repeat=3, timer=time.process_time)) / number


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    data = rules(count)
    start = time.process_time()
    reading = parse(data)
    read = time.process_time() - start
    assert not reading.refused, reading.refused[:3]
    start = time.process_time()
    compiled, _ = compile_rules([("bench", reading)])
    made = time.process_time() - start
    print(f"{count} rules, {len(data) / 1e6:.1f} MB: read in {read:.2f} s")
    print(f"compiled in {made:.2f} s, {len(compiled) / 1e6:.1f} MB")
    del reading
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "signatures")
        path.write_bytes(compiled)
        del compiled
        print(f"opened in {timed(lambda: Signatures.open(path)) * 1e3:.1f} ms")
        signatures = Signatures.open(path)
    thresholds = Thresholds()
    clean = [Query.of(name) for name in islice(hosts(99), 2000)]
    clean = [query for query in clean if not signatures.query(query, thresholds)]

    def ask() -> None:
        for query in clean:
            signatures.query(query, thresholds)

    print(f"clean name, {len(clean)} of them: {timed(ask, 20) / len(clean) * 1e6:.2f} us")
    answers = []
    for query in clean[:200]:
        # a CNAME to itself and four addresses, by pointers to the question
        record = bytes.fromhex("c00c000500010000003c0002c00c") + bytes.fromhex("c00c000100010000003c0004c6336401") * 4
        message = query.packet[:2] + bytes.fromhex("818000010005") + b"\0" * 4 + query.question + record
        answers.append((query, Answer(message)))

    def respond() -> None:
        for query, answer in answers:
            signatures.response(query, answer, thresholds)

    print(f"clean response: {timed(respond, 50) / len(answers) * 1e6:.2f} us")
    bad = [Query.of("www." + zone) for zone in listed(2000)]
    hits = sum(bool(signatures.query(query, thresholds)) for query in bad)

    def match() -> None:
        for query in bad:
            signatures.query(query, thresholds)

    print(f"listed name, {hits} of {len(bad)} hit: {timed(match) / len(bad) * 1e6:.1f} us")
    print(f"most memory, compiling included: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
