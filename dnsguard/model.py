"""The few types every layer shares: severities, modes, alert types, findings, and the record of one detection."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import msgspec


class Severity(enum.IntEnum):
    """How much an alert matters, in Microsoft's four steps (Microsoft.Security/alerts)."""

    INFORMATIONAL = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def text(self) -> str:
        """As Microsoft spells it, for example `Medium`."""
        return self.name.capitalize()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Low`, `low` or `LOW`; ValueError names the choices."""
        try:
            return cls[text.upper()]
        except KeyError:
            raise ValueError(f"{text!r} is none of Informational, Low, Medium, High") from None


class Mode(enum.StrEnum):
    """What a finding does."""

    OFF = "off"
    """The detector is not asked."""
    SHADOW = "shadow"
    """Counted, not told."""
    ALERT = "alert"
    """Told; the answer goes through."""
    BLOCK = "block"
    """Told, and answered in the upstream's place."""


class Duration(float):
    """Seconds; written as `250ms`, `10s`, `5m`, `1h`, `7d` or a bare number of seconds."""

    __slots__ = ()
    UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

    @classmethod
    def parse(cls, value: str | float) -> Self:
        """Read a duration; ValueError says what would be right."""
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", value.strip())
            if not match:
                raise ValueError(f'{value!r} is no duration; write "250ms", "10s", "5m", "1h" or "7d"')
            return cls(float(match[1]) * cls.UNITS[match[2]])
        if isinstance(value, bool) or value < 0:
            raise ValueError(f'{value!r} is no duration; write "10s" or a number of seconds, 0 or more')
        return cls(value)


class Size(int):
    """Bytes; written as `64MB` (powers of 1024: kB, MB, GB) or a bare number of bytes."""

    __slots__ = ()
    UNITS: Final = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}

    @classmethod
    def parse(cls, value: str | int) -> Self:
        """Read a size; ValueError says what would be right."""
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)", value.strip(), re.IGNORECASE)
            if not match:
                raise ValueError(f'{value!r} is no size; write "64MB", "512kB", "1GB" or a number of bytes')
            return cls(float(match[1]) * cls.UNITS[match[2].upper()])
        if isinstance(value, bool) or value < 0:
            raise ValueError(f'{value!r} is no size; write "64MB" or a number of bytes, 0 or more')
        return cls(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertType:
    """One of the thirteen alerts of Microsoft Defender for DNS.

    Names, severities and tactics: learn.microsoft.com, "Alerts for DNS" (3 June 2024).
    """

    slug: str
    """Names the detector's file, its config section and its list category."""
    id: str
    """Microsoft's `alertType`."""
    title: str
    """Microsoft's display name."""
    severity: Severity
    intent: str = "Exfiltration"
    """Microsoft's tactic."""


ALERT_TYPES: Final[Mapping[str, AlertType]] = {
    kind.slug: kind
    for kind in (
        AlertType(
            slug="protocol_anomaly",
            id="AzureDNS_ProtocolAnomaly",
            title="Anomalous network protocol usage",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="dark_web",
            id="AzureDNS_DarkWeb",
            title="Anonymity network activity",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="dark_web_proxy",
            id="AzureDNS_DarkWebProxy",
            title="Anonymity network activity using web proxy",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="sinkholed_domain",
            id="AzureDNS_SinkholedDomain",
            title="Attempted communication with suspicious sinkholed domain",
            severity=Severity.MEDIUM,
        ),
        AlertType(
            slug="phishing_domain",
            id="AzureDNS_PhishingDomain",
            title="Communication with possible phishing domain",
            severity=Severity.INFORMATIONAL,
        ),
        AlertType(
            slug="domain_generation_algorithm",
            id="AzureDNS_DomainGenerationAlgorithm",
            title="Communication with suspicious algorithmically generated domain",
            severity=Severity.INFORMATIONAL,
        ),
        AlertType(
            slug="threat_intel",
            id="AzureDNS_ThreatIntelSuspectDomain",
            title="Communication with suspicious domain identified by threat intelligence",
            severity=Severity.MEDIUM,
            intent="InitialAccess",
        ),
        AlertType(
            slug="random_domain",
            id="AzureDNS_RandomizedDomain",
            title="Communication with suspicious random domain name",
            severity=Severity.INFORMATIONAL,
        ),
        AlertType(
            slug="currency_mining",
            id="AzureDNS_CurrencyMining",
            title="Digital currency mining activity",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="suspicious_domain",
            id="AzureDNS_SuspiciousDomain",
            title="Network intrusion detection signature activation",
            severity=Severity.MEDIUM,
        ),
        AlertType(
            slug="data_infiltration",
            id="AzureDNS_DataInfiltration",
            title="Possible data download via DNS tunnel",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="data_exfiltration",
            id="AzureDNS_DataExfiltration",
            title="Possible data exfiltration via DNS tunnel",
            severity=Severity.LOW,
        ),
        AlertType(
            slug="data_obfuscation",
            id="AzureDNS_DataObfuscation",
            title="Possible data transfer via DNS tunnel",
            severity=Severity.LOW,
        ),
    )
}


UNTOLD: Final = frozenset({"shadow", "suppressed"})
"""Values of `Detection.action` that are kept for reports, and told to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one detector saw in one query or response; policy decides what comes of it."""

    slug: str
    """Key into ALERT_TYPES."""
    technique: str
    """MITRE ATT&CK technique, for example `T1071.004`."""
    reason: str
    """Fixed text: it labels a metric, and the attacker chooses the name."""
    zone: str
    """Repeats of (client, zone, slug) fold into one alert: the listed or registrable domain, lower case."""
    subject: str = ""
    """The name that was judged, if it is not the question's: a CNAME's target. An allowed subject is no finding."""
    score: float = 1.0
    """Higher is worse."""
    threshold: float = 1.0
    """The score from which the finding is told; below it, it is counted only, as in mode "shadow"."""
    severity: Severity | None = None
    """None: the alert type's own."""
    quiet: bool = False
    """It is blocked where that is on, but not told: its rule has told often enough (a signature's threshold)."""
    suppressed: str = ""
    """Why it is neither told nor blocked, in a person's words; policy fills it in."""
    evidence: Mapping[str, object] = field(default_factory=dict)
    """What lets a person agree or disagree in ten seconds; JSON values only."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The worst that was found about a query, and what policy made of it; what its alert says, the query log says."""

    finding: Finding
    mode: Mode
    alert: str
    """Id of the alert it belongs to; empty: it was not told."""


class Detection(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One finding with what policy made of it: what a worker writes to the hub, and the source of an alert."""

    id: str
    """UUID; the alert's `systemAlertId` if this detection opens one; in the EDE text of a blocked answer."""
    time: float
    """Unix seconds, of the query."""
    client: str
    """Address text, already masked where configured."""
    name: str
    """The question, lower case, no final dot."""
    qtype: str
    """Mnemonic, for example `TXT`, or `TYPE65280`."""
    slug: str
    technique: str
    severity: Severity
    zone: str
    reason: str
    score: float = 1.0
    threshold: float = 1.0
    evidence: dict[str, object] = {}
    action: str = "alert"
    """`alert` (let through) or `block`; or one of UNTOLD."""
    stage: str = "query"
    """`query` (before anything left) or `response`."""
    group: str = ""
    """Name of the client's group, if any."""
    transport: str = "udp"
    count: int = 1
    """How many queries this record stands for: repeats fold before they are sent, see alerts/fold.py."""
    last: float = 0.0
    """Unix seconds of the last of them; 0 means `time`."""
