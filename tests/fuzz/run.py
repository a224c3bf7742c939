"""Mutated messages by the million: `python -m tests.fuzz.run [--count N] [--corpus FILE.tsv.gz] [--live HOST:PORT]`.

In process, each one goes through Query, Answer and the pipelines of several configurations, and what an upstream
answers is mutated too. A failed assertion or any error but WireError is a crash: it is printed once for each place,
with the packet, and the command ends with 1. `--live` sends to a running server instead, over UDP and TCP, and asks it
a good question every now and then, and at the end.
"""

import argparse
import contextlib
import random
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from dnslib import DNSRecord

from tests.fuzz.harness import Driver, check_answer, check_query, snapshot
from tests.fuzz.messages import Mutator, corpus, queries, responses

LOOK_EVERY = 2000
"""Messages between two good questions to a live server."""
PATIENCE = 10.0
"""How long a live server may take for a good question. [seconds]"""


def main() -> int:
    parser = argparse.ArgumentParser(description="mutated DNS messages by the million")
    parser.add_argument("--count", type=int, default=1_000_000, help="messages")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same messages")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="seeds as hex in the last column")
    parser.add_argument("--live", metavar="HOST:PORT", help="send to a running server")
    arguments = parser.parse_args()
    seeds = [*queries(), *responses()]
    for path in arguments.corpus:
        seeds += corpus(path)
    mutator = Mutator(seeds, arguments.seed)
    print(f"{len(seeds)} seeds, seed {arguments.seed}")
    if arguments.live:
        host, _, port = arguments.live.rpartition(":")
        return live(host.strip("[]"), int(port), arguments.count, mutator, random.Random(arguments.seed))
    return in_process(arguments.count, mutator)


def in_process(count: int, mutator: Mutator) -> int:
    crashes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        driver = Driver(snapshot(Path(folder)))
        begun = told = time.monotonic()
        for number in range(1, count + 1):
            packet = mutator()
            for check in (check_query, check_answer, lambda data: driver.feed(data, mutator)):
                try:
                    check(packet)
                except Exception as error:  # noqa: BLE001 - finding them is what this is for
                    _crashed(crashes, error, packet, driver.answer)
                    driver.reset()
            if (now := time.monotonic()) - told > 10:
                told = now
                print(
                    f"{number} messages, {number / (now - begun):.0f} a second, {crashes.total()} crashes", flush=True
                )
    print(f"{count} messages in {time.monotonic() - begun:.0f} s, {crashes.total()} crashes at {len(crashes)} places")
    for place, times in crashes.most_common():
        print(f"{times:8}  {place}")
    return 1 if crashes else 0


def _crashed(crashes: Counter[str], error: Exception, packet: bytes, answer: bytes) -> None:
    cause = error.__cause__ or error
    frames = traceback.extract_tb(cause.__traceback__)
    place = f"{type(cause).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].line}"
    crashes[place] += 1
    if crashes[place] == 1:
        print(f"CRASH {place}\n  message {packet.hex()}\n  last upstream answer {answer.hex()}")
        traceback.print_exception(error, file=sys.stdout)


def live(host: str, port: int, count: int, mutator: Mutator, rng: random.Random) -> int:
    """Send, never wait; 0 if the server answered every good question in between and at the end."""
    address = (host, port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    begun, answered, stream = time.monotonic(), 0, None
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        for number in range(1, count + 1):
            packet = mutator()
            if number % 4:
                with contextlib.suppress(BlockingIOError, OSError):
                    udp.sendto(packet, address)
                with contextlib.suppress(BlockingIOError, OSError):
                    udp.recv(65535)
                    answered += 1
            else:
                stream = _over_tcp(stream, address, packet, rng)
            if number % LOOK_EVERY == 0:
                good(address, family)
    if stream:
        stream.close()
    good(address, family)
    taken = time.monotonic() - begun
    print(f"{count} messages in {taken:.0f} s, {count / taken:.0f} a second, {answered} answers over UDP")
    print("the server still answers")
    return 0


def _over_tcp(
    stream: socket.socket | None, address: tuple[str, int], packet: bytes, rng: random.Random
) -> socket.socket | None:
    """Send one message over a kept connection, often with a wrong length, now and then in pieces or not to its end."""
    length = rng.choice((len(packet),) * 6 + (0, 1, 65535, len(packet) + 1, max(len(packet) - 1, 0)))
    data = struct.pack(">H", length) + packet
    try:
        if stream is None:
            stream = socket.create_connection(address, timeout=PATIENCE)
            stream.settimeout(0.2)
        cut = rng.randrange(len(data))
        stream.sendall(data[:cut])
        if rng.random() < 0.1:
            raise ConnectionAbortedError
        stream.sendall(data[cut:])
    except OSError:
        if stream is not None:
            stream.close()
        return None
    return stream


def good(address: tuple[str, int], family: int) -> None:
    """Ask a good question over each transport; SystemExit if no answer comes."""
    # a name that no upstream is needed for
    question = bytes(DNSRecord.question("localhost").pack())
    end = time.monotonic() + PATIENCE
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.connect(address)
        udp.settimeout(0.5)
        while True:
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                udp.send(question)
                if udp.recv(4096)[:2] == question[:2]:
                    break
            if time.monotonic() > end:
                raise SystemExit("no answer over UDP to a good question: the server is gone or stuck")
    while True:
        # connections we left with questions under way count for a while, and there is a cap for each client
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0) as tcp:
            tcp.sendall(struct.pack(">H", len(question)) + question)
            if len(tcp.recv(4096)) > 2:
                return
        if time.monotonic() > end:
            raise SystemExit("no answer over TCP to a good question")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
