"""Detectors under test: lists by hand, answers built by dnslib, so that a detector reads bytes we did not write."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import dnslib

from dnsguard.detect.context import Context
from dnsguard.detect.registry import QUERY, RESPONSE
from dnsguard.detect.response_view import Response
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.intel.starter import BLOCKLISTS, FILES, starter_lists
from dnsguard.model import Finding
from dnsguard.wire.answer import Answer
from dnsguard.wire.query import Query


def snapshot(lists: Mapping[str, str], *, now: float = 0.0) -> Snapshot:
    """Compile lists, given as name -> text; a list feeds the category its name starts with (`phishing_domain.2`)."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        configs = []
        for name, text in lists.items():
            (base / name).write_text(text)
            configs.append(ListConfig(name=name, category=name.partition(".")[0], path=name))
        return Snapshot.open(compile_lists(configs, base, base / "compiled", now=now).path)


def starters(*categories: str) -> Snapshot:
    """Compile the starter lists of these categories."""
    configs = [config for config in starter_lists() if config.category in categories]
    with tempfile.TemporaryDirectory() as folder:
        return Snapshot.open(compile_lists(configs, Path("/"), Path(folder), now=0.0).path)


def entries(category: str) -> Iterator[str]:
    """Entries of a category's starter lists, as they stand in the files."""
    for name, feeds in FILES.items():
        if feeds == category:
            for line in (BLOCKLISTS / f"{name}.txt").read_text("ascii").splitlines():
                if not line.startswith("#"):
                    yield line.partition(" ")[0]


def name(det: ModuleType, text: str, intel: Snapshot = EMPTY, **config: Any) -> Finding | None:
    """Ask a detector of the query stage."""
    return ask(det, Query.of(text), Context(det.Config(**config), intel))


def cue(det: ModuleType, context: Context[Any]) -> Any:
    """Make a detector's cue; it takes what its stage judges."""
    return next(each.cue for each in (*QUERY, *RESPONSE) if each.inspect is det.inspect)(context)


def ask(det: ModuleType, subject: Query | Response, context: Context[Any]) -> Finding | None:
    """Ask a detector as the inspector does, and hold it to its cue: what that misses, the detector must not find."""
    cued = cue(det, context).wakes(subject)
    found: Finding | None = det.inspect(subject, context)
    assert cued or found is None
    return found


def response(
    question: str,
    *answers: str,
    authority: tuple[str, ...] = (),
    rcode: str = "NOERROR",
    ra: bool = True,
    aa: bool = False,
    ede: int | None = None,
    time: float = 0.0,
    client: str = "192.0.2.7",
) -> Response:
    """An answer of zone-file lines to a question."""
    query = Query.of(question, client=client, time=time, edns=ede is not None)
    reply = dnslib.DNSRecord.parse(query.packet).reply(ra=int(ra), aa=int(aa))
    reply.header.rcode = getattr(dnslib.RCODE, rcode)
    for line in answers:
        reply.add_answer(*dnslib.RR.fromZone(line))
    for line in authority:
        reply.add_auth(*dnslib.RR.fromZone(line))
    if ede is not None:
        option = dnslib.EDNSOption(15, ede.to_bytes(2, "big"))
        reply.add_ar(dnslib.EDNS0(opts=[option]))
    return Response(query, Answer(bytes(reply.pack())))


def answer(det: ModuleType, subject: Response, intel: Snapshot = EMPTY, **config: Any) -> Finding | None:
    """Ask a detector of the response stage."""
    return ask(det, subject, Context(det.Config(**config), intel))


def cname(target: str) -> Response:
    """An answer that leads from an innocent name to another."""
    return response("www.shop.example", f"www.shop.example. 60 IN CNAME {target}.", f"{target}. 60 IN A 192.0.2.1")
