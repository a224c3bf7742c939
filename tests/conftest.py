"""Fixtures all tests may ask for, and the logs of a lab beside a failure in it."""

import signal
from collections.abc import Generator, Iterator

import pytest

from tests import lab as labs

# a shell's background job has it ignored, and so would have each command that a test starts, and ends by it
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def lab() -> Iterator[labs.Lab]:
    """A lab of this test's own."""
    with labs.Lab() as own:
        yield own


@pytest.fixture(scope="module")
def module_lab() -> Iterator[labs.Lab]:
    """A lab that the tests of a file share."""
    with labs.Lab() as shared:
        yield shared


@pytest.fixture(scope="session")
def nsd() -> Iterator[int]:
    """The port of an upstream that all tests share: ask it, never stop it."""
    with labs.Lab() as shared:
        yield shared.nsd()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and {"lab", "module_lab", "nsd"} & set(item.fixturenames):
        for one in labs.LABS:
            for name, process in one.processes.items():
                report.sections.append((f"end of {name}.log", process.tail()))
    return report
