"""What has sockets of its own is tested on both event loops: uvloop, which serves, and asyncio's own, elsewhere."""

import asyncio

import uvloop

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
