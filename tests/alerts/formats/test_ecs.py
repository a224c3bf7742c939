"""Against Elastic's own list of fields: none but those, of their types, and only values that are expected."""

import ipaddress
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dnsguard.alerts.formats import ecs
from tests.alerts.formats.samples import SAMPLES

FIELDS: dict[str, Any] = json.loads(Path(__file__).with_name(f"ecs-{ecs.SCHEMA}.json").read_text())
OWN = "dnsguard"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}".lstrip("."))
    else:
        yield path, value


def faults(document: dict[str, Any]) -> list[str]:
    found = []
    for path, value in leaves({key: item for key, item in document.items() if key != OWN}):
        field = FIELDS.get(path)
        if field is None:
            found.append(f"{path} is no field")
            continue
        for item in value if isinstance(value, list) else [value]:
            if not _fits(field["type"], item):
                found.append(f"{path} is no {field['type']}: {item!r}")
            if item not in field.get("allowed", {item: ()}) or item not in field.get("expected", [item]):
                found.append(f"{path} may not be {item!r}")
        if field.get("array") and not isinstance(value, list):
            found.append(f"{path} is to be a list")
    expected = {
        kind for category in document["event"]["category"] for kind in FIELDS["event.category"]["allowed"][category]
    }
    return found + [
        f"event.type {kind} does not go with its category" for kind in document["event"]["type"] if kind not in expected
    ]


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "date":
            return bool(datetime.fromisoformat(value))
        case "long":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, float | int)
        case "ip":
            return bool(ipaddress.ip_address(value))
        case _:
            return isinstance(value, str)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_is_valid(name: str) -> None:
    document = ecs.render(SAMPLES[name])
    assert faults(document) == []
    assert document["event"]["kind"] == "alert"
    assert isinstance(document[OWN]["steps"], list)


def test_the_check_would_see_a_fault() -> None:
    document = ecs.render(SAMPLES["listed"])
    assert faults(document | {"nosuch": "x"})
    assert faults(document | {"tags": "one"})
    assert faults(document | {"event": document["event"] | {"type": ["change"]}})
    assert faults(document | {"event": document["event"] | {"severity": "high"}})


def test_what_people_search_for() -> None:
    document = ecs.render(SAMPLES["listed"])
    assert document["source"]["ip"] == "192.0.2.7"
    assert document["dns"]["question"] == {
        "name": "www.listed.example",
        "type": "A",
        "class": "IN",
        "registered_domain": "listed.example",
    }
    assert document["event"]["type"] == ["protocol", "denied"]
    assert document["threat"]["indicator"]["provider"] == "lab"
    assert "dns" not in ecs.render(SAMPLES["feed refused"])
    assert "ip" not in ecs.render(SAMPLES["feed refused"]).get("source", {})
