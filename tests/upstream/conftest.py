import pytest

from tests.loops import LOOPS
from tests.upstream import scripted


def pytest_asyncio_loop_factories() -> dict[str, object]:
    return LOOPS


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority that signs for dns.example and 127.0.0.1, as contexts and as files."""
    return scripted.Authority(tmp_path_factory.mktemp("authority"))
