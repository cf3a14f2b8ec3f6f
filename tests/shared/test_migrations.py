"""Tables and migrations agree; the tables of the road are nobody's own; tables of an unknown program are left alone."""

import asyncio
import re

import pytest

from shared.events import SERVICES
from shared.road.migrations import check, migrate
from shared.road.tables import service_metadata
from shared.work.revisions import ROAD, TablesUnknown, folder_of, version_table
from tests.deploy.test_compose import a_database
from tests.support.servers import SECRET, administer, in_database

ROAD_TABLES = frozenset(service_metadata().tables)
CHANGES = re.compile(r"op\.(?:create_table|add_column|drop_column|alter_column|drop_table)\(\s*['\"](\w+)")


def changed_by(text: str) -> set[str]:
    """The tables that a migration's way up makes or changes."""
    return set(CHANGES.findall(text.partition("def downgrade")[0]))


@pytest.mark.parametrize("service", SERVICES)
async def test_tables_and_migrations_agree(service: str, database_url: str, template: str) -> None:
    await check(in_database(database_url, template), service)


@pytest.mark.parametrize("line", [*SERVICES, ROAD])
def test_a_service_changes_no_table_of_the_road_nor_the_road_one_of_a_service(line: str) -> None:
    changed = set().union(*(changed_by(path.read_text()) for path in folder_of(line).glob("[0-9]*.py")))

    assert changed
    assert changed <= ROAD_TABLES if line == ROAD else not changed & ROAD_TABLES


def test_a_change_of_a_table_is_seen() -> None:
    assert changed_by('op.add_column(\n        "journal", 1)\ndef downgrade(): op.drop_table("keys")') == {"journal"}


@pytest.mark.parametrize("line", ["contracts", ROAD])
def test_tables_of_a_program_that_is_not_known_are_left_alone(line: str, database_url: str) -> None:
    with a_database(database_url, "of_another") as url:
        asyncio.run(migrate(url, SECRET, sandbox=False))
        asyncio.run(administer(url, f"UPDATE contracts.{version_table(line)} SET version_num = 'of_another'"))

        with pytest.raises(TablesUnknown, match="of_another"):
            asyncio.run(migrate(url, SECRET, sandbox=False))
