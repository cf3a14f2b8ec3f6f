"""Sheets in: reads an edition's CSV with every fault at once.

A line names the columns `code,parent,level,name_zh,name_en,note`, in any order, in these words or in Chinese; an
English name may be missing. Lines above it (a title), blank lines and blank columns are no items. A district's edition
extends its city's: `above` are the city's items, which may be parents and whose codes are taken.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pydantic import TypeAdapter, ValidationError

from shared.fields.text import Name, ShortText
from shared.reading.sheets import plain

COLUMNS = ("code", "parent", "level", "name_zh", "name_en", "note")
NEEDED = ("code", "parent", "level", "name_zh", "note")
HEADINGS = {
    **dict.fromkeys(("编码", "代码", "目录编码", "序号"), "code"),
    **dict.fromkeys(("上级", "上级编码", "上级代码", "父级"), "parent"),
    **dict.fromkeys(("级别", "级次", "层级", "目录级别"), "level"),
    **dict.fromkeys(("名称", "中文名称", "目录名称", "项目名称", "服务名称"), "name_zh"),
    **dict.fromkeys(("英文名称", "英文"), "name_en"),
    **dict.fromkeys(("备注", "说明", "描述"), "note"),
}
"""What lists in Chinese call the columns."""
MOST_TITLES = 5
"""So many lines may stand above the one that names the columns."""
MOST_LINES = 5_000
LEVELS = ("1", "2", "3")
_LEVEL_WORDS = {
    word: level
    for level, number in zip(LEVELS, "一二三", strict=True)
    for word in (number, f"{number}级", f"{level}级")
}
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]{0,19}")
_NAME, _NOTE = TypeAdapter(Name), TypeAdapter(ShortText)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a directory; `path` leads from its class (level 1) down to its own code."""

    line: int
    code: str
    parent: str | None
    level: int
    path: tuple[str, ...]
    name_zh: str
    name_en: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to put right: where, and what to do about it."""

    line: int
    column: str
    code: str
    message: str


class FaultySheet(Exception):
    """The sheet cannot be imported; `faults` are all of them, by line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__(f"{len(self.faults)} faults")


Line = tuple[int, dict[str, str]]


def read_items(text: str, above: Mapping[str, Sequence[str]]) -> list[Item]:
    """The items of a sheet. `above` gives the path of each code of the city's edition. Raises FaultySheet."""
    lines, faults = _lines(text.removeprefix("\ufeff"))
    known = {cells["code"]: number for number, cells in reversed(lines)}
    levels = {**{code: str(len(path)) for code, path in above.items()}, **{c["code"]: c["level"] for _, c in lines}}
    faults += [fault for line in lines for fault in _faults(line, known, levels, above)]
    if faults:
        raise FaultySheet(faults)
    parents = {cells["code"]: cells["parent"] for _, cells in lines}
    return [_item(line, parents, above) for line in lines]


