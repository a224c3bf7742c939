"""How much a rule matters: Suricata's classes and their priorities (its etc/classification.config), as severities."""

from typing import Final

from dnsguard.model import Severity
from dnsguard.signatures.rule import Rule

UNSAID: Final = 2
"""Priority of a rule that says neither class nor priority: the alert type's own severity, Medium."""
PRIORITIES: Final = {
    1: [
        "attempted-admin",
        "attempted-user",
        "command-and-control",
        "credential-theft",
        "domain-c2",
        "exploit-kit",
        "inappropriate-content",
        "policy-violation",
        "shellcode-detect",
        "successful-admin",
        "successful-user",
        "targeted-activity",
        "trojan-activity",
        "unsuccessful-user",
        "web-application-attack",
    ],
    2: [
        "attempted-dos",
        "attempted-recon",
        "bad-unknown",
        "coin-mining",
        "default-login-attempt",
        "denial-of-service",
        "external-ip-check",
        "misc-attack",
        "non-standard-protocol",
        "pup-activity",
        "rpc-portmap-decode",
        "social-engineering",
        "successful-dos",
        "successful-recon-largescale",
        "successful-recon-limited",
        "suspicious-filename-detect",
        "suspicious-login",
        "system-call-detect",
        "unusual-client-port-connection",
        "web-application-activity",
    ],
    3: [
        "icmp-event",
        "misc-activity",
        "network-scan",
        "not-suspicious",
        "protocol-command-decode",
        "string-detect",
        "unknown",
    ],
    4: ["tcp-connection"],
}
CLASSES: Final = {name: priority for priority, names in PRIORITIES.items() for name in names}
SEVERITIES: Final = {1: Severity.HIGH, 2: Severity.MEDIUM, 3: Severity.LOW}


def severity(rule: Rule) -> Severity:
    """High for priority 1, Medium for 2, Low for 3, Informational below; Medium where a rule says neither."""
    priority = rule.priority or CLASSES.get(rule.classtype, UNSAID)
    return SEVERITIES.get(priority, Severity.INFORMATIONAL)


def rank(rule: Rule) -> tuple[int, int, int]:
    """Sort key, the worst first: priority, then generator and signature id, so that the order is always the same."""
    return rule.priority or CLASSES.get(rule.classtype, UNSAID), rule.gid, rule.sid
