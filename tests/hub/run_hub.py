"""`dnsguard serve` with tests/hub/fake_worker.py in the workers' place."""

import sys
from pathlib import Path

from dnsguard.config import load
from dnsguard.hub.launch import COMMAND
from dnsguard.hub.main import run
from dnsguard.logging import setup

if __name__ == "__main__":
    setup(process="hub")
    path = Path(sys.argv[1])
    sys.exit(run(path, load(path), (*COMMAND[:-1], "tests.hub.fake_worker")))
