"""All detectors in the order they are asked, with the reason for each place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from dnsguard.detect import cues, made_up_cues, tunnel, tunnel_answer
from dnsguard.detect.config import DetectorConfig
from dnsguard.detect.context import Context
from dnsguard.detect.cue import QueryCue, ResponseCue
from dnsguard.detect.lookalike import cues as lookalike_cues
from dnsguard.detect.malformed_view import Malformed
from dnsguard.detect.query import currency_mining as query_currency_mining
from dnsguard.detect.query import dark_web as query_dark_web
from dnsguard.detect.query import dark_web_proxy as query_dark_web_proxy
from dnsguard.detect.query import data_exfiltration as query_data_exfiltration
from dnsguard.detect.query import data_obfuscation as query_data_obfuscation
from dnsguard.detect.query import domain_generation_algorithm as query_domain_generation_algorithm
from dnsguard.detect.query import phishing_domain as query_phishing_domain
from dnsguard.detect.query import protocol_anomaly as query_protocol_anomaly
from dnsguard.detect.query import random_domain as query_random_domain
from dnsguard.detect.query import suspicious_domain as query_suspicious_domain
from dnsguard.detect.query import threat_intel as query_threat_intel
from dnsguard.detect.response import currency_mining as response_currency_mining
from dnsguard.detect.response import dark_web as response_dark_web
from dnsguard.detect.response import dark_web_proxy as response_dark_web_proxy
from dnsguard.detect.response import data_infiltration as response_data_infiltration
from dnsguard.detect.response import data_obfuscation as response_data_obfuscation
from dnsguard.detect.response import domain_generation_algorithm as response_domain_generation_algorithm
from dnsguard.detect.response import phishing_domain as response_phishing_domain
from dnsguard.detect.response import protocol_anomaly as response_protocol_anomaly
from dnsguard.detect.response import random_domain as response_random_domain
from dnsguard.detect.response import sinkholed_domain as response_sinkholed_domain
from dnsguard.detect.response import suspicious_domain as response_suspicious_domain
from dnsguard.detect.response import threat_intel as response_threat_intel
from dnsguard.model import Finding
from dnsguard.wire.query import Query

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
    cue: type[QueryCue] | type[ResponseCue]
    """What a subject must have for `inspect` to find anything in it, seen cheaply."""
    malformed: Callable[[Malformed, Context[Any]], Finding | None] | None = None
    """Judges what this stage never gets to see: queries that are refused, answers that are rejected or cleaned."""

    score: Callable[[Query, Context[Any]], float] | None = None
    """How bad a single name looks, alert or not, where that is a matter of degree; higher is worse."""


QUERY: Final[tuple[Detector, ...]] = (
    # first: a listed name is settled by one look-up, and its finding names a source that needs no tuning
    Detector("threat_intel", "query", query_threat_intel.inspect, query_threat_intel.Config, cues.Listed),
    # the others that read lists come next: the snapshot keeps its last answers, so they share that look-up
    Detector(
        "phishing_domain",
        "query",
        query_phishing_domain.inspect,
        query_phishing_domain.Config,
        lookalike_cues.ListedOrAlike,
        score=query_phishing_domain.score,
    ),
    Detector("dark_web", "query", query_dark_web.inspect, query_dark_web.Config, cues.ListedOrInside),
    Detector("dark_web_proxy", "query", query_dark_web_proxy.inspect, query_dark_web_proxy.Config, cues.ListedOrLong),
    # last of these: it reads the name as well
    Detector(
        "currency_mining", "query", query_currency_mining.inspect, query_currency_mining.Config, cues.ListedOrMining
    ),
    # after the lists: a signature says what a name does, a list whose it is
    Detector(
        "suspicious_domain", "query", query_suspicious_domain.inspect, query_suspicious_domain.Config, cues.Signed
    ),
    # what looks made up comes after what is known: it is weaker evidence
    Detector(
        "domain_generation_algorithm",
        "query",
        query_domain_generation_algorithm.inspect,
        query_domain_generation_algorithm.Config,
        made_up_cues.GeneratedName,
        score=query_domain_generation_algorithm.score,
    ),
    Detector(
        "random_domain",
        "query",
        query_random_domain.inspect,
        query_random_domain.Config,
        made_up_cues.Flooded,
        score=query_random_domain.score,
    ),
    # no name is judged here, so it does not matter where it stands
    Detector(
        "protocol_anomaly",
        "query",
        query_protocol_anomaly.inspect,
        query_protocol_anomaly.Config,
        cues.Odd,
        query_protocol_anomaly.malformed,
    ),
    # the tunnels: what a name can carry is counted once for both, whoever is asked first
    Detector(
        "data_exfiltration",
        "query",
        query_data_exfiltration.inspect,
        query_data_exfiltration.Config,
        tunnel.Near,
        score=query_data_exfiltration.score,
    ),
    Detector(
        "data_obfuscation", "query", query_data_obfuscation.inspect, query_data_obfuscation.Config, tunnel.Encoded
    ),
)

RESPONSE: Final[tuple[Detector, ...]] = (
    # as for the query, of the names that CNAMEs lead to
    Detector(
        "threat_intel",
        "response",
        response_threat_intel.inspect,
        response_threat_intel.Config,
        cues.LeadsToServer,
    ),
    Detector(
        "phishing_domain",
        "response",
        response_phishing_domain.inspect,
        response_phishing_domain.Config,
        lookalike_cues.LeadsToListedOrAlike,
    ),
    Detector("dark_web", "response", response_dark_web.inspect, response_dark_web.Config, cues.LeadsToInside),
    Detector(
        "dark_web_proxy", "response", response_dark_web_proxy.inspect, response_dark_web_proxy.Config, cues.LeadsToLong
    ),
    Detector(
        "currency_mining",
        "response",
        response_currency_mining.inspect,
        response_currency_mining.Config,
        cues.LeadsToMining,
    ),
    # after the lists of malicious names: a listed name that is sinkholed is told as both, the more telling one first
    Detector(
        "sinkholed_domain",
        "response",
        response_sinkholed_domain.inspect,
        response_sinkholed_domain.Config,
        cues.LeadsToSinkhole,
    ),
    Detector(
        "protocol_anomaly",
        "response",
        response_protocol_anomaly.inspect,
        response_protocol_anomaly.Config,
        cues.OddResponse,
        response_protocol_anomaly.malformed,
    ),
    # before random_domain, whose cue remembers what resolved: a rendezvous has not resolved before
    Detector(
        "domain_generation_algorithm",
        "response",
        response_domain_generation_algorithm.inspect,
        response_domain_generation_algorithm.Config,
        made_up_cues.FailedOrInfected,
    ),
    Detector(
        "random_domain",
        "response",
        response_random_domain.inspect,
        response_random_domain.Config,
        made_up_cues.FailedOrRandom,
    ),
    # last: it may have to look through the whole message
    Detector(
        "suspicious_domain",
        "response",
        response_suspicious_domain.inspect,
        response_suspicious_domain.Config,
        cues.SignedResponse,
    ),
    # the tunnels again, for what comes back
    Detector(
        "data_infiltration",
        "response",
        response_data_infiltration.inspect,
        response_data_infiltration.Config,
        tunnel_answer.NearAnswer,
    ),
    Detector(
        "data_obfuscation",
        "response",
        response_data_obfuscation.inspect,
        response_data_obfuscation.Config,
        tunnel_answer.EncodedAnswer,
    ),
)

CONFIGS: Final[dict[str, type[DetectorConfig]]] = {d.slug: d.config_type for d in (*QUERY, *RESPONSE)}
"""Slug -> what its section of config.toml can say."""
