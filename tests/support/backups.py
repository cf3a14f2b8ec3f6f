"""Backups of services' schemas and their restore, as `pg_dump` and `pg_restore` make them: all at one moment, while
everything works. Sequences are left where they are, which a restore may do."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import asyncpg


@dataclass
class Backup:
    """The rows of every table of some schemas as they stood at one moment, in COPY's binary format."""

    tables: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @classmethod
    async def taken(cls, url: str, services: Sequence[str]) -> Self:
        """What this database holds of these services now."""
        backup = cls()
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                statement = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2"
                for schema, table in await connection.fetch(statement, list(services)):
                    rows = io.BytesIO()
                    await connection.copy_from_table(table, schema_name=schema, output=rows, format="binary")
                    backup.tables[schema, table] = rows.getvalue()
        finally:
            await connection.close()
        return backup

    async def restore(self, url: str, services: Sequence[str]) -> None:
        """Puts these services' tables back; the others keep what they have."""
        mine = {place: rows for place, rows in self.tables.items() if place[0] in services}
        if not mine:
            return
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute("TRUNCATE " + ", ".join(f'"{schema}"."{table}"' for schema, table in mine))
                for (schema, table), rows in mine.items():
                    await connection.copy_to_table(table, schema_name=schema, source=io.BytesIO(rows), format="binary")
        finally:
            await connection.close()
