"""From findings, groups and exceptions to one verdict."""
