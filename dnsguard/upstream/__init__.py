"""Sockets out: the servers that are asked, and the names that are not."""
