"""Names of anonymity networks, and the proof that a label is a Tor onion address.

A version 3 address is base32(PUBKEY | CHECKSUM | VERSION), where CHECKSUM is the first two octets of
SHA3-256(".onion checksum" | PUBKEY | VERSION) (Tor's rend-spec-v3, section 6 [ONIONADDRESS]): a random label of its
shape passes once in 16.8 million.
"""

import base64
import hashlib
import re
from typing import Final

NETWORKS: Final = {
    "onion": "Tor",  # RFC 7686
    "exit": "Tor",  # address-spec section 3: `NAME.RELAY.exit` picks the last relay
    "i2p": "I2P",
    "loki": "Lokinet",
    "snode": "Lokinet",  # its service nodes
}
"""Top-level labels that only such a network resolves; the root has none of them.

Not here: `.bit`, `.zil`, `.crypto` and their like, which are registries of names, not networks that hide who asks; and
`.gnu` and `.zkey`, whose names lead to ordinary addresses. A list of category dark_web can't name a top-level domain,
for it would match a whole registry.
"""

V3: Final = 56
"""Characters of a version 3 onion address."""
V2: Final = 16
"""Characters of a version 2 onion address; Tor dropped them in October 2021."""
_BASE32: Final = re.compile(r"[a-z2-7]+")


def is_v3(label: str) -> bool:
    """Say whether a lower-case label is a version 3 onion address, checksum and version included."""
    # the last five bits are those of VERSION, which is 3: d
    if len(label) != V3 or label[-1] != "d" or not _BASE32.fullmatch(label):
        return False
    raw = base64.b32decode(label.upper())
    key, checksum, version = raw[:32], raw[32:34], raw[34:]
    return version == b"\3" and hashlib.sha3_256(b".onion checksum" + key + version).digest()[:2] == checksum


def is_v2(label: str) -> bool:
    """Say whether a lower-case label has the shape of a version 2 onion address, which carries no checksum."""
    return len(label) == V2 and _BASE32.fullmatch(label) is not None


def kind(label: str) -> str:
    """Say what a label that stands where an onion address should is."""
    if is_v3(label):
        return "version 3, checksum valid"
    if is_v2(label):
        return "version 2, retired in 2021"
    if len(label) == V3 and _BASE32.fullmatch(label):
        return "invalid: version 3 by its length, but the checksum is wrong"
    return f"invalid: {len(label)} characters, an address has {V3}"
