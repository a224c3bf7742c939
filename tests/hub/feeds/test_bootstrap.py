"""Who is asked for the address of a list's host: never dnsguard itself (blocky#547)."""

import asyncio

import dns.message
import pytest

from dnsguard.config import parse
from dnsguard.hub.feeds.manager import Feeds
from tests.alerts.hooks import until
from tests.hub.feeds.served import served
from tests.upstream.scripted import answer, datagram_server


def reply(packet):
    question = dns.message.from_wire(packet).question[0]
    return [answer(packet, "60 IN A 127.0.0.1" if question.rdtype.name == "A" else "60 IN AAAA ::1")]


def names(server):
    return {str(dns.message.from_wire(packet).question[0].name) for packet in server.queries}


async def fetched(tmp_path, upstream, port, allow_private="true"):
    settings = parse(
        f'starter_lists = false\n[listen]\ndns = ["127.0.0.1:5335"]\n[upstream]\n{upstream}\n'
        '[[lists]]\nname = "feed"\ncategory = "threat_intel"\n'
        f'url = "http://lists.example:{port}/"\nallow_private = {allow_private}\n',
        tmp_path,
    )
    feeds = Feeds(tmp_path / "feeds", settings)
    running = asyncio.ensure_future(feeds.run())
    await until(lambda: feeds.candidates or (feeds.feeds and next(iter(feeds.feeds.values())).rounds))
    (report,) = feeds.reports().values()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return report


@pytest.mark.parametrize("key", ["bootstrap", "servers"])
async def test_the_servers_of_the_configuration_are_asked(tmp_path, key):
    async with datagram_server(reply) as dns_server, served("evil.example\n") as site:
        report = await fetched(tmp_path, f'{key} = ["127.0.0.1:{dns_server.port}"]', site.port)
        assert report.error == ""
        assert names(dns_server) == {"lists.example."}
        assert site.requests[0].host == f"lists.example:{site.port}"


async def test_bootstrap_comes_first(tmp_path):
    async with datagram_server(reply) as first, datagram_server(reply) as other, served("evil.example\n") as site:
        asked = f'bootstrap = ["127.0.0.1:{first.port}"]\nservers = ["127.0.0.1:{other.port}"]'
        await fetched(tmp_path, asked, site.port)
        assert first.queries
        assert not other.queries


async def test_a_name_that_leads_inside_is_not_followed(tmp_path):
    async with datagram_server(reply) as dns_server, served("evil.example\n") as site:
        report = await fetched(tmp_path, f'bootstrap = ["127.0.0.1:{dns_server.port}"]', site.port, "false")
        assert "lists.example resolves to 127.0.0.1, which is private" in report.error
        assert not site.requests
