"""What in a report a person should look at."""

from dnsguard.hub.report import Report


def troubles(report: Report) -> list[str]:
    """One line for each; none: all is well."""
    told = []
    if not report.serving:
        told.append(f"Queries are not answered: {report.state}.")
    if report.config.state == "refused":
        told += ["The configuration file is wrong; the one before it holds.", *report.config.faults]
    if report.config.needs_restart:
        told.append(f"Changed, and held from the next start only: {', '.join(report.config.needs_restart)}.")
    if report.lists_error:
        told.append(f"Lists: {report.lists_error}")
    if report.feeds_error:
        told.append(f"Lists are not fetched: {report.feeds_error}")
    if report.outbox.error:
        told.append(f"Findings cannot be stored: {report.outbox.error}")
    if report.upstreams and not any(item.healthy for item in report.upstreams):
        told.append("No upstream server answers; only what is cached is answered.")
    for hook in report.webhooks:
        if hook.state != "good":
            told.append(f"{hook.name} takes no alerts: {hook.error or hook.state}")
    return told
