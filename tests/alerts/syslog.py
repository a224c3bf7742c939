"""A reader of RFC 5424 that is not ours."""

import warnings

with warnings.catch_warnings():
    # its parser's library looks into a module that Python renamed
    warnings.simplefilter("ignore", DeprecationWarning)
    from syslog_rfc5424_parser import SyslogMessage
    from syslog_rfc5424_parser.constants import SyslogFacility, SyslogSeverity

__all__ = ["SyslogFacility", "SyslogMessage", "SyslogSeverity"]
