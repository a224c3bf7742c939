"""Readers of list formats: bytes in, names with their lines out; what is no name is counted, never fatal."""
