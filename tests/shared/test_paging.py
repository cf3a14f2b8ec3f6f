from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Column, MetaData, Numeric, Table, Uuid, column
from sqlalchemy.dialects.postgresql import asyncpg

from shared.web.paging import (
    DEFAULT_LIMIT,
    BadCursor,
    Limit,
    Listing,
    Page,
    keyset_condition,
    read_cursor,
    write_cursor,
)

KEY = b"a key of thirty-two bytes or more"
NEWEST = Listing("newest", {"status": "open", "buyer": None}, "person 1")
ID = UUID("0190a000-0000-7000-8000-000000000001")
LAST_ROW = ("一", 7, Decimal("120000.00"), datetime(2022, 3, 1, 1, 30, 0, 1, UTC), date(2022, 3, 1), ID)


def test_a_cursor_brings_back_the_sort_key_with_its_types() -> None:
    values = read_cursor(write_cursor(LAST_ROW, NEWEST, KEY), NEWEST, KEY)

    assert values == LAST_ROW
    assert list(map(type, values)) == list(map(type, LAST_ROW))


def test_a_cursor_fits_into_an_address_as_it_is() -> None:
    cursor = write_cursor(LAST_ROW, NEWEST, KEY)

    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_filters_in_another_order_are_the_same_list() -> None:
    cursor = write_cursor([ID], NEWEST, KEY)

    assert read_cursor(cursor, Listing("newest", {"buyer": None, "status": "open"}, "person 1"), KEY) == (ID,)


OTHER_LISTS = {
    "sort": Listing("oldest", NEWEST.filters, NEWEST.caller),
    "filter": Listing(NEWEST.sort, {"status": "closed", "buyer": None}, NEWEST.caller),
    "fewer filters": Listing(NEWEST.sort, {"status": "open"}, NEWEST.caller),
    "caller": Listing(NEWEST.sort, NEWEST.filters, "person 2"),
}


@pytest.mark.parametrize("other", OTHER_LISTS.values(), ids=OTHER_LISTS)
def test_a_cursor_of_another_list_is_refused(other: Listing) -> None:
    cursor = write_cursor(LAST_ROW, NEWEST, KEY)

    with pytest.raises(BadCursor):
        read_cursor(cursor, other, KEY)


def test_a_cursor_signed_with_another_key_is_refused() -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor(LAST_ROW, NEWEST, b"another key"), NEWEST, KEY)


def test_a_cursor_with_any_character_changed_is_refused() -> None:
    cursor = write_cursor([7, ID], NEWEST, KEY)

    for place, character in enumerate(cursor):
        changed = cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(BadCursor):
            read_cursor(changed, NEWEST, KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda cursor: "",
        lambda cursor: ".",
        lambda cursor: cursor.partition(".")[0],
        lambda cursor: cursor + "=",
        lambda cursor: cursor + ".",
        lambda cursor: f" {cursor}",
        lambda cursor: "名",
        lambda cursor: "\ud800",
    ],
)
def test_a_cursor_in_another_form_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(BadCursor):
        read_cursor(change(write_cursor(LAST_ROW, NEWEST, KEY)), NEWEST, KEY)


@pytest.mark.parametrize("value", [None, True, 1.5, b"x"])
def test_a_value_that_is_no_sort_key_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        write_cursor([value], NEWEST, KEY)


projects = Table("projects", MetaData(), Column("price", Numeric(18, 2)), Column("id", Uuid))


@pytest.mark.parametrize(("descending", "sign"), [(True, "<"), (False, ">")])
def test_the_condition_compares_whole_rows_with_the_types_of_the_columns(descending: bool, sign: str) -> None:
    condition = keyset_condition([projects.c.price, projects.c.id], [LAST_ROW[2], ID], descending)

    statement = condition.compile(dialect=cast(Any, asyncpg.dialect)())
    assert str(statement) == f"(projects.price, projects.id) {sign} ($1::NUMERIC(18, 2), $2::UUID)"
    assert list(statement.params.values()) == [LAST_ROW[2], ID]


def test_a_cursor_written_before_the_sort_order_changed_is_refused() -> None:
    with pytest.raises(BadCursor):
        keyset_condition([column("a"), column("b")], [1], descending=True)


class Row(BaseModel):
    id: UUID


def test_a_page_holds_its_items_and_the_next_cursor() -> None:
    page = Page[Row](items=[Row(id=ID)], next="cursor")

    assert page.model_dump(mode="json") == {"items": [{"id": str(ID)}], "next": "cursor"}
    assert Page[Row](items=[]).model_dump(mode="json") == {"items": [], "next": None}


limits = TypeAdapter(Limit)


@pytest.mark.parametrize(("given_limit", "rows"), [("1", 1), ("200", 200), (50, 50), (DEFAULT_LIMIT, 50)])
def test_a_page_has_one_to_two_hundred_rows(given_limit: object, rows: int) -> None:
    assert limits.validate_python(given_limit) == rows


OTHER_LIMITS = [
    "0", "201", "-1", "+1", " 1", "1 ", "1.0", "1e2", "1_0", "１２", "²", "", "0x1", "9" * 10, 0, 201, True, 1.0, None
]  # fmt: skip


@pytest.mark.parametrize("given_limit", OTHER_LIMITS, ids=repr)
def test_another_limit_is_refused(given_limit: object) -> None:
    with pytest.raises(ValidationError) as refused:
        limits.validate_python(given_limit)

    assert [error["type"] for error in refused.value.errors()] == ["limit"]


def test_the_schema_shows_the_limits() -> None:
    assert limits.json_schema() == {"type": "integer", "minimum": 1, "maximum": 200}
