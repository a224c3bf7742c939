"""Detectors that judge an answer before the client sees it."""
