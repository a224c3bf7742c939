"""Hides the length of encrypted queries (RFC 7830), by the policy of RFC 8467: multiples of 128 bytes.

Padding holds between two neighbours only (RFC 7830 section 3), so it is taken out of answers again.
Known gap: a query without EDNS is not padded, as it would make the server answer with EDNS.
"""

import struct
from typing import Final

from dnsguard.errors import WireError
from dnsguard.wire.answer import Answer
from dnsguard.wire.names import skip

PADDING: Final = 12
"""RFC 7830 section 3."""
BLOCK: Final = 128
"""RFC 8467 section 4.1. [bytes]"""
_OPTION: Final = struct.Struct(">HH")
_SIZE: Final = struct.Struct(">H")


def padded(query: bytes) -> bytes:
    """Give the query with a Padding option at the end of its OPT record.

    As it is, where it has none, or where something follows it or it is padded already.
    """
    # one question and one additional record, the only shape that a resolver's queries have
    if query[4:12] != b"\0\1\0\0\0\0\0\1":
        return query
    try:
        start = skip(query, 12) + 4
        kind, length = query[start : start + 3], _SIZE.unpack_from(query, start + 9)[0]
    except (WireError, struct.error):
        return query
    if kind != b"\0\0\x29" or start + 11 + length != len(query) or length > BLOCK * 4:
        return query
    if any(code == PADDING for code, _, _ in _options(query, start + 11, len(query))):
        return query
    missing = -(len(query) + 4) % BLOCK
    record = _SIZE.pack(length + 4 + missing)
    return query[: start + 9] + record + query[start + 11 :] + _OPTION.pack(PADDING, missing) + bytes(missing)


def unpadded(answer: bytes) -> bytes:
    """Give the answer without Padding options; as it is if the OPT record is not its end, or if it can't be read."""
    try:
        view = Answer(answer)
    except WireError:
        return answer
    if view.opt_start < 0 or view.opt_end != len(answer):
        return answer
    options = view.opt_start + 11
    kept = b"".join(
        [answer[at:end] for code, at, end in _options(answer, options, view.opt_end) if code != PADDING],
    )
    if len(kept) == view.opt_end - options:
        return answer
    return answer[: options - 2] + _SIZE.pack(len(kept)) + kept


def _options(message: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """Give (code, start, end) of each option; an option that runs off is given as it is, cut."""
    found: list[tuple[int, int, int]] = []
    while at + 4 <= end:
        code, length = _OPTION.unpack_from(message, at)
        after = min(at + 4 + length, end)
        found.append((code, at, after))
        at = after
    return found
