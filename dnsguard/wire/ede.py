"""INFO-CODEs of Extended DNS Errors (RFC 8914 section 4, and IANA's registry after it)."""

from typing import Final

OTHER: Final = 0
UNSUPPORTED_DNSKEY_ALGORITHM: Final = 1
UNSUPPORTED_DS_DIGEST_TYPE: Final = 2
STALE_ANSWER: Final = 3
FORGED_ANSWER: Final = 4
DNSSEC_INDETERMINATE: Final = 5
DNSSEC_BOGUS: Final = 6
SIGNATURE_EXPIRED: Final = 7
SIGNATURE_NOT_YET_VALID: Final = 8
DNSKEY_MISSING: Final = 9
RRSIGS_MISSING: Final = 10
NO_ZONE_KEY_BIT_SET: Final = 11
NSEC_MISSING: Final = 12
CACHED_ERROR: Final = 13
NOT_READY: Final = 14
BLOCKED: Final = 15
"""By the operator of the resolver."""
CENSORED: Final = 16
"""By someone else's order."""
FILTERED: Final = 17
"""On the client's own wish: a group's mode."""
PROHIBITED: Final = 18
"""The client may not ask here (`allow_from`)."""
STALE_NXDOMAIN_ANSWER: Final = 19
NOT_AUTHORITATIVE: Final = 20
NOT_SUPPORTED: Final = 21
NO_REACHABLE_AUTHORITY: Final = 22
NETWORK_ERROR: Final = 23
INVALID_DATA: Final = 24
SIGNATURE_EXPIRED_BEFORE_VALID: Final = 25
TOO_EARLY: Final = 26
UNSUPPORTED_NSEC3_ITERATIONS: Final = 27
UNABLE_TO_CONFORM_TO_POLICY: Final = 28
SYNTHESIZED: Final = 29
"""The answer was made here from local data, for a name that is not looked up elsewhere."""
