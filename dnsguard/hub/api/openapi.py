"""The API's own description: OpenAPI 3.1, made of the operations' types and their docstrings."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from dnsguard.config.docs import field_docs
from dnsguard.hub.api.operation import JSON, Operation
from dnsguard.hub.api.problem import MEDIA, Problem
from dnsguard.version import VERSION

BASE: Final = "/api/v1"
_REF: Final = "#/components/schemas/{name}"


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe all operations; JSON values only."""
    kinds = [kind for one in operations for kind in (one.asked, one.body, _json_answer(one)) if kind is not None]
    kinds = list(dict.fromkeys([*kinds, Problem]))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    by_kind = dict(zip(kinds, schemas, strict=True))
    _describe(components, kinds)
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, by_kind, components)
    # what only stands for parameters is told with them
    for one in operations:
        if one.asked is not None:
            components.pop(one.asked.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dnsguard",
            "version": VERSION,
            "description": (
                "What the console does. Times are Unix seconds. Sign in with the token that `dnsguard console token` "
                "prints, as a bearer token; what is wrong is told as a problem document (RFC 9457)."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _json_answer(one: Operation) -> Any:
    return one.answer if one.media == JSON else None


def _operation(one: Operation, by_kind: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    schema = by_kind[one.answer] if one.media == JSON else {"type": "string"}
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "responses": {
            str(int(one.status)): {"description": one.status.phrase, "content": {one.media: {"schema": schema}}},
            "default": {"description": "It can't be done.", "content": {MEDIA: {"schema": by_kind[Problem]}}},
        },
    }
    if one.asked is not None:
        told["parameters"] = list(_parameters(one, components[one.asked.__name__]))
    if one.is_open:
        told["security"] = []
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": by_kind[one.body]}}}
    return told


def _parameters(one: Operation, schema: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for name, property_ in schema["properties"].items():
        described = dict(property_)
        yield {
            "name": name,
            "in": "path" if name in one.in_path else "query",
            "required": name in schema.get("required", ()),
            "description": described.pop("description", ""),
            "schema": described,
        }


def _describe(components: dict[str, Any], kinds: Iterable[Any]) -> None:
    """Give each property the docstring below its field."""
    seen: set[type] = set()
    waiting = [kind for kind in kinds if isinstance(kind, type)]
    while waiting:
        kind = waiting.pop()
        if kind in seen or not issubclass(kind, msgspec.Struct):
            continue
        seen.add(kind)
        docs = field_docs(kind)
        for item in msgspec.structs.fields(kind):
            waiting += _structs(item.type)
            properties = components.get(kind.__name__, {}).get("properties", {})
            if docs.get(item.name) and item.encode_name in properties:
                properties[item.encode_name] = properties[item.encode_name] | {"description": docs[item.name]}


def _structs(hint: Any) -> list[type]:
    """All classes inside a type."""
    if isinstance(hint, type) and not getattr(hint, "__args__", None):
        return [hint]
    return [kind for part in getattr(hint, "__args__", ()) for kind in _structs(part)]
