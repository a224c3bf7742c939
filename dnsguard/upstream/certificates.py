"""Whom encrypted servers must prove to be: the name in their address, signed by an authority this machine trusts."""

import os
import ssl
from functools import cache


@cache
def client_context(*alpn: str) -> ssl.SSLContext:
    """Give the context for connections out: system authorities, names checked, TLS 1.2 or later (RFC 9325)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def reason(error: BaseException) -> str:
    """Say in a few words why a connection could not be made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # asyncio puts a text of its own into `strerror`
    return str(error) or type(error).__name__
