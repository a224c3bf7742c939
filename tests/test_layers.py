"""Imports point downward only. The list is the architecture; change it on purpose."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

# lowest first; names in one group may not import each other, files of one package may
LAYERS = [
    {"errors", "model", "models", "tasks", "version", "logging", "building"},
    {"wire", "behaviours"},
    {"signatures", "anomaly"},  # below intel, which compiles them into its snapshots
    {"cache", "state", "intel"},
    {"detect"},
    {"policy"},  # knows what keys every detector has
    {"pending"},
    {"rules", "watch"},
    {"judge"},
    {"serving", "keeping"},
    {"pipeline"},  # below every socket, so it cannot open one
    {"datagram"},
    {"alerts", "listen", "upstream", "link"},
    {"querylog"},
    {"dnstap"},  # tells verdicts in the log's words
    {"config"},
    {"assemble", "memory_file", "memory_metrics", "crashes", "selftest", "watching"},
    {"explain", "sharing"},  # the hub's API explains, too
    {"hub", "worker", "replay"},
    {"simulate", "docs"},  # one starts a hub, and asks it; the other tells its metrics
    {"cli"},
    {"__main__"},
]
LEVEL = {name: i for i, group in enumerate(LAYERS) for name in group}
ROOT = Path(__file__).parent.parent / "dnsguard"
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
MODULES = sorted(
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
)
each = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def imported(path: Path) -> set[str]:
    """First part below `dnsguard.` of every import, also of those inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: absolute imports only"
            if node.module == "dnsguard":
                names |= {alias.name for alias in node.names}
            elif node.module and node.module.startswith("dnsguard."):
                names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("dnsguard.")}
    return names


def unit(path: Path) -> tuple[str, int]:
    """The part below `dnsguard` that a file belongs to, and its layer."""
    name = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert name in LEVEL, f"{name} has no layer yet"
    return name, LEVEL[name]


@each
def test_imports_point_down(path: Path) -> None:
    own, level = unit(path)
    for name in imported(path) - {own}:
        assert LEVEL[name] < level, f"{own} (layer {level}) may not import {name} (layer {LEVEL[name]})"


def test_a_seeded_upward_import_is_seen(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("def late():\n    from dnsguard.pipeline import Pipeline\n    import dnsguard.hub.server\n")
    assert imported(bad) == {"pipeline", "hub"}


def test_the_way_of_a_query_opens_no_socket() -> None:
    banned = {"socket", "asyncio", "aiohttp", "uvloop", "ssl", "selectors", "time", "random", "sqlite3", "subprocess"}
    for path in FILES:
        own, level = unit(path)
        if level > LEVEL["pipeline"] or own in {"tasks", "version", "logging", "building"}:
            continue
        if str(path.relative_to(ROOT)) in {"models/shapes.py", "models/train.py"}:
            continue  # they make weights, from a seed; queries only meet the weights
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            else:
                continue
            assert not names & banned, f"{path.relative_to(ROOT)}:{node.lineno}: {names & banned}"


def test_each_module_imports_alone() -> None:
    """An import that only works after another one is a circle waiting to be found (after aiohttp's)."""
    program = (
        "import importlib, os, sys\n"
        # others' large packages once for all children: the circles looked for are our own
        "import aiohttp.web, marisa_trie, msgspec, prometheus_client, rich.console, structlog, tomlkit, typer\n"
        "failed = 0\n"
        "for name in sys.stdin.read().split():\n"
        # a child per module: what one imports must not help the next
        "    child = os.fork()\n"
        "    if not child:\n"
        "        try:\n"
        "            importlib.import_module(name)\n"
        "        except BaseException as error:\n"
        "            print(f'{name}: {type(error).__name__}: {error}', flush=True)\n"
        "            os._exit(1)\n"
        "        os._exit(0)\n"
        "    failed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0\n"
        "sys.exit(bool(failed))\n"
    )
    # `building` runs where wheels are made, beside a setuptools that an installed dnsguard does not need
    names = [name for name in MODULES if not name.endswith(("__main__", ".building"))]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        input="\n".join(names),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT.parent)},
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
