"""Zeek's `dns.log`, as lines of tab-separated values or of JSON (docs.zeek.org, "Zeek Log Formats").

A line is written when its transaction ends, so lines are not in order of their questions: messages wait in a bounded
heap until nothing older can come.
"""

import heapq
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import msgspec

from dnsguard.replay import transaction
from dnsguard.replay.recorded import DamagedError, Recorded, Skipped
from dnsguard.replay.source import Source

MAX_LINE: Final = 1 << 20
"""[bytes]"""
WINDOW: Final = 60.0
"""How much later than a younger line one may come: Zeek's `udp_inactivity_timeout`. [seconds of recorded time]"""
MAX_WAITING: Final = 65536
"""Messages that wait for their turn; beyond, the oldest goes."""
MILLISECONDS: Final = 1e11
"""A time above this is in milliseconds (JSON::TS_MILLIS): in seconds it would be the year 5138."""
NO_QUESTION: Final = "log lines without a question that fits a message"
OTHER_PORT: Final = "log lines of other ports"
_FLAGS: Final = ("AA", "TC", "RD", "RA")


class Log:
    """The transactions of one file; iterate once."""

    def __init__(self, source: Source, skipped: Skipped, ports: frozenset[int]) -> None:
        self._source = source
        self._skipped = skipped
        self._ports = ports
        self._fields: list[str] = []
        self._separator = "\t"
        self._set_separator = ","
        self._empty = "(empty)"
        self._unset = "-"
        self._bad: list[tuple[int, str]] = []
        self._bad_lines = 0

    def __iter__(self) -> Iterator[Recorded]:
        waiting: list[tuple[float, int, Recorded]] = []
        order = count()
        newest = float("-inf")
        for row in self._rows():
            for message in self._messages(row):
                heapq.heappush(waiting, (message.time, next(order), message))
                newest = max(newest, message.time)
            while waiting and (waiting[0][0] < newest - WINDOW or len(waiting) > MAX_WAITING):
                yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]
        if self._bad:
            line, reason = self._bad[0]
            more = f"; {self._bad_lines} such lines were left out" if self._bad_lines > 1 else ""
            raise DamagedError(self._source.name, f"line {line}", reason + more)

    def _rows(self) -> Iterator[transaction.Row]:
        number = 0
        while True:
            try:
                line = self._source.line(MAX_LINE)
            except DamagedError as error:
                # what waits in the heap is whole: give it first
                self._note(number + 1, str(error))
                return
            if not line:
                return
            number += 1
            text = line.rstrip(b"\r\n")
            if not text:
                continue
            try:
                if text.startswith(b"#"):
                    self._header(text.decode())
                    continue
                row = self._json(text) if text.startswith(b"{") else self._tsv(text.decode())
            except (ValueError, msgspec.DecodeError) as error:
                self._note(number, str(error))
                continue
            if row.path in {None, "dns"}:
                yield row

    def _note(self, line: int, reason: str) -> None:
        self._bad_lines += 1
        if not self._bad:
            self._bad.append((line, reason))

    def _header(self, line: str) -> None:
        """Take one `#` line; a file may have several heads, one after the other."""
        if line.startswith("#separator "):
            self._separator = transaction.unescape(line.removeprefix("#separator ")).decode() or "\t"
            return
        key, *values = line[1:].split(self._separator)
        match key:
            case "fields":
                self._fields = values
            case "path" if values and not values[0].startswith("dns"):
                raise DamagedError(self._source.name, "", f"Zeek's {values[0]}.log; dns.log is what can be replayed")
            case "set_separator" if values:
                self._set_separator = values[0]
            case "empty_field" if values:
                self._empty = values[0]
            case "unset_field" if values:
                self._unset = values[0]
            case _:
                pass

    def _json(self, line: bytes) -> transaction.Row:
        return msgspec.json.decode(line, type=transaction.Row)

    def _tsv(self, line: str) -> transaction.Row:
        if not self._fields:
            raise ValueError("comes before any #fields line, which says what the columns mean")
        values = line.split(self._separator)
        if len(values) != len(self._fields):
            raise ValueError(f"{len(values)} columns where #fields names {len(self._fields)}")
        row: dict[str, Any] = {k: v for k, v in zip(self._fields, values, strict=True) if v != self._unset}
        for key in _FLAGS:
            if key in row:
                row[key] = row[key] == "T"
        for key in ("answers", "TTLs"):
            if key in row:
                row[key] = [] if row[key] == self._empty else row[key].split(self._set_separator)
        if row.get("query") == self._empty:
            row["query"] = ""
        if "ts" in row:
            row["ts"] = float(row["ts"])
        return msgspec.convert(row, transaction.Row, strict=False)

    def _messages(self, row: transaction.Row) -> list[Recorded]:
        if row.server_port not in self._ports:
            self._skipped[OTHER_PORT] += 1
            return []
        try:
            query, response = transaction.messages(row)
            client = ipaddress.ip_address(row.client).packed
            server = ipaddress.ip_address(row.server).packed
            time = _seconds(row.ts)
        except ValueError:
            self._skipped[NO_QUESTION] += 1
            return []
        stream = row.proto == "tcp"
        found = [Recorded(time, client, server, False, stream, query, row.client_port)]
        if response is not None:
            later = time + max(row.rtt or 0.0, 0.0)
            found.append(Recorded(later, client, server, True, stream, response, row.client_port))
        return found


def _seconds(value: float | str) -> float:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return value / 1000 if value > MILLISECONDS else value
