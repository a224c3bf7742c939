"""dnsguard as users install it: a wheel of this tree, compiled, in an environment of its own."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab import ROOT


def installed() -> Path:
    """The `dnsguard` command of such an environment, which is kept for as long as the tree stays the same."""
    digest = hashlib.sha256()
    for path in sorted([ROOT / "pyproject.toml", *(ROOT / "dnsguard").rglob("*.py")]):
        digest.update(path.read_bytes())
    place = Path(tempfile.gettempdir()) / f"dnsguard-wheel-{digest.hexdigest()[:16]}"
    command = place / "bin" / "dnsguard"
    if not (place / "whole").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        env = os.environ | {"DNSGUARD_COMPILE": "1"}
        subprocess.run([place / "bin" / "pip", "install", "-q", ROOT], check=True, env=env)
        (place / "whole").touch()
    return command
