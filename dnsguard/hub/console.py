"""The console's own files, from memory: whoever asks names one of them, and never a path on the disk."""

import hashlib
import mimetypes
from collections.abc import Iterator
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import web

from dnsguard.hub.api.problem import ProblemError
from dnsguard.hub.signin.guard import Guard

# the last two: no text becomes markup or code anywhere, so what attackers named is shown as text
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
BASE: Final = "/console/"
TYPES: Final = {".js": "text/javascript", ".svg": "image/svg+xml"}
"""What every machine's own table should say, and some don't."""


def mount(app: web.Application, guard: Guard) -> None:
    """Serve the console at `/`, and its parts below `/console/`."""
    files = dict(_files(resources.files("dnsguard.hub") / "static", ""))

    def served(name: str) -> web.Response:
        body, kind, mark = files[name]
        headers = {"Content-Security-Policy": POLICY, "ETag": mark, "Cache-Control": "no-cache"}
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    async def home(request: web.Request) -> web.Response:
        return _checked(request) or served("index.html")

    async def part(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if (refused := _checked(request)) is not None:
            return refused
        if name not in files:
            raise web.HTTPNotFound(text="there is no such file\n")
        if request.headers.get("If-None-Match") == files[name][2]:
            return web.Response(status=304, headers={"ETag": files[name][2]})
        return served(name)

    def _checked(request: web.Request) -> web.Response | None:
        try:
            guard.check(request, signed_in=False)
        except ProblemError as error:
            return web.Response(status=error.status or HTTPStatus.FORBIDDEN, text=f"{error}\n")
        return None

    app.router.add_get("/", home)
    app.router.add_get(BASE + "{name:.+}", part)


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, tuple[bytes, str, str]]]:
    """Each file by its path below the folder: content, type and entity tag."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif not entry.name.startswith((".", "_")):
            body = entry.read_bytes()
            suffix = f".{entry.name.rpartition('.')[2]}"
            kind = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
            yield f"{prefix}{entry.name}", (body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
