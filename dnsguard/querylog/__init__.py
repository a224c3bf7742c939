"""The query log: who asked for what, what came of it and why; a ring of SQLite files in state_dir.

    worker: collector ─► outlet ┄ datagrams ┄► hub: recorder ─► ring of segments ◄─ reader (`dnsguard log`)

Nothing on the way of a query waits for it: what the hub or the disk is too slow for is dropped, and counted.
"""
