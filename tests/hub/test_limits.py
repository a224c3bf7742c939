import os
import subprocess
import sys

import pytest

ROUND = """
import os
from dnsguard.hub import limits
os.sched_setscheduler(0, os.{policy}, os.sched_param(0))
limits.let_workers_first()
print(os.sched_getscheduler(0))
limits.come_first()
print(os.sched_getscheduler(0))
"""


@pytest.mark.parametrize(
    ("policy", "hub", "worker"),
    [("SCHED_OTHER", os.SCHED_BATCH, os.SCHED_OTHER), ("SCHED_IDLE", os.SCHED_IDLE, os.SCHED_IDLE)],
)
def test_a_hub_gives_way_a_worker_does_not_and_another_choice_stays(policy, hub, worker):
    script = ROUND.format(policy=policy)
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert [int(line) for line in said.split()] == [hub, worker]
