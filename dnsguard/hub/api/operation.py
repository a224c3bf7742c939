"""One operation of the API, declared once: by its handler's annotations.

A handler is `async def verb(parts, *, asked: P, body: B, signing: Signing) -> R`, where all but `parts` may be left
out. P is a Struct whose fields are the path's and the query's parameters, B the JSON body, R what is answered: a Struct
as JSON, or text or an iterator of pieces in another media type; `signing` is who asks. Reading requests (requests.py)
and the OpenAPI document (openapi.py) are made of these types alone, so that they cannot disagree.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec

JSON: Final = "application/json"
Method = Literal["GET", "POST", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[Any]]


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Parameters of an operation, and bodies: an unknown one is an error, not a typing mistake that passes unseen."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the table."""

    method: Method
    path: str
    """Below `/api/v1`; `{name}` stands for a field of `asked`."""
    handler: Handler
    media: str = JSON
    status: HTTPStatus = HTTPStatus.OK
    """If it could be done."""
    is_open: bool = False
    """Whether one need not be signed in."""
    asked: type[Asked] | None = field(init=False)
    body: type[Asked] | None = field(init=False)
    wants_signing: bool = field(init=False)
    answer: Any = field(init=False)
    """The type of what is answered."""

    def __post_init__(self) -> None:
        """Read the handler's annotations."""
        types = inspect.get_annotations(self.handler, eval_str=True)
        for name, value in (
            ("asked", types.get("asked")),
            ("body", types.get("body")),
            ("wants_signing", "signing" in types),
            ("answer", types["return"]),
        ):
            object.__setattr__(self, name, value)

    @property
    def summary(self) -> str:
        """What it does, in a line: the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @property
    def name(self) -> str:
        """Unlike any other's: file and function."""
        return f"{self.tag}_{self.handler.__name__.strip('_')}"

    @property
    def tag(self) -> str:
        """The resource."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def in_path(self) -> list[str]:
        """Parameters that stand in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET"
