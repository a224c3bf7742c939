"""Rules every detector file keeps, checked over the whole folder (after Elastic's test_all_rules)."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from pathlib import Path
from types import ModuleType

import pytest

import dnsguard.detect.query
import dnsguard.detect.response
from dnsguard.detect import registry
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.response_view import Response
from dnsguard.model import ALERT_TYPES, Finding
from dnsguard.wire.query import Query

STAGES = {"query": dnsguard.detect.query, "response": dnsguard.detect.response}
MODULES = [
    importlib.import_module(f"{package.__name__}.{info.name}")
    for package in STAGES.values()
    for info in pkgutil.iter_modules(package.__path__)
]
every = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.removeprefix("dnsguard.detect."))
REGISTERED = [*registry.QUERY, *registry.RESPONSE]
ROOT = Path(__file__).parent


def stage_of(module: ModuleType) -> str:
    return module.__name__.split(".")[2]


@every
@pytest.mark.parametrize("line", ["Alert type: ", "MITRE ATT&CK: ", "Units: ", "Source: ", "Known gap: "])
def test_docstring_states(module: ModuleType, line: str) -> None:
    assert f"\n{line}" in (module.__doc__ or "")


@every
def test_docstring_agrees_with_code(module: ModuleType) -> None:
    assert f"Alert type: {module.ALERT}\n" in module.__doc__
    assert f"MITRE ATT&CK: {module.TECHNIQUE} " in module.__doc__
    assert re.fullmatch(r"T\d{4}(\.\d{3})?", module.TECHNIQUE)


@every
def test_is_named_for_its_alert_type(module: ModuleType) -> None:
    assert module.__name__.rsplit(".", 1)[1] == module.SLUG
    assert ALERT_TYPES[module.SLUG].id == module.ALERT


@every
def test_config_is_frozen_with_a_text_for_each_key(module: ModuleType) -> None:
    assert issubclass(module.Config, DetectorConfig)
    assert module.Config.__dataclass_params__.frozen
    module.Config()  # defaults are valid
    home = importlib.import_module(module.Config.__module__)
    body = inspect.getsource(home.Config)
    own = {field.name for field in dataclasses.fields(module.Config)} - {
        field.name for field in dataclasses.fields(DetectorConfig)
    }
    for name in own:
        assert re.search(rf'^    {name}: [^\n]+\n    """', body, re.MULTILINE), f"{name} has no docstring"


@every
def test_inspect_is_of_its_stage(module: ModuleType) -> None:
    hints = typing.get_type_hints(module.inspect)
    subject, context, result = hints.values()
    assert subject is {"query": Query, "response": Response}[stage_of(module)]
    assert context == Context[module.Config]
    assert result == Finding | None
    assert not inspect.iscoroutinefunction(module.inspect)


@every
def test_is_registered_once(module: ModuleType) -> None:
    found = [detector for detector in REGISTERED if detector.inspect is module.inspect]
    assert [(d.slug, d.stage, d.config_type) for d in found] == [(module.SLUG, stage_of(module), module.Config)]


@every
def test_has_a_mirror_test(module: ModuleType) -> None:
    part = module.__name__.removeprefix("dnsguard.").split(".")
    assert ROOT.joinpath(*part[:-1], f"test_{part[-1]}.py").is_file()


@every
def test_reads_no_clock_and_opens_no_socket(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    assert not re.search(
        r"^(?:from|import) (?:time|socket|asyncio|random|secrets|os|subprocess|aiohttp)\b", source, re.MULTILINE
    )


def test_each_registered_detector_has_a_file_of_its_own() -> None:
    assert len(REGISTERED) == len(MODULES)
    assert {(d.slug, d.stage) for d in REGISTERED} == {(m.SLUG, stage_of(m)) for m in MODULES}


def test_a_slug_has_one_config() -> None:
    for detector in REGISTERED:
        assert registry.CONFIGS[detector.slug] is detector.config_type


def test_alert_types_are_microsoft_s_thirteen() -> None:
    assert len(ALERT_TYPES) == 13
    assert len({kind.id for kind in ALERT_TYPES.values()}) == 13
    assert set(registry.CONFIGS) <= set(ALERT_TYPES)
