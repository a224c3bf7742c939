"""What is known: lists compiled into memory-mapped snapshots, and the public suffixes."""
