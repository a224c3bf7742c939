"""Reads a request into an operation's types, and writes its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from dnsguard.errors import DnsguardError
from dnsguard.hub.api import problem
from dnsguard.hub.api.operation import JSON, Asked, Operation
from dnsguard.hub.api.parts import Parts
from dnsguard.hub.api.problem import ProblemError
from dnsguard.hub.api.session import Signing
from dnsguard.hub.signin.guard import Guard

RESUME: Final = "Last-Event-ID"
"""Header in which a browser says where its event stream broke off (WHATWG HTML section 9.2.4)."""
STUCK: Final = 30.0
"""A reader of a stream that takes nothing for this long is cut off. [seconds]"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def responder(operation: Operation, parts: Parts, guard: Guard) -> Handler:
    """Make the handler that aiohttp calls."""

    async def respond(request: web.Request) -> web.StreamResponse:
        try:
            given: dict[str, Any] = {}
            signing = Signing(guard, request, guard.check(request, signed_in=not operation.is_open))
            if operation.wants_signing:
                given["signing"] = signing
            if operation.asked is not None:
                given["asked"] = _parameters(operation, operation.asked, request)
            if operation.body is not None:
                given["body"] = await _body(operation.body, request)
            answer = await operation.handler(parts, **given)
        except DnsguardError as error:
            return failure(problem.of(error))
        if hasattr(answer, "__aiter__"):
            return await _stream(operation, request, answer, guard)
        body = answer.encode() if isinstance(answer, str) else msgspec.json.encode(answer)
        response = web.Response(body=body, status=operation.status, content_type=operation.media)
        if signing.cookie is not None:
            guard.set_cookie(response, signing.cookie)
        return response

    return respond


def failure(said: problem.Problem) -> web.Response:
    """Answer with a problem document."""
    response = web.Response(body=msgspec.json.encode(said), status=said.status, content_type=problem.MEDIA)
    if said.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dnsguard"'
    return response


def _parameters(operation: Operation, kind: type[Asked], request: web.Request) -> Asked:
    values: dict[str, Any] = dict(request.match_info)
    for name in request.query:
        if name in operation.in_path:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name!r} stands in the path, and not in the query")
        found = request.query.getall(name)
        if len(found) > 1:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name!r} stands there {len(found)} times")
        values[name] = found[0]
    if "last_event_id" in kind.__struct_fields__ and RESUME in request.headers:
        values["last_event_id"] = request.headers[RESUME]
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _readable(error)) from None


async def _body(kind: type[Asked], request: web.Request) -> Asked:
    if request.content_type != JSON:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}, not {request.content_type}")
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.MsgspecError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _readable(error)) from None
    except web.HTTPRequestEntityTooLarge as error:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.text or "the body is too large") from None


def _readable(error: msgspec.MsgspecError) -> str:
    """Msgspec names what is wrong by its place: "Expected `int`, got `str` - at `$.limit`"."""
    return str(error).replace("at `$.", "at `").replace("Object contains unknown field", "there is no such field as")


async def _stream(operation: Operation, request: web.Request, pieces: Any, guard: Guard) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": operation.media, "X-Accel-Buffering": "no"})
    await response.prepare(request)
    # the client has gone, or takes nothing
    with suppress(ConnectionError, TimeoutError):
        async for piece in pieces:
            if not guard.knows(request):
                break  # signed out meanwhile, or the token was changed
            async with asyncio.timeout(STUCK):
                await response.write(piece)
    return response
