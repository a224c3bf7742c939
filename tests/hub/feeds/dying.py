"""`python -m tests.hub.feeds.dying CONFIG POINT`: updates lists without a hub, and dies of SIGKILL at POINT."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dnsguard.config import load
from dnsguard.hub import compiler
from dnsguard.hub.feeds.body import Body
from dnsguard.hub.feeds.store import Store
from dnsguard.hub.update import alone

METHODS: dict[str, tuple[type, str]] = {
    "download": (Body, "feed"),
    "end": (Body, "close"),
    "offer": (Store, "offer"),
    "accept": (Store, "accept"),
    "refuse": (Store, "refuse"),
    "save": (Store, "save"),
    "drop": (Store, "drop"),
}
POINTS = [f"{when} {name}" for name in METHODS for when in ("before", "after")] + [
    "before compile",
    "during compile",
    "after compile",
]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(work: Callable[..., Any], when: str) -> Callable[..., Any]:
    def dying(*arguments: Any) -> Any:
        if when == "before":
            die()
        result = work(*arguments)
        die()
        return result

    return dying


def arm(point: str) -> None:
    when, _, name = point.partition(" ")
    if name in METHODS:
        kind, method = METHODS[name]
        setattr(kind, method, deadly(getattr(kind, method), when))
    elif name == "compile":
        run = compiler.run

        async def dying(*arguments: Any) -> Any:
            if when == "before":
                die()
            if when == "during":
                asyncio.get_running_loop().call_later(0.4, die)
            result = await run(*arguments)
            die()
            return result

        compiler.run = dying


if __name__ == "__main__":
    arm(sys.argv[2])
    print(asyncio.run(alone(load(Path(sys.argv[1])), (), lambda _: None)))
