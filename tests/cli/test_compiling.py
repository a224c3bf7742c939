import io

import pytest
from rich.console import Console

from dnsguard.cli import compiling
from dnsguard.cli.compiling import bars


def test_no_bar_where_nobody_looks() -> None:
    with bars(Console(file=io.StringIO(), force_terminal=False)) as progress:
        assert progress is None


def test_a_bar_once_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    with bars(Console(file=screen, force_terminal=True, width=80)) as progress:
        assert progress is not None
        progress("reading mine", 1, 10)
        assert screen.getvalue() == ""
        monkeypatch.setattr(compiling, "AFTER", 0.0)
        progress("reading mine", 5, 10)
        progress("sorting names", 5, 0)
    assert "sorting names" in screen.getvalue()
