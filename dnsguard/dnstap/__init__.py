"""dnstap (dnstap.info): every query and answer, for collectors that people already run.

    worker: tap ─► outlet ┄ datagrams ┄► hub: sender ─► Frame Streams ─► collector

As with the query log nothing on the way of a query waits: what the collector is too slow for is dropped, and counted.
"""
