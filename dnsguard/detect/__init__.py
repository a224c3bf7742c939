"""The detectors: pure functions over a query or a response."""
