"""Why a feed could not be taken."""

from dnsguard.errors import DnsguardError


class FetchError(DnsguardError):
    """Nothing came that could be judged; try again later."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after
        """Seconds the server asked for."""


class RefusedError(FetchError):
    """Something came that must not be believed: the old copy stays, and somebody should look."""
