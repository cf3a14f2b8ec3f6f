import pytest

from shared.events import SERVICES
from shared.road.migrations import check
from tests.support.servers import in_database


@pytest.mark.parametrize("service", SERVICES)
async def test_tables_and_migrations_agree(service: str, database_url: str, template: str) -> None:
    await check(in_database(database_url, template), service)