def _lines(text: str) -> tuple[list[Line], list[Fault]]:
    """Cells by column name, and the lines that have other cells than the first; raises FaultySheet when the sheet is
    no table of these columns."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Line] = []
    faults: list[Fault] = []
    try:
        header = _header(reader)
        for row in reader:
            given = [plain(cell) for cell in row]
            while len(given) > len(header) and not given[-1]:
                given.pop()
            if not any(given):
                continue
            if len(given) == len(header):
                cells = {"name_en": "", **dict(zip(header, given, strict=True))}
                cells["level"] = _level(cells["level"])
                found.append((reader.line_num, cells))
            else:
                faults.append(Fault(reader.line_num, "", "cells", f"give {len(header)} cells, as the first line has"))
    except csv.Error:
        end = Fault(reader.line_num, "", "csv", "close the quotes, and put each item on a line of its own")
        raise FaultySheet([*faults, end]) from None
    if not found and not faults:
        faults.append(Fault(2, "", "empty", "give at least one item below the first line"))
    if len(found) > MOST_LINES:
        raise FaultySheet([Fault(MOST_LINES + 2, "", "lines", f"give at most {MOST_LINES} items")])
    return found, faults


def _header(reader: Iterator[list[str]]) -> list[str]:
    """The names of the columns, from the first line that names a code and a Chinese name, or else from the first."""
    seen: list[list[str]] = []
    for row in islice(reader, MOST_TITLES + 1):
        header = [HEADINGS.get(name.strip(), name.strip()) for name in row]
        while header and not header[-1]:
            header.pop()
        seen.append(header)
        if {"code", "name_zh"} <= set(header):
            break
    header = seen[-1] if seen and {"code", "name_zh"} <= set(seen[-1]) else next(iter(seen), [])
    _check_header(header)
    return header


def _level(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return _LEVEL_WORDS.get(plain, plain)


def _check_header(header: list[str]) -> None:
    faults = [Fault(1, name, "column_missing", f"add the column {name}") for name in NEEDED if name not in header]
    if len(header) != len(set(header)) or set(header) - set(COLUMNS):
        faults.append(Fault(1, "", "column_unknown", f"name the columns {', '.join(COLUMNS)} once each, and no other"))
    if faults:
        raise FaultySheet(faults)


def _faults(
    line: Line, known: Mapping[str, int], levels: Mapping[str, str], above: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    number, cells = line
    yield from _code_faults(number, cells["code"], known, above)
    if cells["level"] not in LEVELS:
        yield Fault(number, "level", "level", "give 1 (class), 2 or 3")
    else:
        yield from _parent_faults(number, cells, levels)
    unnamed = list(_text_faults(number, "name_zh", cells["name_zh"], _NAME))
    yield from unnamed
    if not unnamed and not _HAN.search(cells["name_zh"]):
        yield Fault(number, "name_zh", "not_chinese", "give the name in Chinese: was the list saved as UTF-8?")
    for column, kind in (("name_en", _NAME), ("note", _NOTE)):
        if cells[column]:
            yield from _text_faults(number, column, cells[column], kind)


def _code_faults(number: int, code: str, known: Mapping[str, int], above: Mapping[str, object]) -> Iterator[Fault]:
    if not _CODE.fullmatch(code):
        yield Fault(number, "code", "code", "give 1 to 20 letters, digits and points, such as 2.04")
    elif known[code] != number:
        yield Fault(number, "code", "code_twice", f"line {known[code]} has this code; give each item its own")
    elif code in above:
        yield Fault(
            number, "code", "code_taken", "the city's directory has this code; give the district's item its own"
        )


def _parent_faults(number: int, cells: Mapping[str, str], levels: Mapping[str, str]) -> Iterator[Fault]:
    level, parent = cells["level"], cells["parent"]
    if level == "1" and parent:
        yield Fault(number, "parent", "parent_of_class", "leave the parent of a class (level 1) empty")
    elif level != "1" and levels.get(parent) != str(int(level) - 1):
        yield Fault(number, "parent", "parent", f"give the code of an item of level {int(level) - 1}")


def _text_faults(number: int, column: str, text: str, kind: TypeAdapter[str]) -> Iterator[Fault]:
    try:
        kind.validate_python(text)
    except ValidationError as error:
        yield Fault(number, column, error.errors()[0]["type"], error.errors()[0]["msg"])


def _item(line: Line, parents: Mapping[str, str], above: Mapping[str, Sequence[str]]) -> Item:
    number, cells = line
    note = _NOTE.validate_python(cells["note"]) if cells["note"] else None
    return Item(
        number,
        cells["code"],
        cells["parent"] or None,
        int(cells["level"]),
        _path(cells["code"], parents, above),
        _NAME.validate_python(cells["name_zh"]),
        _NAME.validate_python(cells["name_en"]) if cells["name_en"] else None,
        note,
    )


def _path(code: str, parents: Mapping[str, str], above: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if code in above:
        return tuple(above[code])
    return (*_path(parents[code], parents, above), code) if parents[code] else (code,)
