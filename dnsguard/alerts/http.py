"""Delivers to a webhook: HTTP POST, signed as Standard Webhooks has it."""

from collections.abc import Callable
from typing import Final, Self

import aiohttp

from dnsguard.alerts import body, signing
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.deliveries import Delivery
from dnsguard.alerts.formats import FORMATS
from dnsguard.alerts.guard import GuardedResolver
from dnsguard.alerts.retry import retry_after
from dnsguard.alerts.sending import ERROR_TEXT, Outcome, printable
from dnsguard.version import VERSION

PARALLEL: Final = 8
"""Most messages on their way to one webhook."""
GONE: Final = 410


class HttpSender:
    """One webhook."""

    def __init__(self, config: WebhookConfig, clock: Callable[[], float]) -> None:
        """Take the webhook and a clock [Unix seconds]; ValueError: a bad secret."""
        self.parallel = PARALLEL
        self._config: Final = config
        self._clock: Final = clock
        self._signers: Final = signing.signers(config.secret)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open a session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=PARALLEL, resolver=GuardedResolver(allow_private=self._config.allow_private), ttl_dns_cache=60
            ),
            timeout=aiohttp.ClientTimeout(total=self._config.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "content-type": FORMATS[self._config.format].content_type,
                "user-agent": f"dnsguard/{VERSION}",
                "accept-encoding": "identity",
            },
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, delivery: Delivery) -> Outcome:
        """Post once."""
        assert self._session is not None
        try:
            content = body.render(delivery.alert, self._config.format)
            headers = signing.headers(self._signers, delivery.id, self._clock(), content)
            # Standard Webhooks: a redirect is a failure; following one would also lead around the guard
            async with self._session.post(
                self._config.url, data=content, headers=headers, allow_redirects=False
            ) as response:
                if 200 <= response.status < 300:
                    return Outcome()
                return Outcome(
                    error=await _explain(response),
                    gone=response.status == GONE,
                    retry_after=retry_after(response.headers.get("retry-after"), self._clock()),
                )
        except TimeoutError:
            return Outcome(error=f"no answer within {self._config.timeout:g} s")
        except aiohttp.ClientError as error:
            return Outcome(error=_reason(error))


async def _explain(response: aiohttp.ClientResponse) -> str:
    """Say what a refusal was, with the beginning of what the receiver says about it."""
    if 300 <= response.status < 400:
        return f"HTTP {response.status}: redirects are not followed; write the URL it points to into config.toml"
    try:
        said = printable((await response.content.read(ERROR_TEXT)).decode(errors="replace"))
    except (aiohttp.ClientError, OSError, TimeoutError):
        said = ""
    return f"HTTP {response.status}: {said}" if said else f"HTTP {response.status}"


def _reason(error: Exception) -> str:
    """Say why a receiver could not be reached, without the URL's path: it may be a secret."""
    if isinstance(error, aiohttp.InvalidURL):
        return "the URL is not valid"
    # aiohttp's own text hides the resolver's
    cause = getattr(error, "os_error", None)
    return printable(str(cause or error) or type(error).__name__)
