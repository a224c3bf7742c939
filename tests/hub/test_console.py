"""The console's files as they are served."""

import re
from importlib import resources
from types import SimpleNamespace

import pytest

from dnsguard.config import Settings
from dnsguard.hub import console
from tests.hub.signin.test_guard import served

STATIC = resources.files("dnsguard.hub") / "static"
NAMES = [name for name, _ in console._files(STATIC, "")]


async def fetch(hub, path, **headers):
    async with hub.session.get(path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.text()


async def test_the_page_and_all_it_names_are_there_under_a_strict_policy(tmp_path):
    async with served(tmp_path) as hub:
        status, headers, page = await fetch(hub, "/")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "trusted-types 'none'"} <= set(
            policy.split("; ")
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        for path in re.findall(r'(?:href|src)="(/console/[^"]+)"', page):
            status, headers, _ = await fetch(hub, path)
            assert status == 200
            assert headers["Content-Security-Policy"] == policy


@pytest.mark.parametrize("name", NAMES)
async def test_each_file_has_its_type_and_is_asked_for_once(tmp_path, name):
    async with served(tmp_path) as hub:
        status, headers, body = await fetch(hub, f"/console/{name}")
        kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "html": "text/html"}
        assert (status, headers["Content-Type"].split(";")[0]) == (200, kinds[name.rpartition(".")[2]])
        assert body == (STATIC / name).read_text("utf-8")
        status, _, body = await fetch(hub, f"/console/{name}", **{"If-None-Match": headers["ETag"]})
        assert (status, body) == (304, "")


@pytest.mark.parametrize(
    "path", ["/console/", "/console/nothing.js", "/console/../console.py", "/console/%2e%2e/console.py", "/console/js"]
)
async def test_nothing_else_is_served(tmp_path, path):
    async with served(tmp_path) as hub:
        assert (await fetch(hub, path))[0] == 404


async def test_where_it_is_off_there_is_no_console(tmp_path):
    async with served(tmp_path) as hub:
        hub.configuring.settings = Settings(console=SimpleNamespace(enabled=False, names=()))
        assert (await fetch(hub, "/"))[0] == (await fetch(hub, "/console/base.css"))[0] == 404


def test_modules_import_what_is_there_and_all_texts_stand_in_one_place():
    for name in NAMES:
        if not name.endswith(".js"):
            continue
        text = (STATIC / name).read_text("utf-8")
        folder = name.rpartition("/")[0]
        for path in re.findall(r'from "([^"]+)"', text):
            parts = [*folder.split("/"), *path.split("/")]
            while ".." in parts:
                at = parts.index("..")
                del parts[at - 1 : at + 1]
            assert "/".join(part for part in parts if part != ".") in NAMES, f"{name}: {path}"
        if not name.endswith(("texts.js", "main.js")):
            # an element's text is never written beside it
            assert not re.findall(r'h\("(?:p|h1|h2|h3|button|label|summary|th|dt)", \{[^}]*\}, "', text), name
        assert "innerHTML" not in text
        assert len(text.splitlines()) < 300
