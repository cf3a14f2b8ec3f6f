"""CSV out (RFC 4180) that spreadsheet programs read right and run nothing of; and a cell of it read again."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from shared.work.records import Record, value_of

# Full-width forms are formulas to some programs too, and some skip blanks before one.
_FORMULA = re.compile(r"[ \u00a0\u3000]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def write_sheet(columns: Sequence[str], rows: Iterable[Record | Mapping[str, object]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, so that spreadsheet programs read the Chinese; null is an empty cell, a list
    its members between blanks. What a program would run begins with an apostrophe."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(value_of(row, column)) for column in columns])
    return sheet.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell that `write_sheet` made."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text
