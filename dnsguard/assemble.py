"""From a configuration and a snapshot to a pipeline's rules; the same for a worker, `replay` and `explain`."""

import logging
import socket
from collections.abc import Callable
from typing import Final

from dnsguard.config import Settings
from dnsguard.detect.inspector import Inspector
from dnsguard.detect.memory import Memory
from dnsguard.intel.snapshot import Snapshot
from dnsguard.listen.acl import Acl
from dnsguard.policy.policy import Policy
from dnsguard.policy.temporary import Temporary
from dnsguard.rules import Rules
from dnsguard.upstream.forwarding import Forwarding
from dnsguard.upstream.local import LocalZones
from dnsguard.upstream.rebinding import Rebinding
from dnsguard.upstream.special import SpecialNames
from dnsguard.wire.answer import Answer

_log: Final = logging.getLogger("dnsguard.assemble")


def policy(settings: Settings, temporary: Temporary | None = None) -> Policy:
    """The policy a configuration describes, and what is let through meanwhile."""
    return Policy(
        mode=settings.mode,
        detectors=settings.detect,
        allow=settings.allow,
        groups=settings.groups,
        suppressions=settings.suppressions,
        temporary=temporary,
    )


def rules(
    settings: Settings,
    snapshot: Snapshot,
    generation: int,
    on_crash: Callable[[str, Exception], None],
    memory: Memory | None = None,
    temporary: Temporary | None = None,
) -> Rules:
    """All that queries are judged by. Raises ConfigError or ValueError for what `check` would have found.

    `memory` is what the process's detectors remember, `temporary` what it lets through for a while; None: nothing yet.
    """
    decided = policy(settings, temporary)
    forwarding = Forwarding(settings.forward)
    rebinding = Rebinding((*settings.upstream.rebinding_allow, *settings.allow.names, *forwarding.zones))
    special = SpecialNames(forwarding)
    local = LocalZones.load(settings.local, settings.base)
    for fault in local.faults:
        _log.warning(fault)

    def withheld(name: str, answer: Answer) -> str:
        address = rebinding.offending(name, answer.addresses)
        if address is None:
            return ""
        text = socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)
        return f"a public name that points to {text}"

    return Rules(
        generation=generation,
        inspector=Inspector(
            settings.detect,
            snapshot,
            decided.active,
            on_crash,
            fail_closed=settings.fail == "closed",
            memory=memory,
        ),
        policy=decided,
        block=settings.block,
        cache=settings.cache,
        acl=Acl(settings.listen.allow_from),
        local=local.answer if len(local) else None,
        special=special.answer if settings.local.special_use else None,
        route=forwarding.group if settings.forward else None,
        withheld=withheld if settings.upstream.rebinding_protection else None,
        max_waiting=settings.upstream.max_waiting,
        sources=(settings.upstream.servers, settings.forward, settings.local),
        on_crash=on_crash,
    )
