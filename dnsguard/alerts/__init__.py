"""From a detection to a delivered alert: record, outbox on disk, webhooks."""
