"""The configurations of the resolvers that dnsguard is measured beside: one thread, a large cache, no filter."""

from collections.abc import Iterable
from pathlib import Path


def unbound(folder: Path, port: int, upstream: int, policy_zone: Path | None = None) -> str:
    """unbound.conf: forward everything and validate nothing; `policy_zone` is a file of `policy_zone`'s."""
    modules = "respip iterator" if policy_zone else "iterator"
    zone = f'rpz:\n name: "policy.invalid."\n zonefile: "{policy_zone}"\n' if policy_zone else ""
    return (
        f'server:\n interface: 127.0.0.1@{port}\n do-not-query-localhost: no\n num-threads: 1\n username: ""\n'
        f' chroot: ""\n directory: "{folder}"\n pidfile: ""\n use-syslog: no\n module-config: "{modules}"\n'
        f" msg-cache-size: 256m\n rrset-cache-size: 256m\n outgoing-range: 4096\n num-queries-per-thread: 2048\n"
        f' so-rcvbuf: 4m\n incoming-num-tcp: 100\nremote-control:\n control-enable: no\nforward-zone:\n name: "."\n'
        f" forward-addr: 127.0.0.1@{upstream}\n{zone}"
    )


def policy_zone(names: Iterable[str]) -> str:
    """A response policy zone that denies these names and all below them (draft-vixie-dnsop-dns-rpz-00 section 4)."""
    head = (
        "$ORIGIN policy.invalid.\n$TTL 3600\n@ SOA localhost. root.localhost. 1 3600 600 86400 300\n@ NS localhost.\n"
    )
    return head + "".join(f"{name} CNAME .\n*.{name} CNAME .\n" for name in names)


def dnsdist(port: int, upstream: int) -> str:
    """dnsdist.conf: a packet cache of a million answers, and no rules."""
    return (
        f"setLocal('127.0.0.1:{port}')\nsetSecurityPollSuffix('')\n"
        f"newServer({{address='127.0.0.1:{upstream}', sockets=8}})\n"
        f"getPool(''):setCache(newPacketCache(1000000, {{maxTTL=86400}}))\n"
    )


def dnsmasq(port: int, upstream: int) -> str:
    """dnsmasq.conf: the largest cache that it does not call a mistake, and as many forwards as its peers may have."""
    return (
        f"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-hosts\nno-resolv\nuser=\n"
        f"server=127.0.0.1#{upstream}\ncache-size=10000\ndns-forward-max=4096\n"
    )
