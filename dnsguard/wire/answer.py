"""A response, walked once (RFC 1035 section 4.1).

The walk finds what the cache, the policy and the detectors need by offset; names and addresses are read when asked for.
"""

import struct
from typing import Final, NamedTuple

from dnsguard.errors import WireError
from dnsguard.wire import names
from dnsguard.wire.kinds import (
    ALIAS,
    BELOW,
    BESIDE,
    BY_FIRST_4,
    BY_FIRST_6,
    DATA,
    DENIAL,
    HOSTS,
    SERVER,
    UNUSUAL,
    WEEK,
)
from dnsguard.wire.query import FLAG_TC
from dnsguard.wire.rrtypes import AAAA, CNAME, DNAME, NS, OPT, RRSIG, SOA, A

_UNPACK: Final = struct.Struct(">HHIH").unpack_from
"""Type, class, TTL, RDLENGTH."""
_OPTION: Final = struct.Struct(">HH")
EDE_OPTION: Final = 15
"""RFC 8914 section 2."""
MAX_CHAIN: Final = 32
"""Names a CNAME chain is followed through; resolvers give up sooner (Unbound: 11, BIND: 16)."""
MAX_TTL: Final = 0x7FFFFFFF
"""RFC 2181 section 8: a TTL with its top bit set counts as zero."""


class Record(NamedTuple):
    """One resource record, by offsets into the message."""

    section: int
    """0 answer, 1 authority, 2 additional"""
    owner: int
    rtype: int
    rclass: int
    ttl: int
    """Seconds."""
    ttl_offset: int
    rdata: int
    rdlength: int


