"""A hub for each file, with alerts in it; tests/hub/fake_worker.py finds what it is told to."""

import pytest

from tests.hub.api.calls import Api
from tests.hub.test_main import Served
from tests.lab import eventually


@pytest.fixture(scope="module")
def hub(module_lab):
    served = Served(module_lab)
    for number in range(7):
        served.ask(f"block evil{number}.example")
    eventually(lambda: len(served.names) == 7, "alerts on disk")
    return served


@pytest.fixture(scope="module")
def api(hub):
    return Api(hub.web, hub.lab.dir / "state")
