"""Answers kept: bounded in bytes, aged, served stale, purged by generation."""
