"""Unix sockets that only this user can open."""

import os
import socket
from pathlib import Path

from dnsguard.link import reachable


def listen_private(path: Path, backlog: int = 16) -> socket.socket:
    """Listen on a socket of mode 0600, in a folder that the caller holds the lock of."""
    # whoever starts the server holds the folder's lock, so a socket file is one that a dead hub left
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        os.fchmod(listener.fileno(), 0o600)  # before it has a name: nobody else gets in between
        with reachable(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    return listener
