"""Rows of abuse.ch's CSV exports: quoted, divided by commas, under a header that stands in a comment."""

import csv
from collections.abc import Iterator

from dnsguard.intel.readers.lines import Buffer, lines
from dnsguard.intel.readers.reading import Reading


def rows(data: Buffer, reading: Reading, default: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the cells by their column's name; `default` has the columns where the header is missing."""
    columns = default
    for line, text in lines(data, reading):
        header = text.startswith("#")
        try:
            cells = next(csv.reader([text.lstrip("# ") if header else text], skipinitialspace=True), [])
        except csv.Error as error:
            reading.refuse(line, text, f"is no row: {error}")
            continue
        names = tuple(cell.strip().strip('"').lower() for cell in cells)
        if default[0] in names and default[2] in names:
            columns = names
        elif not header:
            if len(cells) < 3:
                reading.refuse(line, text, "has too few columns")
            else:
                yield line, dict(zip(columns, (cell.strip() for cell in cells), strict=False))
