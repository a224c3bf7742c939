from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnsguard.intel import sorting
from dnsguard.intel.sorting import Sorter

RECORD = st.binary(max_size=6).map(lambda data: data.replace(b"\n", b""))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(batches=st.lists(st.lists(RECORD, max_size=8), max_size=20), run=st.integers(1, 9), fan=st.integers(2, 4))
def test_records_come_back_in_order_however_many_runs_there_are(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]], run: int, fan: int
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "RUN", run)
        patch.setattr(sorting, "FAN", fan)
        sorter = Sorter(folder, "x")
        for batch in batches:
            sorter.add(list(batch))
        every = [record for batch in batches for record in batch]
        assert sorter.count == len(every)
        assert list(sorter) == sorted(every)
        assert len(list(folder.iterdir())) <= fan


def test_little_needs_no_file(tmp_path: Path) -> None:
    sorter = Sorter(tmp_path, "x")
    sorter.add([b"b", b"a"])
    assert list(sorter) == [b"a", b"b"]
    assert not list(tmp_path.iterdir())
