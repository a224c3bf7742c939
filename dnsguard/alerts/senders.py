"""Which sender a target has."""

from collections.abc import Callable

from dnsguard.alerts.apprised import AppriseSender
from dnsguard.alerts.config import WebhookConfig
from dnsguard.alerts.file import FileSender
from dnsguard.alerts.http import HttpSender
from dnsguard.alerts.sending import Sender
from dnsguard.alerts.syslog import SyslogSender
from dnsguard.alerts.targets import AppriseConfig, FileConfig, SyslogConfig, Target


def sender(target: Target, clock: Callable[[], float]) -> Sender:
    """Make it; `clock` gives Unix seconds. ValueError or DnsguardError: the target can't be used as it is."""
    match target:
        case WebhookConfig():
            return HttpSender(target, clock)
        case SyslogConfig():
            return SyslogSender(target)
        case FileConfig():
            return FileSender(target)
        case AppriseConfig():
            return AppriseSender(target)
        case _:
            raise TypeError(f"{type(target).__name__} is no target")
