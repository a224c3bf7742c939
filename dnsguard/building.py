"""How wheels are built: the files on a query's way are compiled with mypyc, from the same sources.

pyproject.toml names `BdistWheel` as the command that makes wheels. Without a compiler the wheel is made all the same,
and runs interpreted; `dnsguard --version` says which. DNSGUARD_COMPILE=0 leaves the compiler out, =1 fails where it
can't be used. An editable install stays interpreted, so that edits show.
`python -m dnsguard.building` compiles this tree in place.
"""

import os
import sys
from typing import Any, Final

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

HOT: Final = (
    "alerts/fold",
    "anomaly/answer_scan",
    "anomaly/kinds",
    "anomaly/options",
    "anomaly/query_scan",
    "anomaly/quick",
    "anomaly/rdata",
    "anomaly/walk",
    "datagram",
    "judge",
    "keeping",
    "pending",
    "pipeline",
    "rules",
    "serving",
    "wire/names",
    "wire/query",
    "wire/answer",
    "cache/entry",
    "cache/store",
    "detect/chain",
    "detect/context",
    "detect/cue",
    "detect/cues",
    "detect/inspector",
    "detect/listed",
    "detect/lookalike/cues",
    "detect/lookalike/deletions",
    "detect/lookalike/edits",
    "detect/lookalike/host",
    "detect/lookalike/index",
    "detect/lookalike/look",
    "detect/lookalike/looks",
    "detect/lookalike/serving",
    "detect/lookalike/words",
    "detect/lookalike/worth",
    "detect/lookalike/zone",
    "detect/made_up_cues",
    "detect/malformed_view",
    "detect/memory",
    "detect/mining_words",
    "detect/response_view",
    "detect/tunnel",
    "detect/tunnel_address",
    "detect/tunnel_answer",
    "detect/tunnel_cost",
    "intel/cut",
    "intel/leeway",
    "intel/networks",
    "intel/pick",
    "intel/rows",
    "intel/snapshot",
    "listen/udp",
    "models/brands",
    "models/confusables",
    "models/generated",
    "models/labels",
    "models/lexical",
    "models/ngrams",
    "models/popularity",
    "models/trees",
    "models/words",
    "signatures/match",
    "signatures/substrings",
    "state/anomalies",
    "state/carried",
    "state/failing",
    "state/failing_client",
    "state/floods",
    "state/oddities",
    "state/random_hosts",
    "state/sinkholes",
    "state/tunnel_zone",
    "state/tunnels",
    "state/zones_seen",
    "upstream/pool",
    "upstream/port",
    "upstream/special",
    "upstream/udp_channel",
)
"""Not among them: exceptions (some are OSErrors too, which a compiled base forbids), and msgspec structs and detectors'
Configs, whose fields' types the compiler forgets. Measured (tests/bench/way.py): a cache miss costs a third in them.
"""


def extensions() -> list[Any]:
    """C extensions of the hot files; none where they are not wanted or can't be made."""
    wanted = os.environ.get("DNSGUARD_COMPILE", "")
    if wanted == "0":
        return []
    try:
        from mypyc.build import mypycify  # noqa: PLC0415 - only wheels need it

        # how strict to be is the type checker's business, not the compiler's: pip's build environment has none of the
        # dependencies, and so none of their types
        options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
        made = mypycify([*options, *(f"dnsguard/{name}.py" for name in HOT)], opt_level="3")
    except (ImportError, SystemExit) as error:
        if wanted:
            raise
        print(f"dnsguard will run interpreted: {error}", file=sys.stderr)  # noqa: T201 - pip shows it
        return []
    for extension in made:
        extension.optional = not wanted
    return list(made)


class BdistWheel(bdist_wheel):
    """Makes wheels with the hot files compiled."""

    def initialize_options(self) -> None:
        """Name the extensions before it is asked whether there are any."""
        super().initialize_options()
        # pip asks for the metadata alone first, and an editable install for no wheel of this kind
        if "bdist_wheel" in sys.argv:
            self.distribution.ext_modules = extensions()


if __name__ == "__main__":
    setup(name="dnsguard", packages=[], script_args=["build_ext", "--inplace"], ext_modules=extensions())
