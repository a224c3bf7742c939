"""A worker as the hub sees one: counts queries, answers them with its index, tells each as a finding.

It is told what to do by the question's bytes: b"die" and b"hang" are obeyed, all else is answered `index:pid:number`.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time

from dnsguard.link import Configure, HubLink, Status, UpstreamStatus
from dnsguard.state import counters as count
from dnsguard.tasks import clock
from tests.found import detection


async def serve() -> None:
    arguments = json.loads(sys.argv[1])
    counters = count.Counters(arguments["counters"])
    link = HubLink(arguments["hub"], index=arguments["index"], epoch=arguments["epoch"], counters=counters)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    holds = {"number": 0, "text": ""}
    socks = [socket.socket(fileno=fd) for fd in arguments["udp"]]

    def answer(sock: socket.socket) -> None:
        packet, peer = sock.recvfrom(4096)
        counters.add(count.QUERIES_UDP)
        if packet == b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        if packet == b"hang":
            time.sleep(3600)
        if packet.startswith(b"block "):
            link.tell([detection(packet[6:].decode(), clock())])
        sock.sendto(
            f"{arguments['index']}:{os.getpid()}:{holds['number']}:{holds['text'].count('mark')}".encode(), peer
        )

    async def on_configure(message: Configure) -> None:
        if "# refuse" in message.text:
            raise ValueError("told to refuse")
        first = not holds["number"]
        holds.update(number=message.number, text=message.text)
        for sock in socks if first else ():
            sock.setblocking(False)
            loop.add_reader(sock, answer, sock)

    running = asyncio.ensure_future(link.run(on_configure, ended.set, lambda allows: None, lambda elsewhere: None))
    while not ended.is_set():
        link.status(Status(upstreams=[UpstreamStatus(server="192.0.2.53", rtt=0.01)], generation=holds["number"]))
        try:
            await asyncio.wait_for(ended.wait(), 0.5)
        except TimeoutError:
            continue
    await link.settle(5)
    running.cancel()


def prepare() -> tuple[()]:
    """It has nothing to load."""
    return ()


def main() -> None:
    asyncio.run(serve())
