"""Upstream messages made again without what may not stay in them, and the memory of a failure. None of it is hot."""

from typing import Final

from dnslib import DNSLabel, DNSRecord
from dnslib.dns import DNSError

from dnsguard.errors import WireError
from dnsguard.wire import names
from dnsguard.wire.answer import EDE_OPTION, Answer, belongs
from dnsguard.wire.query import FLAG_CD, FLAG_QR, FLAG_RA, FLAG_RD, Query
from dnsguard.wire.rrtypes import OPT

MAX_TEXT: Final = 200
"""EXTRA-TEXT should be short (RFC 8914 section 2). [bytes]"""
MAX_POINTER: Final = 0x3FFF
"""What a compression pointer reaches; dnslib writes wrong ones beyond it. [bytes]"""


def scrubbed(message: bytes) -> bytes:
    """Drop answer records that the question does not lead to, and put the OPT record last.

    Raises WireError if the message can't be read that far. Known gap: dnslib reads no names that are not UTF-8.
    """
    chain = Answer(message).chain
    if len(message) > MAX_POINTER:
        raise WireError("an answer too large to be cleaned")
    try:
        record = DNSRecord.parse(message)
        record.rr = [rr for rr in record.rr if belongs(_text(rr.rname), rr.rtype, chain)]
        record.ar.sort(key=lambda rr: bool(rr.rtype == OPT))
        return bytes(record.pack())
    except (DNSError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise WireError(f"an answer that can't be cleaned: {error}") from error


def _text(name: DNSLabel) -> str:
    return ".".join([names.label_text(label) for label in name.label])


def failure(query: Query, rcode: int, code: int, text: str) -> bytes:
    """An answer that says why there is none (RFC 8914), with an OPT record whatever the client sent."""
    flags = FLAG_QR | FLAG_RA | query.flags & (FLAG_RD | FLAG_CD) | rcode
    extra = text.encode()[:MAX_TEXT]
    option = EDE_OPTION.to_bytes(2, "big") + (len(extra) + 2).to_bytes(2, "big") + code.to_bytes(2, "big") + extra
    opt = b"\0\0\x29\x04\xd0\0\0\0\0" + len(option).to_bytes(2, "big") + option
    return b"\0\0" + flags.to_bytes(2, "big") + b"\0\1\0\0\0\0\0\1" + query.question + opt
