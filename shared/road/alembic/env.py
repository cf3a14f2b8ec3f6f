"""Alembic's entry, for every service alike: `shared/road/migrations.py` hands over the connection, the metadata and the
table that keeps the revision. The road's line sees its own tables alone, and no constraint that a service adds there.
"""

from typing import Any

from alembic import context

from shared.work.revisions import ROAD, version_table

attributes = context.config.attributes
metadata = attributes["metadata"]
of_road = attributes["version_table"] == version_table(ROAD)


def belongs(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Whether Alembic compares it."""
    if kind == "table":
        return name in metadata.tables if of_road else name != version_table(ROAD)
    return not (of_road and reflected and compare_to is None and kind != "column")


context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table=attributes["version_table"],
    include_object=belongs,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
