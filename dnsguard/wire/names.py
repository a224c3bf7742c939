"""Domain names between wire and presentation form (RFC 1035 section 3.1 and 5.1, RFC 4343)."""

import re
from typing import Final

from dnsguard.errors import WireError

MAX_NAME: Final = 255
"""Octets of a name on the wire, length bytes and root included (RFC 1035 section 2.3.4)."""

MAX_POINTERS: Final = 127
"""Compression pointers followed for one name: one for each label it can have. More would only cost time."""

PLAIN: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-_"
"""Octets that stand for themselves once lower-cased; the others are escaped."""

_DOTS: Final = b"." * 127
_ESCAPES: Final = {
    octet: (
        chr(octet)
        if octet in PLAIN or octet in b"!#$%&'*+,/:;<=>?[]^`{|}~"
        else "\\" + chr(octet)
        if octet in b'.\\"()@'
        else f"\\{octet:03d}"
    )
    for octet in range(256)
}
_DOTTED: Final = bytes(
    octet + 32 if 65 <= octet <= 90 else octet if octet in PLAIN else ord(".") for octet in range(256)
)
"""Lower case; a dot for whatever is not plain, as length bytes are but for 45 and 48 to 57."""
_TOKEN: Final = re.compile(r"\\([0-9]{3})|\\([^0-9])|(.)", re.DOTALL)


def label_text(label: bytes) -> str:
    r"""One label, lower case, with `\.` and `\DDD` where an octet does not stand for itself."""
    label = label.lower()
    if not label.translate(None, PLAIN):
        return label.decode("ascii")
    return "".join([_ESCAPES[octet] for octet in label])


def name_text(labels: list[bytes]) -> str:
    """Labels as one name: lower case, no final dot."""
    name = b".".join(labels).lower()
    # the join of plain labels has no octet to escape, and as many dots as were put in
    if name.translate(None, PLAIN) == _DOTS[: len(labels) - 1 if labels else 0]:
        return name.decode("ascii")
    return ".".join([label_text(label) for label in labels])


def question_text(wire: bytes, dots: int) -> str:
    """As `name_text`, of an uncompressed name on the wire without its root.

    It has `dots` + 1 labels, none of a length that is itself an octet of plain names; a negative number says that one
    may be.
    """
    name = wire[1:].translate(_DOTTED).decode("ascii")
    # as many dots as lengths: then none stands for an octet that is to be escaped
    if name.count(".") == dots:
        return name
    labels: list[bytes] = []
    position = 0
    while position < len(wire):
        end = position + 1 + wire[position]
        labels.append(wire[position + 1 : end])
        position = end
    return name_text(labels)


def skip(message: bytes, offset: int) -> int:
    """Where the name at `offset` ends, without following its pointer; WireError if it runs off or is no name."""
    end = len(message)
    while offset < end:
        size = message[offset]
        if size == 0:
            return offset + 1
        if size >= 0xC0:
            if offset + 2 > end:
                break
            return offset + 2
        if size > 63:
            raise WireError("a label type that RFC 6891 section 5 retired")
        offset += size + 1
    raise WireError("a name runs off the message")


def text(message: bytes, offset: int) -> tuple[str, int]:
    """The name at `offset`, lower case, no final dot (the root is ""), and the offset after it.

    A pointer must lead to a place before all that was read so far, so no loop is possible, and what it leads to must
    end there, so that a name depends on nothing behind it (RFC 1035 section 4.1.4: "a prior occurrence of the same
    name").
    """
    labels: list[bytes] = []
    after = -1
    total = 1
    limit = len(message)
    lowest = offset
    pointers = 0
    while True:
        if offset >= limit:
            raise WireError("a name runs off the message")
        size = message[offset]
        if size == 0:
            return name_text(labels), offset + 1 if after < 0 else after
        if size >= 0xC0:
            if offset + 1 >= limit:
                raise WireError("a compression pointer runs off the message")
            target = (size & 0x3F) << 8 | message[offset + 1]
            if target >= lowest:
                raise WireError("a compression pointer does not point back")
            pointers += 1
            if pointers > MAX_POINTERS:
                raise WireError("a name in more pieces than labels")
            if after < 0:
                after = offset + 2
            limit = lowest
            lowest = target
            offset = target
            continue
        if size > 63:
            raise WireError("a label type that RFC 6891 section 5 retired")
        total += size + 1
        if total > MAX_NAME:
            raise WireError("a name of more than 255 octets")
        end = offset + 1 + size
        if end > limit:
            raise WireError("a name runs off the message")
        labels.append(message[offset + 1 : end])
        offset = end


def encode(name: str) -> bytes:
    r"""Presentation form (`a.example`, with or without final dot, `\.` and `\DDD` escapes) to wire form.

    Letter case is kept. ValueError says what is wrong.
    """
    if name in {"", "."}:
        return b"\0"
    labels: list[bytes] = []
    current = bytearray()
    ended = False
    for digits, escaped, plain in _TOKEN.findall(name):
        ended = False
        if digits:
            if int(digits) > 255:
                raise ValueError(f"{name!r}: \\{digits} is no octet; write \\000 to \\255")
            current.append(int(digits))
        elif escaped:
            current += escaped.encode("utf-8")
        elif plain == ".":
            if not current:
                raise ValueError(f"{name!r} has an empty label")
            labels.append(bytes(current))
            current = bytearray()
            ended = True
        elif plain == "\\":
            raise ValueError(f"{name!r} has a lone backslash: write it before one character, or three digits")
        else:
            current += plain.encode("utf-8")
    if not ended:
        labels.append(bytes(current))
    for label in labels:
        if len(label) > 63:
            raise ValueError(f"{name!r} has a label of {len(label)} octets; 63 is the most")
    wire = b"".join([bytes([len(label)]) + label for label in labels]) + b"\0"
    if len(wire) > MAX_NAME:
        raise ValueError(f"{name!r} takes {len(wire)} octets; {MAX_NAME} is the most")
    return wire
