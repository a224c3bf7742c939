"""Has a whole session give way to others that want the processor ("The autogroup feature" in sched(7)).

Where the kernel groups tasks by session, one's policy and nice value count within its session alone: a session's share
of a core is the same whatever its processes chose, unless the group itself is made nicer. Anyone may do that. It does
nothing where a control group shares the processor out, as a container's does.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

GROUP: Final = Path("/proc/self/autogroup")


def give_way(nice: int, group: Path = GROUP) -> None:
    """Make this process's session nicer, unless somebody chose for it; call it in a session of one's own only.

    Silent where that is impossible (no such file, read-only, or others did so within the last tenth of a second, which
    the kernel refuses): nothing but speed depends on it.
    """
    with suppress(OSError):
        if group.read_text().split()[-2:] == ["nice", "0"]:
            group.write_text(str(nice))
