"""The token: 256 random bits in `state_dir/console.token`, for its owner's eyes only.

It is read whenever somebody shows one: a new one holds at once, and ends all sessions of the old one.
"""

import hashlib
import hmac
import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from dnsguard.errors import DnsguardError

NAME: Final = "console.token"
"""In state_dir."""
BYTES: Final = 32
MAX_FILE: Final = 1024
"""More is no token. [bytes]"""

_log = logging.getLogger("dnsguard.hub.signin")


class Token:
    """The one of a state_dir."""

    def __init__(self, state_dir: Path) -> None:
        self.path: Final = state_dir / NAME

    def ensure(self) -> bool:
        """Make it if there is none; says whether it was made. DnsguardError if it can't be."""
        if self.path.exists():
            mode = stat.S_IMODE(self.path.stat().st_mode)
            if mode & 0o077:
                _log.warning("the console's token can be read by others", extra={"path": str(self.path)})
            return False
        self.renew()
        return True

    def renew(self) -> str:
        """Make another, in one step, and give it; DnsguardError if it can't be kept."""
        text = secrets.token_urlsafe(BYTES)
        new = self.path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{text}\n")
            if os.geteuid() == 0:
                # made by root for a hub that runs as somebody else
                owner = self.path.parent.stat()
                os.chown(new, owner.st_uid, owner.st_gid)
            new.replace(self.path)
        except OSError as error:
            raise DnsguardError(f"{self.path}: {error.strerror or error}; the console's token is kept there") from error
        return text

    def read(self) -> str:
        """Give it; DnsguardError if there is none."""
        try:
            with self.path.open("rb") as file:
                text = file.read(MAX_FILE).decode("ascii", "replace").strip()
        except FileNotFoundError:
            raise DnsguardError(
                f"there is no {self.path} yet: `dnsguard serve` makes it when it starts for the first time"
            ) from None
        except OSError as error:
            raise DnsguardError(f"{self.path}: {error.strerror}; read it as dnsguard's own user") from error
        if not text:
            raise DnsguardError(f"{self.path} is empty; `dnsguard console token --new` makes another")
        return text

    def matches(self, shown: str) -> bool:
        """Whether what somebody shows is the token, in a time that does not tell how much of it is right."""
        try:
            right = self.read()
        except DnsguardError as error:
            _log.error("nobody can sign in", extra={"error": str(error)})
            return False
        return hmac.compare_digest(shown.strip().encode("utf-8", "surrogateescape"), right.encode())

    @property
    def mark(self) -> str:
        """Changes with the token; empty: there is none."""
        try:
            return hashlib.sha256(self.read().encode()).hexdigest()
        except DnsguardError:
            return ""
