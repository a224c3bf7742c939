"""How the hub starts other processes of dnsguard: this interpreter, this code, whatever folder it was started in.

`python -m` looks into the working directory first (hence `-P`): a `dnsguard` folder there, another version or an
attacker's, would run in our place.
"""

import os
import sys
from pathlib import Path
from typing import Final

import dnsguard

_ROOT: Final = str(Path(dnsguard.__file__).resolve().parent.parent)


def command(module: str, *arguments: str) -> tuple[str, ...]:
    """The words that run a module of dnsguard."""
    return (sys.executable, "-P", "-m", module, *arguments)


def environment() -> dict[str, str]:
    """Our environment, in which a child finds this very code first."""
    paths = [_ROOT, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(path for path in paths if path))}
