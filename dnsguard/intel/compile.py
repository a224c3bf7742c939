"""Lists in, a new snapshot out, unless nothing changed.

A list that can't be read, or that looks damaged (another kind of file, no entry in it, shrunken, exploded), keeps the
entries of the snapshot before. Of the others, only those that changed are read line by line.

Memory hardly grows with the lists, by three bytes a name: entries are sorted in runs on disk (sorting.py), and written
a million names at a time (write.py). What it takes stands in README.md.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from dnsguard.errors import ListError
from dnsguard.intel import signature_lists, snapshot
from dnsguard.intel.config import ListConfig
from dnsguard.intel.gather import Gathered, OnProgress
from dnsguard.intel.meta import MAX_LISTS, Change, ListMeta, digest
from dnsguard.intel.readers import Reading, stream
from dnsguard.intel.readers.reading import MAX_SHOWN
from dnsguard.intel.settle import Settle
from dnsguard.intel.snapshot import Snapshot
from dnsguard.intel.source import ListReport, Source, doubt_of, open_source, report, same, told
from dnsguard.intel.write import generations, scratch, write

__all__ = ["CompileResult", "ListReport", "compile_lists", "latest"]

TWICE: Final = "is a signature that stands there twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileResult:
    """Where the snapshot is, and what became of each list."""

    path: Path
    generation: int
    changed: bool
    """False: everything was as in the snapshot before, which stays."""
    names: int
    lists: tuple[ListReport, ...]
    changes: tuple[Change, ...] = ()
    """What is new and gone against the snapshot before; empty if nothing changed."""

    @property
    def faults(self) -> tuple[str, ...]:
        """One line for each list that could not be taken."""
        return tuple(f"list {report.name!r}: {report.fault}" for report in self.lists if report.fault)


def compile_lists(
    lists: Sequence[ListConfig], base: Path, directory: Path, *, now: float, on_progress: OnProgress | None = None
) -> CompileResult:
    """Read all lists and write a snapshot into `directory`, unless the last one there already says the same.

    Relative paths hold from `base`; `now` in Unix seconds dates new entries. A list that can't be read, or must not be
    believed, keeps its entries and says so in its report. `on_progress` is told (phase, done, total) now and then.
    ListError if no snapshot could be written.
    """
    if len(lists) > MAX_LISTS:
        raise ListError(f"{len(lists)} lists; {MAX_LISTS} is the most")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ListError(f"{directory}: {error.strerror}; lists are compiled into it") from error
    before = latest(directory)
    if before is None:  # one without names is no less one
        before = snapshot.EMPTY
    try:
        with ExitStack() as stack:
            sources = [open_source(number, config, base, before, stack) for number, config in enumerate(lists)]
            return _compile(sources, before, directory, now, on_progress or _silent, stack)
    except OSError as error:
        raise ListError(f"{directory}: the lists could not be written: {error.strerror or error}") from error


def latest(directory: Path) -> Snapshot | None:
    """Open the newest whole snapshot of a folder; None if there is none."""
    for number in sorted(generations(directory), reverse=True):
        try:
            return Snapshot.open(directory / f"{number:06d}")
        except ListError:
            continue
    return None


def _silent(_phase: str, _done: int, _total: int) -> None:
    pass


def _compile(
    sources: list[Source],
    before: Snapshot,
    directory: Path,
    now: float,
    on_progress: OnProgress,
    stack: ExitStack,
) -> CompileResult:
    for source in sources:
        source.fresh = source.data is not None and not same(source, before, now)
    if before.path is not None and not any(source.fresh for source in sources) and _whole(sources, before):
        return _unchanged(sources, before)
    gathered = Gathered(Path(stack.enter_context(scratch(directory))))
    for source in sources:
        if source.fresh:
            _read(source, gathered, before, now, on_progress)
    metas = [told(source, before) for source in sources]
    content = _content(metas)
    if before.path is not None and before.meta.content == content:
        return _unchanged(sources, before)
    seen = bytearray(len(before))
    held = {source.old: source.number for source in sources if not source.fresh and source.old >= 0}
    if held:
        gathered.take_old(before, held, seen, lambda done, total: on_progress("taking what is known", done, total))
    settle = Settle(
        gathered.kinds,
        before,
        {source.number: source.old for source in sources if source.old >= 0},
        [source.number for source in sources if source.fresh],
        seen,
        len(sources),
        now,
    )
    signatures = _signatures(sources, metas, before, settle)
    path, meta = write(gathered, metas, content, settle, directory, now, on_progress, signatures)
    return CompileResult(
        path=path,
        generation=meta.generation,
        changed=True,
        names=meta.names,
        lists=tuple(report(source, meta.lists[source.number]) for source in sources),
        changes=tuple(meta.changes),
    )


def _signatures(sources: list[Source], metas: list[ListMeta], before: Snapshot, settle: Settle) -> bytes:
    """Compile all rules files, those that stay as they are too; no bytes if there are none."""
    files = []
    for source in sources:
        rules = source.rules if source.fresh else before.signatures.rules(source.config.name) if source.old >= 0 else ()
        if rules and source.config.category == signature_lists.CATEGORY:
            files.append((source, rules))
    if not files:
        return b""
    made, doubles = signature_lists.compiled([(source.config.name, rules) for source, rules in files])
    for (source, rules), refused in zip(files, doubles, strict=True):
        had = {rule.sid for rule in before.signatures.rules(source.config.name)}
        twice = {double.line for double in refused}
        settle.signatures(source.number, [rule.sid for rule in rules if rule.line not in twice], had)
        if refused:
            meta = metas[source.number]
            reasons = {**meta.refused, TWICE: len(refused)}
            metas[source.number] = msgspec.structs.replace(meta, junk=meta.junk + len(refused), refused=reasons)
            source.shown = (*source.shown, *refused)[:MAX_SHOWN]
    return made


def _whole(sources: list[Source], before: Snapshot) -> bool:
    """Whether the lists are those of the snapshot before, in its order."""
    return [source.old for source in sources] == list(range(len(before.meta.lists)))


def _unchanged(sources: list[Source], before: Snapshot) -> CompileResult:
    assert before.path is not None
    return CompileResult(
        path=before.path,
        generation=before.generation,
        changed=False,
        names=before.meta.names,
        lists=tuple(report(source, before.meta.lists[source.number]) for source in sources),
    )


def _read(source: Source, gathered: Gathered, before: Snapshot, now: float, on_progress: OnProgress) -> None:
    """Read one list line by line; if it is not to be believed, it is not `fresh` any more."""
    config, data, path = source.config, source.data, source.path
    assert data is not None
    reading = Reading(believe=frozenset(config.believe), now=now)
    phase, total = f"reading {config.name}", len(data)
    taken, actions = 0, {}
    try:
        on_progress(phase, 0, total)
        if not config.format and signature_lists.is_rules(config.category, data):
            source.rules = signature_lists.read(data, reading)
            taken = len(source.rules)
        else:
            entries = stream(data, reading, config.format)
            taken, counted = gathered.take(
                source.number, config.confidence, entries, lambda: on_progress(phase, min(reading.at, total), total)
            )
            actions = dict(counted)
        doubt = doubt_of(source, reading, taken, before)
    except ListError as error:
        doubt = f"{error}; the old entries stay" if source.old >= 0 else str(error)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        # a fault of the reader's own must not cost the other lists
        doubt = f"can't be read as {reading.format}: {type(error).__name__}: {error}"
    source.shown = tuple(reading.shown)
    if doubt:
        gathered.drop(source.number)
        source.fault = f"{path}: {doubt}"
        source.fresh = False
        return
    alike = source.old >= 0 and before.meta.lists[source.old].digest == source.digest
    source.meta = ListMeta(
        name=config.name,
        category=config.category,
        entries=0,
        digest=source.digest,
        read=before.meta.lists[source.old].read if alike else now,
        origin=source.origin,
        public_suffixes=reading.public_suffixes,
        junk=reading.junk,
        format=reading.format,
        settings=source.settings,
        taken=taken,
        actions=actions,
        refused=dict(reading.refused),
        quarantined=dict(reading.quarantined),
        ignored=dict(reading.ignored),
        expires=reading.expires,
    )


def _content(metas: Iterable[ListMeta]) -> str:
    """Digest what a snapshot is made of: the lists' bytes, and what decides how they are read."""
    parts = [(meta.name, meta.category, meta.origin, meta.digest, meta.settings, meta.expires) for meta in metas]
    return digest(msgspec.json.encode(parts))
