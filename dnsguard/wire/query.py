"""One client's question, read from its packet.

Read once for every query that is not answered from the cache, so it does no more than that way needs;
what only alerts and explanations need is computed when asked for.
"""

import ipaddress
import struct
from typing import Any, Final, Self

from dnsguard.errors import WireError
from dnsguard.model import Judged
from dnsguard.wire import names
from dnsguard.wire.rrtypes import OPT, type_number, type_text

FORMERR: Final = 1
NOTIMP: Final = 4

FLAG_QR: Final = 0x8000
FLAG_AA: Final = 0x0400
FLAG_TC: Final = 0x0200
FLAG_RD: Final = 0x0100
FLAG_RA: Final = 0x0080
FLAG_AD: Final = 0x0020
FLAG_CD: Final = 0x0010

_ONE_QUESTION: Final = b"\0\1\0\0\0\0\0\0"
_RR: Final = struct.Struct(">HHIH")
_FOLD: Final = bytes(range(256)).lower()
"""Lower case; length bytes are below 64, so of a name on the wire it touches letters only."""
MAX_QUERY: Final = 4096
"""A question, its options and their padding (RFC 8467) take a few hundred; queries wait in memory. [bytes]"""
MIN_UDP: Final = 512
"""What a client without EDNS, or with less, can take over UDP (RFC 6891 section 6.2.5). [bytes]"""


class Query:
    """A question, who asked it, and when.

    `name` is lower case, in presentation form, without the final dot; `question` is the wire form as sent (case kept)
    with type and class; `client` is a packed address, 4 or 16 bytes; `time` is in Unix seconds;
    `folded` is the name on the wire in lower case, without its root; `top` is the name's last label, `tail` its last
    two; `judged` is the worst that was found about it so far, `zone` what intel/cut made of its name, once asked;
    `listed` is what the lists `lists` have of it, once they were asked.
    Raises WireError, with the rcode its sender is told, for what is no query that can be answered.
    """

    __slots__ = (
        "client",
        "do",
        "edns",
        "edns_version",
        "end",
        "flags",
        "folded",
        "judged",
        "listed",
        "lists",
        "name",
        "packet",
        "qclass",
        "qtype",
        "question",
        "stream",
        "tail",
        "time",
        "top",
        "udp_size",
        "zone",
    )

    def __init__(self, packet: bytes, client: bytes, time: float, stream: bool = False) -> None:
        if len(packet) < 12:
            raise WireError("shorter than a header", FORMERR)
        if len(packet) > MAX_QUERY:
            raise WireError("more than a query can take", FORMERR)
        self.packet = packet
        self.client = client
        self.time = time
        self.stream = stream
        self.judged: Judged | None = None
        self.zone: str | None = None
        self.lists: object = None
        self.listed: tuple[Any, ...] = ()
        self.flags = packet[2] << 8 | packet[3]
        if self.flags & 0xF800:
            raise WireError("a response" if self.flags & FLAG_QR else "an opcode that is not QUERY", NOTIMP)
        counts = packet[4:12]
        if counts != _ONE_QUESTION and counts[:4] != b"\0\1\0\0":
            raise WireError("a query has one question and no answers", FORMERR)

        dots = -1
        tail = top = position = 12
        try:
            size = packet[12]
            while size:
                if size > 63:
                    raise WireError("a question's name may not be compressed here", FORMERR)
                tail = top
                top = position
                position += size + 1
                # a length that reads as a hyphen or a digit is not told from one below
                dots = dots + 1 if size < 45 or size > 57 else -256
                size = packet[position]
        except IndexError:
            raise WireError("the question runs off the message", FORMERR) from None
        if position > 11 + names.MAX_NAME:
            raise WireError("a name of more than 255 octets", FORMERR)
        wire = packet[12:position]
        self.folded = wire.translate(_FOLD)
        self.name = name = names.question_text(wire, dots)
        if len(name) == position - 13:
            tail -= 12
            top -= 12
        else:
            # the root, or a name whose labels stand elsewhere for its escapes
            top = name.rfind(".") + 1
            tail = name.rfind(".", 0, top - 1) + 1 if top else 0
        self.tail = name[tail:]
        self.top = name[top:]

        end = position + 5
        if end > len(packet):
            raise WireError("the question runs off the message", FORMERR)
        self.qtype = packet[position + 1] << 8 | packet[position + 2]
        self.qclass = packet[position + 3] << 8 | packet[position + 4]
        self.question = packet[12:end]
        self.end = end
        self.edns = False
        self.udp_size = MIN_UDP
        self.do = False
        self.edns_version = 0
        if counts != _ONE_QUESTION:
            self._read_rest(counts[4] << 8 | counts[5], counts[6] << 8 | counts[7])

    def _read_rest(self, authority: int, additional: int) -> None:
        """Find the OPT record; RFC 6891 section 6.1.1: more than one is a FORMERR.

        An authority section has the SOA of an IXFR (RFC 1995 section 3).
        """
        packet = self.packet
        position = self.end
        for index in range(authority + additional):
            owner = position
            try:
                position = names.skip(packet, position)
                rtype, rclass, ttl, rdlength = _RR.unpack_from(packet, position)
            except (WireError, struct.error):
                raise WireError("a record runs off the message", FORMERR) from None
            position += 10 + rdlength
            if position > len(packet):
                raise WireError("a record runs off the message", FORMERR)
            if rtype == OPT:
                if self.edns:
                    raise WireError("more than one OPT record", FORMERR)
                if packet[owner] or index < authority:
                    raise WireError("an OPT record where none may be", FORMERR)
                self.edns = True
                self.udp_size = max(rclass, MIN_UDP)
                self.edns_version = ttl >> 16 & 0xFF
                self.do = bool(ttl & 0x8000)

    @classmethod
    def parse(cls, packet: bytes, client: bytes, time: float, stream: bool = False) -> Self:
        """Read a packet; the constructor by its purpose's name."""
        return cls(packet, client, time, stream)

    @classmethod
    def of(
        cls, name: str, qtype: str = "A", client: str = "192.0.2.7", time: float = 0.0, *, edns: bool = False
    ) -> Self:
        """A query made here: for `explain`, probes and tests. ValueError for what is no name or type."""
        header = b"\0\0\1\0\0\1\0\0\0\0\0" + (b"\1" if edns else b"\0")
        question = names.encode(name) + type_number(qtype).to_bytes(2, "big") + b"\0\1"
        opt = b"\0\0\x29\x04\xd0\0\0\0\0\0\0" if edns else b""
        return cls(header + question + opt, ipaddress.ip_address(client).packed, time)

    @property
    def client_text(self) -> str:
        """The client's address as text."""
        return str(ipaddress.ip_address(self.client))

    @property
    def qtype_text(self) -> str:
        """The type's mnemonic."""
        return type_text(self.qtype)
