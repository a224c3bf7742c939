"""Where a collector listens, as config.toml writes it."""

from urllib.parse import urlsplit

RIGHT = 'write one like "unix:/run/dnstap.sock" or "tcp://192.0.2.5:6000"'


def parse_address(text: str) -> str | tuple[str, int]:
    """Give a unix socket's path, or host and port; ValueError says what would be right."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        path = "/" + path.lstrip("/") if path.startswith("//") else path
        if not path.startswith("/"):
            raise ValueError(f"needs a whole path after unix:; {RIGHT}")
        return path
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"is no address ({error}); {RIGHT}") from None
    if url.scheme != "tcp" or not host or not port or url.path.strip("/") or url.query or "@" in url.netloc:
        raise ValueError(f"{text!r} is no collector's address; {RIGHT}")
    return host, port
