"""Views over the bytes of DNS messages: names, queries, answers (RFC 1035)."""
