"""The pages that `dnsguard docs` writes: made from detectors' docstrings and Configs, the metrics' table, and texts.

The texts lie in `data/docs`, so that an installed dnsguard has them; nothing is fetched.
"""
