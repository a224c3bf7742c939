"""What the records of an answer are, as bits that its walk gathers (wire/answer.py).

Nine in ten answers hold addresses and nothing else, or say by an SOA that there are none: who looks for other things
sees here that there are none, and need not walk over the records again.
"""

from typing import Final

HAS_A: Final = 1
"""The answer section has A records of four octets."""
HAS_AAAA: Final = 2
"""AAAA records of sixteen octets."""
HOSTS: Final = HAS_A | HAS_AAAA
ALIAS: Final = 4
"""CNAMEs."""
BESIDE: Final = 8
"""RRSIGs and DNAMEs, which are no data of their own."""
DATA: Final = 16
"""Any other record."""
NO_HOSTS: Final = ALIAS | BESIDE | DATA
MAYBE_PRIVATE: Final = 32
"""The first octet of some A or AAAA record is one that private networks or the loopback have."""
SERVER: Final = 64
"""Some section has an NS record, or one other than the authority section an SOA."""
DENIAL: Final = 128
"""The authority section has an SOA."""
BELOW: Final = 256
"""A section below the answers has other records than those, the OPT left out."""
UNUSUAL: Final = 512
"""A record is of another class than IN, lives longer than a week, or has the top bit of its TTL set."""
BY_FIRST_4: Final = bytes([HAS_A | MAYBE_PRIVATE * (octet in (10, 127, 169, 172, 192)) for octet in range(256)])
"""What an A record says, by the first octet of its address (RFC 1918, RFC 1122 section 3.2.1.3, RFC 3927)."""
BY_FIRST_6: Final = bytes([HAS_AAAA | MAYBE_PRIVATE * (octet >= 0xFC or not octet) for octet in range(256)])
"""What an AAAA record does (RFC 4193, RFC 4291 section 2.4)."""
WEEK: Final = 604800
"""RFC 8767 section 4 has resolvers cap times to live, and names a week as the most. [seconds]"""
