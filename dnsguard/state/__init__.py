"""Bounded counters and tables: memory that grows with traffic has its ceiling here."""
