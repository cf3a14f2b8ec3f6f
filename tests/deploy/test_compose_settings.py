"""What a container of docker-compose.yml is given is what its process reads: no less and no more."""

import re
import secrets
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from deploy.cli.main import app
from shared.events import SERVICES
from shared.road.checkpoints import public_key
from tests.deploy.test_compose import ASKED, COMPOSE, OURS, ROOT
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

    named = row.name if row.name == "DATABASE_URL" or not row.secret else f"{row.name}_FILE"  # that one has no password
    given = {name for name, each in OURS.items() if named in each["environment"]}

    if row.compose == "yes":
        assert readers <= given <= readers | also
        assert given
    else:
        assert given == set()


def test_no_environment_holds_a_secret_and_each_container_is_given_the_files_that_it_reads_alone() -> None:
    for name, each in COMPOSE["services"].items():
        environment = {key: str(value) for key, value in each.get("environment", {}).items()}
        files = {key: value for key, value in environment.items() if key.endswith("_FILE")}
        within = {
            file for value in environment.values() for file in re.findall(r"\$\$\{dir:/run/secrets:(\w+)\}", value)
        }

        assert {value.removeprefix("/run/secrets/") for value in files.values()} | within == set(
            each.get("secrets", [])
        ), name
        for key, value in environment.items():
            secret = (key in PAGE and PAGE[key].secret) or re.search(r"PASSWORD|SECRET|TOKEN(?!_TYPES)", key)
            assert not secret or key in files or value == "postgresql://goufu_admin@postgres:5432/goufu", key
            assert not re.search(r"(?:password|user_\w+)=\"(?!\$\$\{dir:)", value), key


@pytest.mark.parametrize("name", OURS)
def test_the_checkpoints_public_key_is_printed_where_the_private_one_is_and_nowhere_else(
    name: str, tmp_path: Path
) -> None:
    """What the operator's page has a worker's container do; `migrate` says where it can be done."""
    secret = secrets.token_bytes(32)
    for file in COMPOSE["secrets"]:
        (tmp_path / file).write_text("postgresql://u:p@h/d" if file.endswith("_URL") else secrets.token_hex(32))
    (tmp_path / "GOUFU_CHECKPOINT_KEY").write_text(b64encode(secret).decode())
    given = {key: ASKED.sub(r"", str(value)) for key, value in OURS[name]["environment"].items()}
    env = {key: value.replace("/run/secrets", str(tmp_path)) for key, value in given.items()}

    printed = CliRunner(env={**dict.fromkeys(PAGE, ""), **env}).invoke(app, ["audit", "key"])

    if name.endswith("-worker"):
        public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
        assert public_key(printed.stdout.strip()) == public, printed.output
    else:
        assert printed.exit_code == 1
        assert "where GOUFU_CHECKPOINT_KEY is set: at a worker" in printed.stderr


def test_a_setting_that_commands_read_reaches_where_they_run_or_they_run_elsewhere() -> None:
    lacking = {
        row.name
        for row in PAGE.values()
        if "command" in row.readers
        and row.compose == "yes"
        and not {row.name, f"{row.name}_FILE"} & OURS["migrate"]["environment"].keys()
    }

    assert lacking == {"GOUFU_CHECKPOINT_KEY"}  # `audit key` runs in a worker's container, see above


def test_every_secret_is_a_file_of_the_one_folder_and_the_page_makes_or_gets_each() -> None:
    told = (ROOT / "docs/operating.md").read_text()
    printed = {f"GOUFU_{service.upper()}_{what}" for service in SERVICES for what in ("URL", "BUS_PASSWORD")}

    for name, each in COMPOSE["secrets"].items():
        assert each == {"file": f"${{GOUFU_SECRETS:-./secrets}}/{name}"}
        assert re.search(rf"\b{name}\b", told) or name in printed, name
