"""The hash of a row outlives the columns that its table had when it was made."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared.work.facts import Facts

ROWS = sa.Table(
    "rows", sa.MetaData(), sa.Column("id", sa.Uuid), sa.Column("state", sa.Text), sa.Column("proxy", sa.Text)
)
ROW: dict[str, Any] = {"id": UUID(int=7), "state": "open"}


@pytest.mark.parametrize(
    ("row", "same"),
    [
        (ROW | {"proxy": None}, True),
        (ROW | {"proxy": ""}, False),
        (ROW | {"proxy": "somebody"}, False),
        (ROW | {"state": None}, False),
    ],
    ids=["an old row", "given as empty text", "given", "another column emptied"],
)
def test_a_column_that_came_later_counts_from_the_first_row_that_has_it(row: dict[str, Any], same: bool) -> None:
    before, after = Facts(ROWS, "id", "state"), Facts(ROWS, "id", "state", later=("proxy",))

    assert (after(row) == before(ROW)) is same
