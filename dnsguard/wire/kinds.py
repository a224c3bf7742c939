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
SERVER: Final = 32
"""Some section has an NS record, or one other than the authority section an SOA."""
DENIAL: Final = 64
"""The authority section has an SOA."""
BELOW: Final = 128
"""A section below the answers has other records than those, the OPT left out."""
UNUSUAL: Final = 256
"""A record is of another class than IN, lives longer than a week, or has the top bit of its TTL set."""
WEEK: Final = 604800
"""RFC 8767 section 4 has resolvers cap times to live, and names a week as the most. [seconds]"""
