"""Against the columns of Azure Monitor's reference of the table SecurityAlert; no validator of it is published."""

import json
from datetime import datetime

import pytest

from dnsguard.alerts.formats import sentinel
from tests.alerts.formats.samples import SAMPLES

STRINGS = set(
    "AlertLink AlertName AlertSeverity AlertType CompromisedEntity ConfidenceLevel Description DisplayName Entities "
    "ExtendedLinks ExtendedProperties ProductComponentName ProductName ProviderName RemediationSteps ResourceId "
    "SourceComputerId SourceSystem Status SubTechniques SystemAlertId Tactics Techniques TenantId Type VendorName "
    "VendorOriginalId WorkspaceResourceGroup WorkspaceSubscriptionId".split()
)
TIMES = {"EndTime", "ProcessingEndTime", "StartTime", "TimeGenerated"}
LISTS = {"Entities", "ExtendedLinks", "RemediationSteps", "SubTechniques", "Techniques"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_row_fits_the_table(name: str) -> None:
    row = sentinel.render(SAMPLES[name])
    assert set(row) <= STRINGS | TIMES | {"ConfidenceScore", "IsIncident"}
    assert all(isinstance(row[column], str) for column in row if column in STRINGS)
    assert all(datetime.fromisoformat(row[column]) for column in TIMES)
    assert all(isinstance(json.loads(row[column]), list) for column in LISTS)
    assert isinstance(json.loads(row["ExtendedProperties"]), dict)
    assert row["IsIncident"] is False
    assert 0 <= row["ConfidenceScore"] <= 1
    assert row["AlertSeverity"] in {"Informational", "Low", "Medium", "High"}
    assert row["Status"] in {"New", "Resolved"}


def test_entities_are_written_as_sentinel_reads_them() -> None:
    entities = json.loads(sentinel.render(SAMPLES["listed"])["Entities"])
    assert entities[0] == {"$id": "1", "Type": "ip", "Address": "192.0.2.7"}
    assert entities[2] == {"$id": "3", "Type": "dns", "DomainName": "www.listed.example"}
