"""The hub: starts workers, keeps the outbox, delivers alerts, serves health and metrics."""