class Answer:
    """One response message; raises WireError for what can't be walked to its end.

    `rcode` has the bits of the OPT record in it; `opt_start` is -1 without one. `ttls` has (offset, seconds) of every
    record but the OPT, `least` the least of them; `kinds` has the bits of wire/kinds.py; `plain` says that each answer
    stands at the question's name, and points to it as all do. `ede` holds the Extended DNS Error options as they came,
    code and length included (RFC 8914).
    """

    __slots__ = (
        "_chain",
        "_cnames",
        "_foreign",
        "_read",
        "_soa_end",
        "ede",
        "edns",
        "end",
        "flags",
        "kinds",
        "least",
        "message",
        "opt_end",
        "opt_start",
        "plain",
        "question_end",
        "rcode",
        "ttls",
    )

    def __init__(self, message: bytes, question_end: int = 0) -> None:
        """Walk the message; `question_end` saves reading the question again if the caller has compared it."""
        if len(message) < 12:
            raise WireError("shorter than a header")
        self.message = message
        self.flags = message[2] << 8 | message[3]
        if not question_end:
            question_end = 12
            for _ in range(message[4] << 8 | message[5]):
                question_end = names.skip(message, question_end) + 4
        elif message[4] or message[5] != 1:
            raise WireError("not one question")
        self.question_end = position = question_end
        self.rcode = self.flags & 0xF
        self.opt_start = -1
        self.opt_end = -1
        self.edns = False
        self.ede = b""
        self._soa_end = -1
        kinds = 0
        plain = True
        least = MAX_TTL
        ttls: list[tuple[int, int]] = []
        try:
            for section in (0, 1, 2):
                at = 6 + 2 * section
                for _ in range(message[at] << 8 | message[at + 1]):
                    owner = position
                    if message[owner] >= 0xC0:
                        # 0xC00C points at the question: the owner of nearly every first record
                        if section == 0 and (message[owner + 1] != 12 or message[owner] != 0xC0):
                            plain = False
                        position = owner + 2
                    else:
                        position = names.skip(message, owner)
                        if section == 0:
                            plain = False
                    rtype = message[position] << 8 | message[position + 1]
                    ttl = (
                        message[position + 4] << 24
                        | message[position + 5] << 16
                        | message[position + 6] << 8
                        | message[position + 7]
                    )
                    rdlength = message[position + 8] << 8 | message[position + 9]
                    if rtype == OPT:
                        self._read_opt(section, owner, ttl, position + 10, rdlength)
                    else:
                        if ttl > WEEK:
                            kinds |= UNUSUAL
                            if ttl > MAX_TTL:
                                ttl = 0
                        if message[position + 3] != 1 or message[position + 2]:
                            kinds |= UNUSUAL
                        if ttl < least:  # noqa: PLR1730 - min() takes twice as long
                            least = ttl
                        ttls.append((position + 4, ttl))
                        if section == 0:
                            if rtype == A:
                                kinds |= BY_FIRST_4[message[position + 10]] if rdlength == 4 else DATA
                            elif rtype == AAAA:
                                kinds |= BY_FIRST_6[message[position + 10]] if rdlength == 16 else DATA
                            elif rtype == CNAME:
                                kinds |= ALIAS
                            elif rtype == RRSIG or rtype == DNAME:  # noqa: PLR1714, SIM109 - twice as quick as a tuple
                                kinds |= BESIDE
                            elif rtype == NS or rtype == SOA:  # noqa: PLR1714, SIM109
                                kinds |= DATA | SERVER
                            else:
                                kinds |= DATA
                        elif rtype == SOA and section == 1:
                            kinds |= DENIAL
                            if rdlength >= 22:
                                self._soa_end = position + 10 + rdlength
                        elif rtype == NS or rtype == SOA:  # noqa: PLR1714, SIM109
                            kinds |= SERVER
                        else:
                            kinds |= BELOW
                    position += 10 + rdlength
        except (IndexError, struct.error):
            raise WireError("a record runs off the message") from None
        if position > len(message):
            raise WireError("a record runs off the message")
        self.end = position
        self.ttls = ttls
        self.least = least
        self.kinds = kinds
        self.plain = plain
        self._read = False
        self._cnames: tuple[str, ...] = ()
        self._chain: tuple[str, ...] = ()
        self._foreign = False

    @property
    def records(self) -> list[Record]:
        """All records but the OPT, walked once more: few ask."""
        message = self.message
        position = self.question_end
        records: list[Record] = []
        for section in (0, 1, 2):
            for _ in range(message[6 + 2 * section] << 8 | message[7 + 2 * section]):
                owner = position
                position = names.skip(message, owner)
                rtype, rclass, ttl, rdlength = _UNPACK(message, position)
                if rtype != OPT:
                    ttl = 0 if ttl > MAX_TTL else ttl
                    records.append(Record(section, owner, rtype, rclass, ttl, position + 4, position + 10, rdlength))
                position += 10 + rdlength
        return records

    def _read_opt(self, section: int, owner: int, ttl: int, rdata: int, rdlength: int) -> None:
        message = self.message
        if self.edns or section != 2 or message[owner] or rdata + rdlength > len(message):
            raise WireError("an OPT record where none may be")
        self.edns = True
        self.opt_start, self.opt_end = owner, rdata + rdlength
        self.rcode |= ttl >> 24 << 4
        position = rdata
        while position + 4 <= self.opt_end:
            code, length = _OPTION.unpack_from(message, position)
            after = position + 4 + length
            if after > self.opt_end:
                raise WireError("an EDNS option runs off its record")
            if code == EDE_OPTION:
                self.ede += message[position:after]
            position = after

    @property
    def truncated(self) -> bool:
        """Whether TC is set."""
        return bool(self.flags & FLAG_TC)

    @property
    def cnames(self) -> tuple[str, ...]:
        """Targets of the answer section's CNAMEs, lower case, no final dot. WireError if one is no name."""
        if self.kinds & ALIAS and not self._read:
            self._read_names()
        return self._cnames

    @property
    def chain(self) -> tuple[str, ...]:
        """The question's name and every name its CNAMEs lead to, in order (RFC 1034 section 3.6.2).

        A DNAME needs no look: a CNAME made from it stands beside it (RFC 6672 section 3.1).
        """
        if not self._read:
            self._read_names()
        return self._chain

    def foreign(self) -> bool:
        """Whether a record of the answer section belongs to no name the question leads to.

        RFC 5452 section 6: data in an answer that was not asked for, or is outside the bailiwick, is not believed.
        """
        if self.plain:
            return False
        if not self._read:
            self._read_names()
        return self._foreign

    def _read_names(self) -> None:
        """Read each name of the answer section once; most owners are pointers to a name read before."""
        message = self.message
        asked = names.text(message, 12)[0]
        position = self.question_end
        known = {12: asked}
        owners: list[tuple[str, int]] = []
        cnames: list[str] = []
        aliases: dict[str, str] = {}
        # no OPT stands in the answer section, so its records are the first of `ttls`
        for at, _ in self.ttls[: message[6] << 8 | message[7]]:
            start = position
            if message[start] >= 0xC0:
                start = (message[start] & 0x3F) << 8 | message[start + 1]
                if start >= position:
                    raise WireError("a compression pointer does not point back")
            owner = known.get(start)
            if owner is None:
                owner = known[start] = names.text(message, position)[0]
            rtype = message[at - 4] << 8 | message[at - 3]
            owners.append((owner, rtype))
            position = at + 6 + (message[at + 4] << 8 | message[at + 5])
            if rtype == CNAME:
                target, end = names.text(message, at + 6)
                if end != position:
                    raise WireError("an alias whose data is not one name")
                known[at + 6] = target
                cnames.append(target)
                aliases.setdefault(owner, target)
        chain = [asked]
        while asked in aliases and len(chain) < MAX_CHAIN:
            asked = aliases[asked]
            if asked in chain:
                break
            chain.append(asked)
        self._cnames = tuple(cnames)
        self._chain = tuple(chain)
        for owner, rtype in owners:
            if not belongs(owner, rtype, self._chain):
                self._foreign = True
                break
        self._read = True

    @property
    def addresses(self) -> tuple[bytes, ...]:
        """Packed addresses of the answer section's A and AAAA records."""
        if not self.kinds & HOSTS:
            return ()
        message = self.message
        found: list[bytes] = []
        # no OPT stands in the answer section, so its records are the first of `ttls`; type and class stand before a
        # TTL, the length of the data behind it
        for at, _ in self.ttls[: message[6] << 8 | message[7]]:
            size = message[at + 5]
            if message[at + 4] or message[at - 4]:
                continue
            rtype = message[at - 3]
            if (rtype == A and size == 4) or (rtype == AAAA and size == 16):
                found.append(message[at + 6 : at + 6 + size])
        return tuple(found)

    def ttl(self, max_ttl: float, max_negative_ttl: float) -> float:
        """How long the answer may be kept, in seconds; 0: not at all.

        The least TTL of all records; for NXDOMAIN and NODATA the SOA's own TTL and its MINIMUM bound it, and without
        an SOA it is not kept (RFC 2308 sections 3 and 5). What was cut (TC) isn't kept either (RFC 2181 section 9).
        """
        if self.flags & FLAG_TC:
            return 0
        ttl = min(self.least, max_ttl)
        if self.kinds & (HOSTS | DATA) and not self.rcode:
            return ttl
        if self._soa_end >= 0:
            minimum = int.from_bytes(self.message[self._soa_end - 4 : self._soa_end])
            return min(ttl, minimum, max_negative_ttl)
        # a question for an alias itself, or for its signature
        return ttl if self.message[6:8] != b"\0\0" and not self.rcode else 0


def belongs(owner: str, rtype: int, chain: tuple[str, ...]) -> bool:
    """Whether an answer record stands at a name of the chain, or renames one.

    A DNAME, and its signature, stand above the names they rename (RFC 6672 section 2.2).
    """
    if owner in chain:
        return True
    return rtype in {DNAME, RRSIG} and any(name.endswith("." + owner) or not owner for name in chain)
