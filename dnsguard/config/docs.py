"""The docstrings of a dataclass's fields, which Python itself does not keep."""

import ast
import sys
from functools import cache
from pathlib import Path


def field_docs(kind: type) -> dict[str, str]:
    """Give the docstring below each field, those of base classes first; a class's own text wins. "" has the class's."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("dnsguard."):
            docs |= _docs(base.__module__).get(base.__qualname__, {})
    return docs


def summary(kind: type) -> str:
    """Give the first line of a class's docstring, also where Python runs without docstrings."""
    return _docs(kind.__module__)[kind.__qualname__][""]


@cache
def _docs(module: str) -> dict[str, dict[str, str]]:
    loaded = Path(sys.modules[module].__file__ or "")
    # a compiled module lies beside its source
    source = loaded.with_name(f"{loaded.name.partition('.')[0]}.py").read_text(encoding="utf-8")
    return {node.name: _class_docs(node) for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _class_docs(node: ast.ClassDef) -> dict[str, str]:
    docs = {"": (ast.get_docstring(node) or "").partition("\n")[0]}
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = " ".join(text.split())
            case _:
                pass
    return docs
