"""A row of Microsoft Sentinel's table SecurityAlert, as Azure Monitor's reference has it.

All its columns but datetimes and IsIncident are strings: what is a list or an object stands as JSON in a string.
"""

from typing import Any, Final

import msgspec

from dnsguard.alerts.alert import Alert
from dnsguard.alerts.formats.facts import facts

TYPE: Final = "SecurityAlert"


def render(stored: Alert) -> dict[str, Any]:
    """Lay the record out in the table's columns; those that belong to a workspace are its own to fill."""
    about = facts(stored)
    row = about.record
    return {
        "TimeGenerated": row["timeGeneratedUtc"],
        "DisplayName": row["alertDisplayName"],
        "AlertName": row["alertDisplayName"],
        "AlertSeverity": row["severity"],
        "Description": row["description"],
        "ProviderName": row["productName"],
        "VendorName": row["vendorName"],
        "VendorOriginalId": row["systemAlertId"],
        "SystemAlertId": row["systemAlertId"],
        "SourceComputerId": about.client,
        "AlertType": row["alertType"],
        "ConfidenceLevel": "High" if about.confidence > 0.5 else "Low",
        "ConfidenceScore": round(about.confidence, 3),
        "IsIncident": row["isIncident"],
        "StartTime": row["startTimeUtc"],
        "EndTime": row["endTimeUtc"],
        "ProcessingEndTime": row["processingEndTimeUtc"],
        "RemediationSteps": _text(row["remediationSteps"]),
        "ExtendedProperties": _text(row["extendedProperties"]),
        "Entities": _text([_entity(entity) for entity in row["entities"]]),
        "SourceSystem": "Detection",
        "ExtendedLinks": _text(row["extendedLinks"]),
        "ProductName": row["productName"],
        "ProductComponentName": row["productComponentName"],
        "Status": "Resolved" if about.resolved else "New",
        "CompromisedEntity": row["compromisedEntity"],
        "Tactics": "" if row["intent"] == "Unknown" else row["intent"],
        "Techniques": _text(row["techniques"]),
        "SubTechniques": _text(row["subTechniques"]),
        "Type": TYPE,
    }


def _entity(entity: dict[str, Any]) -> dict[str, Any]:
    """Write an entity as Sentinel's entity types do, in Pascal case."""
    return {key if key.startswith("$") else key[0].upper() + key[1:]: value for key, value in entity.items()}


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
