"""In SQL what `fields.places` and `work.identity` say: which rows lie in a place, and which a reader may see."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from shared.fields.places import NATION
from shared.work.identity import Scope


def lies_in(column: sa.ColumnElement[str], area: str | sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """As `within`: the place of the row is the area or lies in it."""
    return sa.func.place_within(column, area, type_=sa.Boolean)


def city_of(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The first code of the row's place."""
    return sa.func.split_part(column, "/", 1, type_=sa.Text)


def seen_by(
    scope: Scope,
    place: sa.ColumnElement[str],
    *owners: sa.ColumnElement[object],
    provider: sa.ColumnElement[object] | None = None,
) -> sa.ColumnElement[bool]:
    """As `Scope.sees`: rows of the reader's organisations where their posts reach, and of the places they oversee."""
    if NATION in scope.oversees:
        return sa.true()
    found = [lies_in(place, area) for area in scope.oversees]
    sides = [*owners, *([] if provider is None else [provider])]
    for post in scope.posts:
        mine = sa.or_(*(side == post.organisation for side in sides))
        found.append(sa.and_(mine, lies_in(place, post.jurisdiction)))
    if provider is not None:
        found.append(provider == _any(post.organisation for post in scope.posts if post.provides))
    return sa.or_(sa.false(), *found)


def _any(ids: Iterable[object]) -> sa.ColumnElement[Any]:
    return sa.any_(sa.literal(list(ids), ARRAY(sa.Uuid)))
