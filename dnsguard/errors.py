"""Errors the whole project shares; each says where, what, and what would be right."""


class DnsguardError(Exception):
    """Anything a person can mend: printed as one line, never as a traceback."""


class ConfigError(DnsguardError):
    """One or more faults in a configuration.

    `faults` has one line per fault: the key's path, what is wrong, what would be right.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class WireError(DnsguardError):
    """A DNS message that breaks its format; `rcode` is what its sender is told (RFC 1035 section 4.1.1)."""

    def __init__(self, reason: str, rcode: int = 1) -> None:
        super().__init__(reason)
        self.rcode = rcode


class UpstreamError(DnsguardError):
    """An upstream could not be asked, or did not answer in a way that may be believed."""


class ListError(DnsguardError):
    """A list that can't be read or must not be believed; the one before it stays."""
