"""Bodies of alerts, one file per format."""
