"""All detectors in the order they are asked, with the reason for each place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.query import threat_intel as query_threat_intel
from dnsguard.detect.response import threat_intel as response_threat_intel
from dnsguard.model import Finding

Stage = Literal["query", "response"]


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector as the pipeline sees it."""

    slug: str
    """Key into model.ALERT_TYPES, and the name of its `[detect.*]` section."""
    stage: Stage
    inspect: Callable[[Any, Context[Any]], Finding | None]
    """(Query, Context) at stage "query", (Response, Context) at stage "response"; pure."""
    config_type: type[DetectorConfig]


QUERY: Final[tuple[Detector, ...]] = (
    # first: a listed name is settled by one look-up, and its finding names a source that needs no tuning
    Detector("threat_intel", "query", query_threat_intel.inspect, query_threat_intel.Config),
)

RESPONSE: Final[tuple[Detector, ...]] = (
    # first, for the same reason
    Detector("threat_intel", "response", response_threat_intel.inspect, response_threat_intel.Config),
)

CONFIGS: Final[dict[str, type[DetectorConfig]]] = {d.slug: d.config_type for d in (*QUERY, *RESPONSE)}
"""Slug -> what its section of config.toml can say."""
