"""DNS messages in a byte stream: each behind its length in two bytes (RFC 1035 section 4.2.2, RFC 7766 section 8)."""

from typing import Final

from dnsguard.errors import WireError

HEADER: Final = 12
"""Bytes of the shortest message that can be one."""
MAX_MESSAGE: Final = 65535
"""Bytes that two length bytes can tell."""


def framed(message: bytes) -> bytes:
    """Put the length in front; WireError if two bytes can't tell it."""
    size = len(message)
    if size > MAX_MESSAGE:
        raise WireError("a message of more than 65535 bytes")
    return size.to_bytes(2, "big") + message


class Unframer:
    """Takes segments as they come, gives whole messages.

    Keeps what `most` did not let through and one message that is not whole yet: who feeds it decides how large a
    segment is, and reads no further while `waiting` is true.
    """

    __slots__ = ("_need", "_rest")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._need = 0

    @property
    def waiting(self) -> bool:
        """Whether `feed` with an empty segment may give, or raise, something."""
        return len(self._rest) >= self._need > 0

    @property
    def partial(self) -> bool:
        """Whether anything lies here; at the end of a stream, a cut message."""
        return bool(self._rest)

    def feed(self, data: bytes, most: int) -> list[bytes]:
        """Add a segment (it may be empty), give up to `most` messages, oldest first.

        WireError: a message is too short to be one, so the stream is to be closed; the messages before it were given.
        """
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._need:
                # a sender of single bytes costs no copy of what came before
                return []
            data = bytes(rest)
            rest.clear()
        found: list[bytes] = []
        at = 0
        size = len(data)
        self._need = 0
        while at < size:
            if size - at < 2:
                self._need = 2
                break
            length = data[at] << 8 | data[at + 1]
            end = at + 2 + length
            if len(found) >= most or (length < HEADER and found):
                self._need = 1
                break
            if length < HEADER:
                raise WireError("a message shorter than a header")
            if end > size:
                self._need = 2 + length
                break
            found.append(data[at + 2 : end])
            at = end
        if at < size:
            rest += data[at:]
        return found
