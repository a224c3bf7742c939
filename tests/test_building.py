"""What is compiled must be fit for it. The builder is read, not imported: it needs a newer setuptools than tests do."""

import ast
from pathlib import Path

import dnsguard

PACKAGE = Path(dnsguard.__file__).parent


def hot() -> list[str]:
    for node in ast.parse((PACKAGE / "building.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "HOT":
            assert node.value is not None
            return list(ast.literal_eval(node.value))
    raise AssertionError("no HOT")


def test_each_hot_file_is_there_and_named_once() -> None:
    names = hot()
    assert len(names) == len(set(names))
    assert [name for name in names if not (PACKAGE / f"{name}.py").is_file()] == []


def test_no_compiled_function_stands_in_another() -> None:
    """Compiled, it and its scope hold each other for ever: a reload would keep the old lists."""
    found = []
    for name in hot():
        for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef) and each is not node]
                found += [f"{name}: {each.name} in {node.name}" for each in inner]
    assert found == []
