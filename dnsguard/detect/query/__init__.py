"""Detectors that judge a query before anything leaves."""
