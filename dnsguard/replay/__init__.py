"""Recorded traffic read back: captures and logs in, the alerts that live traffic would have raised out."""
