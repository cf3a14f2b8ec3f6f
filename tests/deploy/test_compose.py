"""The operators' form: what docker-compose.yml, Dockerfile and gateway say is true of the program they run.

No container is started here; the entry points they name are run directly, with the environment they would get.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import typer
import yaml  # type: ignore[import-untyped]
from typer.testing import CliRunner

from deploy.cli.common import settings
from deploy.cli.main import app
from deploy.local.ports import free_ports
from services.contracts.app import create_app
from services.contracts.settings import ContractsSettings
from services.tendering.settings import TenderingSettings
from shared.bus.access import user_of
from shared.events import SERVICES
from shared.process.settings import Settings, SettingsError
from shared.road.migrations import role_of
from shared.work.database import connections_needed
from tests.support.servers import administer, in_database

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GATEWAY = (ROOT / "deploy/compose/gateway.conf").read_text()
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "goufu:local"}
ASKED = re.compile(r"(?<!\$)\$\{(\w+)(:?[-?+])?([^}]*)\}")


def asked_for() -> dict[str, str]:
    """Every variable the file asks its operator for, with what follows its name: `:?why`, `:-default` or `-`."""
    text = (ROOT / "docker-compose.yml").read_text()
    return {name: f"{kind}{rest}" for name, kind, rest in ASKED.findall(text)}


@pytest.mark.parametrize("name", OURS)
def test_what_a_container_runs_is_a_command(name: str) -> None:
    command = [str(word) for word in OURS[name]["command"]]

    result = CliRunner().invoke(app, [*command, "--help"])

    assert result.exit_code == 0, result.output
    assert len(command) == 1 or command[1] in SERVICES


def test_every_service_has_an_api_a_worker_and_a_way_through_the_gateway() -> None:
    commands = {tuple(each["command"][:2]) for each in OURS.values()}

    assert commands == {("migrate",)} | {(verb, service) for service in SERVICES for verb in ("serve", "work")}
    for service in SERVICES:
        port = OURS[f"{service}-api"]["command"][3]
        assert f"upstream {service} {{ zone {service} 64k; server {service}-api:{port} resolve;" in GATEWAY
        assert f"location /{service}/v1/ {{ proxy_pass http://{service}/v1/; }}" in GATEWAY
    assert "depends_on" not in COMPOSE["services"]["gateway"]  # else an upgrade of an API replaced it too


def test_the_gateway_file_is_well_formed() -> None:
    without_strings = re.sub(r"'[^']*'|\"[^\"]*\"|#[^\n]*", "", GATEWAY)
    statements = re.split(r"[{};]", without_strings)

    assert without_strings.count("{") == without_strings.count("}")
    assert all("\n" not in statement.strip() for statement in statements)


def test_every_variable_a_container_gets_is_one_that_is_read() -> None:
    fields = {f"GOUFU_{name.upper()}" for name in Settings.model_fields}
    fields |= {f"GOUFU_TENDERING_{name.upper()}" for name in TenderingSettings.model_fields}
    fields |= {f"GOUFU_CONTRACTS_{name.upper()}" for name in ContractsSettings.model_fields}
    fields |= {"GOUFU_RULEBOOKS", "GOUFU_CALENDAR"}

    given = {variable.removesuffix("_FILE") for each in OURS.values() for variable in each["environment"]}

    assert given <= fields | _command_variables() | {"DATABASE_PASSWORD"}


def test_a_process_gets_the_address_of_its_own_service_alone() -> None:
    addresses = {f"GOUFU_{service.upper()}_URL" for service in SERVICES} | {"POSTGRES_PASSWORD", "GOUFU_ROLE_SECRET"}

    for service in SERVICES:
        for part in ("api", "worker"):
            given = addresses & set(OURS[f"{service}-{part}"]["secrets"])
            assert given == {f"GOUFU_{service.upper()}_URL"}


def test_a_worker_gets_the_login_of_its_own_service_alone_and_an_api_none() -> None:
    for service in SERVICES:
        given = OURS[f"{service}-worker"]["environment"]
        assert given["GOUFU_BUS_USER"] == user_of(service, Settings().topic_prefix)
        assert given["GOUFU_BUS_PASSWORD_FILE"] == f"/run/secrets/GOUFU_{service.upper()}_BUS_PASSWORD"
        assert [key for key in given if "BUS_PASSWORD" in key] == ["GOUFU_BUS_PASSWORD_FILE"]
        assert [key for key in OURS[f"{service}-api"]["environment"] if key.startswith("GOUFU_BUS")] == []


def test_what_only_those_need_who_are_called_no_worker_is_given() -> None:
    for service in SERVICES:
        api, worker = (OURS[f"{service}-{part}"]["environment"].keys() for part in ("api", "worker"))
        assert {"GOUFU_CURSOR_KEY_FILE", "GOUFU_ISSUER", "GOUFU_JWKS"} <= api
        assert not {"GOUFU_CURSOR_KEY_FILE", "GOUFU_ISSUER", "GOUFU_JWKS"} & worker
        assert not {"GOUFU_ROAD_SECRET_FILE", "GOUFU_CHECKPOINT_KEY_FILE"} & api


def test_two_replicas_of_everything_find_a_connection_each() -> None:
    [allowed] = re.findall(r"max_connections=\$\{\w+:-(\d+)\}", " ".join(COMPOSE["services"]["postgres"]["command"]))

    assert connections_needed(Settings().pool) <= int(allowed)


def test_one_service_builds_the_image_and_no_other_builds_it_again() -> None:
    assert [name for name, each in COMPOSE["services"].items() if "build" in each] == ["migrate"]


def test_no_container_can_take_the_machine() -> None:
    for name, each in COMPOSE["services"].items():
        assert each["mem_limit"], name
        assert each["pids_limit"], name
        assert each["logging"]["options"].keys() == {"max-size", "max-file"}, name


def test_no_check_of_health_starts_an_interpreter() -> None:
    checks = {name: each["healthcheck"]["test"][1] for name, each in COMPOSE["services"].items() if name != "migrate"}

    assert set(checks.values()) <= {"bash", "pg_isready", "curl"}


def test_the_gateway_is_open_to_this_machine_alone_unless_the_operator_says_otherwise() -> None:
    assert COMPOSE["services"]["gateway"]["ports"] == [
        "${GOUFU_GATEWAY_ADDRESS:-127.0.0.1}:${GOUFU_GATEWAY_PORT:-8080}:8080"
    ]


def test_what_an_operator_writes_into_env_stays_out_of_git() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()

    assert {".env", "/secrets/"} <= set(ignored)


def test_the_example_names_everything_an_operator_sets_and_gives_no_value() -> None:
    lines = re.findall(r"^(?:# )?(\w+)=(.*)$", (ROOT / "deploy/compose/env.example").read_text(), re.MULTILINE)

    assert {name for name, _ in lines} == asked_for().keys()
    assert {value for _, value in lines} == {""}


def test_containers_are_not_more_powerful_than_they_need() -> None:
    for name, each in OURS.items():
        assert each["read_only"], name
        assert each["cap_drop"] == ["ALL"], name
        assert "ports" not in each, name
    assert [name for name, each in COMPOSE["services"].items() if "ports" in each] == ["gateway"]


def test_what_the_dockerfile_copies_is_there_and_it_runs_our_program_as_a_plain_user() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = [words.split() for words in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)]
    layers = re.findall(r"^COPY --from=(\w+)", dockerfile, re.MULTILINE)
    kept = (ROOT / "deploy/Dockerfile.dockerignore").read_text()

    for *sources, _ in copied:
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"\n!{source}\n" in kept, source
    assert re.search(r'^ENTRYPOINT \["(\w+)"\]$', dockerfile, re.MULTILINE).group(1) in project["scripts"]  # type: ignore[union-attr]
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["goufu"]
    assert layers == ["dependencies", "program"]  # so that a changed line is a small layer


@pytest.mark.long
def test_the_wheel_holds_every_file_the_program_reads(tmp_path: Path) -> None:
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    source.mkdir()
    for folder in ("services", "shared", "deploy"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", source)

    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(wheels),
        ".",
    ]
    subprocess.run(build, cwd=source, check=True, timeout=120)

    with zipfile.ZipFile(next(wheels.glob("goufu-*.whl"))) as wheel:
        packed = set(wheel.namelist())
    wanted = {
        str(path.relative_to(source))
        for folder in ("services", "shared", "deploy")
        for path in (source / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".sql", ".csv", ".mako", ".json", ".xml"} and "compose" not in path.parts
    }
    assert len(wanted) > 100
    assert wanted - packed == set()


@pytest.mark.long
def test_two_migrations_at_once_and_a_third_after_them_all_succeed(database_url: str) -> None:
    with a_database(database_url, "ops_twice") as url:
        both = [_start(["migrate"], _migrating(url)) for _ in range(2)]
        outcomes = [process.communicate(timeout=120)[1].decode() for process in both]
        again = _start(["migrate", "--show-urls"], _migrating(url))
        shown, said = (text.decode() for text in again.communicate(timeout=120))

        assert [process.returncode for process in (*both, again)] == [0, 0, 0], (outcomes, said)
        lines = [line.split("=", 1) for line in shown.splitlines()]
        assert [name for name, _ in lines] == [f"GOUFU_{service.upper()}_URL" for service in SERVICES]
        for (_, address), service in zip(lines, SERVICES, strict=True):
            assert _ask(address, f"SELECT count(*) FROM {service}.journal") == 0


def test_who_may_not_create_roles_is_given_the_sql_to_run(database_url: str) -> None:
    with a_database(database_url, "ops_roleless") as url:
        owner = _plain_owner(database_url, url)

        refused = CliRunner().invoke(app, ["migrate"], env=_migrating(owner))
        assert refused.exit_code == 1
        assert [line.split()[:2] for line in refused.stdout.splitlines()] == [["CREATE", "ROLE"]] * len(SERVICES)
        assert "此用户无权创建角色" in refused.stderr

        asyncio.run(administer(url, refused.stdout))
        accepted = CliRunner().invoke(app, ["migrate"], env=_migrating(owner))
        assert accepted.exit_code == 0, accepted.output


def test_an_api_and_a_worker_run_on_what_compose_gives_them_and_end_when_told(
    database_url: str, tmp_path: Path
) -> None:
    with a_database(database_url, "ops_compose") as url:
        migrated = CliRunner().invoke(app, ["migrate", "--show-urls"], env=_migrating(url))
        addresses = dict(line.split("=", 1) for line in migrated.stdout.splitlines())
        [api_port, *metrics_ports] = free_ports(3)
        changed = {"GOUFU_BUS": "postgres", "GOUFU_DOCUMENTS": f"file://{tmp_path}/documents"}
        shown = [{"GOUFU_METRICS_PORT": str(port)} for port in metrics_ports]
        api = _container("contracts-api", addresses) | changed | shown[0]
        worker = _container("contracts-worker", addresses) | changed | shown[1]

        processes = [
            _start([*OURS["contracts-api"]["command"][:3], str(api_port)], api),
            _start(OURS["contracts-worker"]["command"], worker),
        ]
        try:
            assert _answer(f"http://127.0.0.1:{api_port}/readyz", processes[0]).json() == {"status": "ready"}
            for port, process in zip(metrics_ports, processes, strict=True):
                assert "goufu_held_events" in _answer(f"http://127.0.0.1:{port}/metrics", process).text
        finally:
            told = time.monotonic()
            for process in processes:
                process.send_signal(signal.SIGTERM)
            said = [process.communicate(timeout=30)[1].decode() for process in processes]

        assert [process.returncode for process in processes] == [0, 0], said
        assert time.monotonic() - told <= 10
        assert "Traceback" not in "".join(said)


def test_a_process_without_a_setting_says_which() -> None:
    environment = _container("contracts-api", {"GOUFU_CONTRACTS_URL": "postgresql://x@127.0.0.1:1/x"})
    missing = {
        "GOUFU_CONTRACTS_URL": "set GOUFU_CONTRACTS_URL to the service's connection string",
        "GOUFU_ISSUER": "set GOUFU_ISSUER and GOUFU_JWKS",
        "GOUFU_CURSOR_KEY": "set GOUFU_CURSOR_KEY to a random secret",
    }

    processes = [_start(OURS["contracts-api"]["command"], environment | {name: ""}) for name in missing]
    said = [process.communicate(timeout=60)[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [1, 1, 1]
    for told, expected in zip(said, missing.values(), strict=True):
        assert expected in " ".join(told.split())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GOUFU_POOL", "hunter2", "GOUFU_POOL: Input should be a valid integer"),
        ("GOUFU_LOG_LEVEL", "hunter2", "GOUFU_LOG_LEVEL: Input should be 'debug', 'info'"),
        ("GOUFU_SANDBOX", "hunter2", "GOUFU_SANDBOX: Input should be a valid boolean"),
        ("GOUFU_TOKEN_TYPES", "hunter2", "GOUFU_TOKEN_TYPES is a list of at+jwt and JWT"),
        ("GOUFU_JWKS", "", "set GOUFU_ISSUER and GOUFU_JWKS"),
        ("GOUFU_JWKS", "http://hunter2@keycloak:8080/keys", "GOUFU_JWKS names keycloak over plain http"),
        ("GOUFU_JWKS", "https:///hunter2", "GOUFU_JWKS is no address"),
        ("GOUFU_CURSOR_KEY", "hunter2", "set GOUFU_CURSOR_KEY to a random secret"),
    ],
)
def test_a_setting_that_will_not_do_is_named_in_a_sentence_which_shows_no_secret(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = {"GOUFU_CONTRACTS_URL": "postgresql://x@127.0.0.1:1/x"}
    for each, given in {**_container("contracts-api", address), "GOUFU_SANDBOX": "0", name: value}.items():
        monkeypatch.setenv(each, given)

    with pytest.raises(SettingsError) as told:
        create_app(settings())

    assert says in str(told.value)
    assert "hunter2" not in str(told.value).replace("; it is hunter2", "")


def test_a_host_of_the_private_network_gives_its_keys_over_plain_http_once_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = _container("contracts-api", {"GOUFU_CONTRACTS_URL": "postgresql://x@127.0.0.1:1/x"})
    given |= {"GOUFU_JWKS": "http://keycloak:8080/keys", "GOUFU_JWKS_HTTP_HOSTS": "login, keycloak"}
    for each, value in given.items():
        monkeypatch.setenv(each, value)

    assert create_app(settings()).title


def _command_variables() -> set[str]:
    """Every environment variable an option of the `goufu` command reads."""
    found: set[str] = set()
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            names = parameter.envvar or []
            found |= {names} if isinstance(names, str) else set(names)
    return found


@contextmanager
def a_database(database_url: str, name: str) -> Iterator[str]:
    """An empty database with its roles removed afterwards."""
    asyncio.run(administer(database_url, f'CREATE DATABASE "{name}"'))
    try:
        yield in_database(database_url, name)
    finally:
        asyncio.run(administer(database_url, f'DROP DATABASE "{name}" WITH (FORCE)'))
        for service in SERVICES:
            asyncio.run(administer(database_url, f'DROP ROLE IF EXISTS "{role_of(name, service)}"'))
        asyncio.run(administer(database_url, "DROP ROLE IF EXISTS ops_owner"))


def _plain_owner(database_url: str, url: str) -> str:
    """Connection string of the database's owner, who may create no roles."""
    database = url.rsplit("/", 1)[1]
    statement = f"CREATE ROLE ops_owner LOGIN PASSWORD 'ops'; ALTER DATABASE \"{database}\" OWNER TO ops_owner"
    for each in statement.split("; "):
        asyncio.run(administer(database_url, each))
    return re.sub(r"//[^@]*@", "//ops_owner:ops@", url)


