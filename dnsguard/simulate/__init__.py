"""The thirteen behaviours that raise alerts, played against a running server on a machine without a network."""
