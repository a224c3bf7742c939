"""Sockets in: UDP and TCP, one callback for what they receive."""
