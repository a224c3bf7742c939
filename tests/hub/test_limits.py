import os
import subprocess
import sys

import pytest

from dnsguard.hub import autogroup, limits

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


SESSION = """
from dnsguard.hub import autogroup, limits
limits.let_workers_first()
print(autogroup.GROUP.read_text())
"""


@pytest.mark.parametrize(("own", "nice"), [(True, limits.NICE), (False, 0)])
def test_a_hub_makes_its_own_session_nicer_but_never_a_shells(own, nice):
    if not autogroup.GROUP.exists() or not autogroup.GROUP.read_text():
        pytest.skip("needs Linux's autogroup scheduling")
    # the shell, here, leads a session whose second process is the hub
    command = (
        [sys.executable, "-c", SESSION] if own else ["sh", "-c", '"$@"; exit', "sh", sys.executable, "-c", SESSION]
    )
    said = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True).stdout
    assert said.split()[-2:] == ["nice", str(nice)]
