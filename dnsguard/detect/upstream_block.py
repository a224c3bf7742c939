"""Answers by which an upstream says that it blocks a name itself: neither the name's own answer nor a sinkhole."""

from typing import Final

from dnsguard.detect.response_view import Response
from dnsguard.wire import ede
from dnsguard.wire.query import FLAG_AA, FLAG_RA

_NXDOMAIN: Final = 3
_CODES: Final = {ede.BLOCKED: "Blocked", ede.CENSORED: "Censored", ede.FILTERED: "Filtered"}


def upstream_block(response: Response) -> str:
    """Say how the upstream shows that it blocks; empty: it does not.

    Extended DNS Errors 15 to 17 (RFC 8914 section 4), the unspecified address or loopback in place of every address
    (AdGuard, Pi-hole, hosts files), NXDOMAIN from a resolver that says recursion is not available (Quad9).
    """
    answer = response.answer
    if answer.ede:
        options, position = answer.ede, 0
        while position + 6 <= len(options):
            length = int.from_bytes(options[position + 2 : position + 4])
            code = int.from_bytes(options[position + 4 : position + 6])
            if length >= 2 and code in _CODES:
                return f"Extended DNS Error {code} ({_CODES[code]})"
            position += 4 + length
    if answer.rcode == _NXDOMAIN and not answer.flags & (FLAG_RA | FLAG_AA):
        return "NXDOMAIN without recursion"
    addresses = response.addresses
    if addresses and all(_nowhere(address) for address in addresses):
        return "an address that leads nowhere"
    return ""


def _nowhere(address: bytes) -> bool:
    return address[0] in {0, 127} if len(address) == 4 else address[:15] == bytes(15) and address[15] < 2
