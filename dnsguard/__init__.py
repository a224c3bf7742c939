"""dnsguard: a forwarding DNS resolver that detects, alerts and blocks."""
