"""Delivers through apprise, an optional dependency, to whatever it reaches."""

import asyncio
from typing import Any, Final, Self

from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.formats import chat
from dnsguard.alerts.formats.facts import facts
from dnsguard.alerts.sending import Outcome
from dnsguard.alerts.targets import AppriseConfig
from dnsguard.alerts.trim import shorten
from dnsguard.errors import DnsguardError
from dnsguard.model import Severity

KINDS: Final = {
    Severity.HIGH: "failure",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
    Severity.INFORMATIONAL: "info",
}
"""Apprise's own words."""
INSTALL: Final = "apprise is not installed; pip install 'dnsguard[apprise]'"


class AppriseSender:
    """One service; DnsguardError if apprise is missing, ValueError if the service is none of its."""

    def __init__(self, config: AppriseConfig) -> None:
        self.parallel = 1
        self._config: Final = config
        self._apprise: Final = _apprise(config.service)

    async def __aenter__(self) -> Self:
        """Nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Send once."""
        about = facts(delivery.alert)
        title, text = words(delivery)
        kind = "success" if about.resolved else KINDS[about.severity]
        try:
            async with asyncio.timeout(self._config.timeout):
                # in a thread: apprise's own coroutines block on most services
                taken = await asyncio.to_thread(self._apprise.notify, body=text, title=title, notify_type=kind)
        except TimeoutError:
            return Outcome(error=f"no answer within {self._config.timeout:g} s")
        return Outcome() if taken else Outcome(error="apprise could not deliver it")


def words(delivery: Delivery) -> tuple[str, str]:
    """Title and text of a message: plain, for a hundred services."""
    about = facts(delivery.alert)
    rows = [f"{key}: {value}" for key, value in chat.shown(about, 200, str)]
    steps = [f"{number}. {step}" for number, step in enumerate(about.steps, start=1)]
    return chat.title(about), "\n".join([shorten(about.sentence, 700), "", *rows, "", *steps]).strip()


def _apprise(service: str) -> Any:
    try:
        from apprise import Apprise  # noqa: PLC0415 - optional
    except ImportError:
        raise DnsguardError(INSTALL) from None
    made = Apprise()
    if not made.add(service):
        raise ValueError("is no service that apprise knows; see github.com/caronc/apprise")
    return made
