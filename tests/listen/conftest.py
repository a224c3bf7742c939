from tests.loops import LOOPS


def pytest_asyncio_loop_factories() -> dict[str, object]:
    return LOOPS