def _ask(url: str, question: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _migrating(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "GOUFU_ROLE_SECRET": "only-for-this-test-and-nowhere-else", "GOUFU_BUS": "postgres"}


def _container(name: str, addresses: dict[str, str]) -> dict[str, str]:
    """The environment of a container, with the operator's answers in place."""
    answers = {
        "GOUFU_ISSUER": "https://login.city.example",
        "GOUFU_JWKS": "https://login.city.example/keys",
        "GOUFU_CURSOR_KEY": "0123456789abcdef0123456789abcdef",
        "GOUFU_ROAD_SECRET": "fedcba9876543210fedcba9876543210",
        **addresses,
    }
    given = OURS[name]["environment"]

    def answered(found: re.Match[str]) -> str:
        return answers.get(found[1], {":-": found[3], "-": "", ":+": ""}.get(found[2], "goufu"))

    mounts = [volume.rsplit(":", 2) for volume in OURS[name]["volumes"] if volume.endswith(":ro")]
    there = {target: str(ROOT / ASKED.sub(answered, source)) for source, target, _ in mounts}
    values = {key: ASKED.sub(answered, str(value)) for key, value in given.items() if not key.endswith("_FILE")}
    for key, file in given.items():
        if key.endswith("_FILE") and (secret := answers.get(file.removeprefix("/run/secrets/"))):
            values[key.removesuffix("_FILE")] = secret
    return {key: there.get(value, value) for key, value in values.items()}


def _start(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.cli.main", *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _answer(address: str, process: "subprocess.Popen[bytes]") -> httpx.Response:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            answer = httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            return answer
    process.kill()
    raise AssertionError(process.communicate()[1].decode()[-2000:])
