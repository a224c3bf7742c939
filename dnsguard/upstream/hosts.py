"""A hosts file, as hosts(5) describes it: an address, then its names; `#` starts a comment."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dnsguard.errors import ConfigError
from dnsguard.intel.names import canonical
from dnsguard.upstream.records import Record
from dnsguard.wire import names, rrtypes

TTL: Final = 60
"""The file changes under us, by DHCP servers for one. [seconds]"""
MAX_SIZE: Final = 64 << 20
"""Larger files are lists, and belong into `[[lists]]`, which keeps them in a hundredth of the memory. [bytes]"""
MAX_FAULTS: Final = 20
"""Most faults told of one file; the others are counted."""


def read_hosts(path: Path) -> tuple[list[Record], tuple[str, ...]]:
    """Read a file into A, AAAA and PTR records, and say which lines are junk; ConfigError if it cannot be read."""
    try:
        if path.stat().st_size > MAX_SIZE:
            raise ConfigError(
                [f"local.hosts_file: {path} is larger than {MAX_SIZE >> 20} MB; put names into [[lists]]"]
            )
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        raise ConfigError(
            [f"local.hosts_file: {path}: {error.strerror or error}; write a file that can be read"]
        ) from None
    records: list[Record] = []
    faults: list[str] = []
    named: set[bytes] = set()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            records.extend(_records(line, named))
        except ValueError as error:
            faults.append(f"{path}:{number}: {error}")
    if len(faults) > MAX_FAULTS:
        faults[MAX_FAULTS:] = [f"{path}: {len(faults) - MAX_FAULTS} more lines are no hosts entries"]
    return records, tuple(faults)


def _records(line: str, named: set[bytes]) -> Iterator[Record]:
    """Read one line; `named` holds the addresses that have their PTR already: the first name is the official one."""
    address_text, *host_names = line.partition("#")[0].split() or [""]
    if not address_text or "%" in address_text:
        # an address with a scope (fe80::1%lo0) means something on one machine only
        return
    try:
        address = ipaddress.ip_address(address_text)
    except ValueError:
        raise ValueError(f"{address_text[:60]!r} is no address; write for example 192.168.1.5 nas.home.arpa") from None
    if not host_names:
        raise ValueError(f"{address} has no name; write for example {address} nas.home.arpa")
    rtype = rrtypes.A if address.version == 4 else rrtypes.AAAA
    valid = []
    for text in host_names:
        try:
            valid.append(canonical(text))
        except ValueError as error:
            raise ValueError(f"{text[:60]!r} is no name: {error}") from None
    yield from (Record(name=name, rtype=rtype, ttl=TTL, rdata=address.packed) for name in valid)
    # 0.0.0.0 is how hosts files block: it is nobody's address
    if not address.is_unspecified and address.packed not in named:
        named.add(address.packed)
        yield Record(name=address.reverse_pointer, rtype=rrtypes.PTR, ttl=TTL, rdata=names.encode(valid[0]))
