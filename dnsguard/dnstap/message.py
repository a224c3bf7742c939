"""Messages of dnstap.proto, described here as far as they are used, for protobuf's own library.

Source: https://github.com/dnstap/dnstap.pb, dnstap.proto (CC0). Enumerations are described as the numbers they are on
the wire (protobuf.dev, "Encoding": both are varints). protobuf is optional, and imported only where it is used.
"""

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from dnsguard.dnstap.tapped import Tapped
from dnsguard.errors import DnsguardError

if TYPE_CHECKING:
    from collections.abc import Sequence

INSTALL: Final = "protobuf is not installed; pip install 'dnsguard[dnstap]'"
_MESSAGE: Final = 1  # Dnstap.Type
_INET, _INET6 = 1, 2  # SocketFamily
_FIELDS: Final = {
    "Policy": (("type", 1, "STRING"), ("rule", 2, "BYTES"), ("action", 3, "UINT32")),
    "Message": (
        ("type", 1, "UINT32"),
        ("socket_family", 2, "UINT32"),
        ("socket_protocol", 3, "UINT32"),
        ("query_address", 4, "BYTES"),
        ("response_address", 5, "BYTES"),
        ("query_port", 6, "UINT32"),
        ("response_port", 7, "UINT32"),
        ("query_time_sec", 8, "UINT64"),
        ("query_time_nsec", 9, "FIXED32"),
        ("query_message", 10, "BYTES"),
        ("response_time_sec", 12, "UINT64"),
        ("response_time_nsec", 13, "FIXED32"),
        ("response_message", 14, "BYTES"),
        ("policy", 15, "Policy"),
    ),
    "Dnstap": (
        ("identity", 1, "BYTES"),
        ("version", 2, "BYTES"),
        ("message", 14, "Message"),
        ("type", 15, "UINT32"),
    ),
}
"""Name, number and type of each message's fields, those first that others contain."""
_ACTIONS: Final = {0: 6, 3: 1, 5: 4}
"""Policy.Action of a blocked answer's rcode: LOCAL_DATA, NXDOMAIN, DROP; PASS is 3."""


class Encoder:
    """Makes protobuf of what a worker tapped; DnsguardError where protobuf is missing."""

    def __init__(self, identity: str, version: str) -> None:
        self._dnstap: Final[Any] = classes()["Dnstap"]
        self._identity: Final = identity.encode()
        self._version: Final = version.encode()

    def encode(self, tapped: Tapped, drift: float) -> bytes:
        """One Dnstap message, its times `drift` seconds later."""
        frame = self._dnstap(identity=self._identity, version=self._version, type=_MESSAGE)
        message = frame.message
        message.type = tapped.type
        message.socket_protocol = tapped.protocol
        address = tapped.client
        if tapped.client:
            message.query_address = tapped.client
            if tapped.port:
                message.query_port = tapped.port
        else:
            address = _packed(tapped.server)
            if address:
                message.response_address = address
            message.response_port = tapped.port
        if address:
            message.socket_family = _INET if len(address) == 4 else _INET6
        message.query_time_sec, message.query_time_nsec = _moment(tapped.asked + drift)
        if tapped.answered:
            message.response_time_sec, message.response_time_nsec = _moment(tapped.answered + drift)
            message.response_message = tapped.message
        else:
            message.query_message = tapped.message
        if tapped.verdict is not None:
            found = tapped.verdict
            message.policy.type = f"dnsguard {found.action}"
            message.policy.rule = f"{found.detector}: {found.reason}".encode()
            message.policy.action = _ACTIONS.get(tapped.message[3] & 15, 3) if found.action == "block" else 3
        serialized: bytes = frame.SerializeToString()
        return serialized


def classes() -> "dict[str, Any]":
    """Message classes by name; DnsguardError where protobuf is missing."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: PLC0415 - optional
    except ImportError:
        raise DnsguardError(INSTALL) from None
    file = descriptor_pb2.FileDescriptorProto(name="dnstap.proto", package="dnstap", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in _FIELDS.items():
        described = file.message_type.add(name=name)
        for field, number, kind in fields:
            one = described.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL)
            if kind in _FIELDS:
                one.type, one.type_name = kinds.TYPE_MESSAGE, f".dnstap.{kind}"
            else:
                one.type = kinds.Type.Value(f"TYPE_{kind}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"dnstap.{name}")) for name in _FIELDS}


def _packed(host: str) -> bytes:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).packed
    except ValueError:
        return b""  # a name


def _moment(seconds: float) -> "Sequence[int]":
    return divmod(max(round(seconds * 1e6), 0) * 1000, 1_000_000_000)
