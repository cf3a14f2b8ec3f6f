"""What a container of docker-compose.yml is given is what its process reads: no less and no more."""

import pytest

from shared.events import SERVICES
from tests.deploy.test_compose import OURS
from tests.deploy.test_settings import PAGE, Row

READERS = {
    "api": [f"{service}-api" for service in SERVICES],
    "worker": [f"{service}-worker" for service in SERVICES],
    "migrate": ["migrate"],
}


def of_one_service(row: Row) -> str | None:
    return next((service for service in SERVICES if f"_{service.upper()}_" in row.name), None)


@pytest.mark.parametrize("row", PAGE.values(), ids=PAGE)
def test_a_setting_reaches_every_container_that_reads_it_and_no_other(row: Row) -> None:
    readers = {name for reader in row.readers - {"command"} for name in READERS[reader]}
    also = {"migrate"} if "command" in row.readers else set()  # where an operator's commands run
    if service := of_one_service(row):
        readers = {name for name in readers if name.startswith(service)}

    given = {name for name, each in OURS.items() if row.name in each["environment"]}

    if row.compose == "yes":
        assert readers <= given <= readers | also
        assert given
    else:
        assert given == set()
