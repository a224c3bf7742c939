"""The thirteen behaviours, in the order they are played; each is a file, named for the alert it raises.

`dnsguard simulate` sends them to a server, and each worker plays them to itself now and then (selftest.py).
"""

from typing import Final

from dnsguard.behaviours import (
    currency_mining,
    dark_web,
    dark_web_proxy,
    data_exfiltration,
    data_infiltration,
    data_obfuscation,
    domain_generation_algorithm,
    phishing_domain,
    protocol_anomaly,
    random_domain,
    sinkholed_domain,
    suspicious_domain,
    threat_intel,
)
from dnsguard.behaviours.behaviour import Behaviour

BEHAVIOURS: Final[tuple[Behaviour, ...]] = (
    # what is known, then what is made up, then what is hidden
    threat_intel.BEHAVIOUR,
    phishing_domain.BEHAVIOUR,
    currency_mining.BEHAVIOUR,
    dark_web.BEHAVIOUR,
    dark_web_proxy.BEHAVIOUR,
    sinkholed_domain.BEHAVIOUR,
    suspicious_domain.BEHAVIOUR,
    domain_generation_algorithm.BEHAVIOUR,
    random_domain.BEHAVIOUR,
    data_exfiltration.BEHAVIOUR,
    data_infiltration.BEHAVIOUR,
    data_obfuscation.BEHAVIOUR,
    protocol_anomaly.BEHAVIOUR,
)
