"""Every setting stands on one page, reaches the containers, and is one sentence when it is wrong."""

import asyncio
import importlib
import re
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.road import _names
from shared.events import SERVICES
from shared.fields.calendar import default_calendar
from shared.law.rulebook import rulebooks
from shared.process.settings import Settings, SettingsError, Told, read
from shared.road.migrations import password_of, service_url
from tests.deploy.test_compose import a_database
from tests.support.sampling import in_turn
from tests.support.servers import administer

ROOT = Path(__file__).resolve().parents[2]
READERS = {"api", "worker", "migrate", "command"}
READ = re.compile(r'(?:environ(?:\.get\(|\[)|getenv\(|from_file\()"(\w+)"')
FROM_LIBRARIES = {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY"}
"""Read by what we use, not by us."""


@dataclass(frozen=True)
class Row:
    """A setting on the page."""

    name: str
    meaning: str
    default: str
    readers: frozenset[str]
    compose: str

    @property
    def secret(self) -> bool:
        return self.meaning.startswith("**Secret")


def page() -> dict[str, Row]:
    lines = re.findall(r"^\| `(\w+)` \|(.*)\|$", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    rows = [Row(name, *_cells(rest)) for name, rest in lines]
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def _cells(rest: str) -> tuple[str, str, frozenset[str], str]:
    meaning, default, readers, compose = (cell.strip() for cell in rest.split(" | "))
    return meaning, default, frozenset(readers.split()), compose


PAGE = page()


def kinds() -> list[type[Told]]:
    """Every class of settings there is."""
    for service in SERVICES:
        if (ROOT / "services" / service / "settings.py").exists():
            importlib.import_module(f"services.{service}.settings")
    return Told.__subclasses__()


def fields() -> dict[str, Any]:
    """Every field of such a class, by its variable."""
    return {
        f"{kind.model_config['env_prefix']}{name}".upper(): field
        for kind in kinds()
        for name, field in kind.model_fields.items()
    }


def options() -> dict[str, Any]:
    """Every option of the `goufu` command that reads a variable, by its name."""
    found: dict[str, Any] = {}
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            names = parameter.envvar or []
            found |= dict.fromkeys([names] if isinstance(names, str) else names, parameter)
    return found


def sources() -> set[str]:
    """Every variable that a line of the program reads itself."""
    files = [path for folder in ("services", "shared", "deploy") for path in (ROOT / folder).rglob("*.py")]
    return {name for path in files for name in READ.findall(path.read_text())}


def test_whatever_a_process_reads_stands_on_the_page_and_nothing_else_does() -> None:
    assert fields().keys() | options().keys() | sources() | FROM_LIBRARIES == PAGE.keys()


def test_no_process_reads_its_environment_in_a_way_that_this_test_does_not_see() -> None:
    seen_here = {
        "shared/process/settings.py",
        "deploy/deployment.py",
        "deploy/launcher.py",
    }  # the last two hand it all on
    others = {
        str(path.relative_to(ROOT))
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\benviron\b(?!\[.*\] =)|getenv|BaseSettings\b", line) and not READ.search(line)
    }

    assert others <= seen_here


def _shown(value: Any) -> str:
    if value in (None, "") or isinstance(value, SecretStr):
        return "—"
    return f"`{value}`"


@pytest.mark.parametrize("name", fields())
def test_the_page_tells_the_default_and_what_is_secret(name: str) -> None:
    field, row = fields()[name], PAGE[name]

    assert _shown(field.get_default(call_default_factory=True)) == row.default
    assert ("Secret" in str(field.annotation) or "Secret" in str(field.metadata)) == row.secret
    assert row.readers <= READERS


# --- a wrong setting


GOOD = {
    "GOUFU_ISSUER": "https://login.city.example",
    "GOUFU_JWKS": "https://login.city.example/keys",
    "GOUFU_CURSOR_KEY": secrets.token_hex(16),
    "GOUFU_ROAD_SECRET": secrets.token_hex(16),
    "GOUFU_BUS": "kafka://kafka:9092",
    "GOUFU_SANDBOX": "0",
}
CANARY = "hunter2"
WRONG = {
    "GOUFU_SERVICE_URL": [f"https://u:{CANARY}@h/d", f"postgresql://u:{CANARY}@x@host/d", f"postgresql://u:{CANARY}/x@h/d",
                          f"postgresql://u:{CANARY}#x@h/d", f"postgresql://u:{CANARY}?x@h/d", CANARY, "postgresql:///d",
                          "postgresql://u:p@h/d?sslmode=zzz", "postgresql://u:p@h/d?sslmode=", "postgresql://u:p@h/d?x=1"],
    "GOUFU_BUS": ["kafka://", CANARY, "rabbit://h:1", "kafka://h:port", "http://kafka:9092", "kafka://h:99999", "kafka://h:0",
                  "kafka://a..b:1", "kafka://[::1]9092", "kafka://[::1", "kafka://h:1,,g:1", "kafka://[::g]:1",
                  f"kafka://u:{CANARY}@h:1", "kafka://u@h:1", "kafka://h:", "kafka://a b:1"],
    "GOUFU_BUS_SECURITY": ["SSH"],
    "GOUFU_BUS_MECHANISM": ["MD5"],
    "GOUFU_BUS_USERS": [CANARY, "[1]", '{"catalog": 1}', '{"catalogue": "x"}', '{"catalog": ""}'],
    "GOUFU_BUS_CA": ["/no/such/file"],
    "GOUFU_BUS_CERT": ["/no/such/file"],
    "GOUFU_BUS_KEY": ["/no/such/file"],
    "GOUFU_BUS_USER": ["somebody-without-a-password"],
    "GOUFU_BUS_PASSWORD": [CANARY],
    "GOUFU_SANDBOX": [CANARY, "2"],
    "GOUFU_ISSUER": [CANARY, "login.city.example", "https://", "https://login city"],
    "GOUFU_AUDIENCE": ["two words"],
    "GOUFU_JWKS": [CANARY, "", "http://login.city.example/keys", "ftp://x/keys", "https:///keys", "https://h:port/k",
                   "/etc", __file__],
    "GOUFU_JWKS_CA": ["/no/such/file", __file__],
    "GOUFU_TOKEN_TYPES": [CANARY, "at+jwt;JWT"],
    "GOUFU_PUBLIC_URL": [CANARY, "ftp://x/", "/a b", "/{service}?x", "https://city.example/{svc}", "//evil/{service}",
                         "https://c:99999/{service}", "https://[::1/{service}"],
    "GOUFU_JWKS_HTTP_HOSTS": ["http://k", "k:80", "a b", "a,,b", "[::1]:80", "[::g]"],
    "GOUFU_PORT": ["x", "-1", "70000", "1.5"],
    "GOUFU_DOCUMENTS": ["", CANARY, "memory://", "s3://bucket", "file://relative", "file:///proc/none"],
    "GOUFU_CURSOR_KEY": [CANARY, ""],
    "GOUFU_ROAD_SECRET": [CANARY, ""],
    "GOUFU_TOPIC_PREFIX": ["two words", "a/b", "x" * 200, "..", ".goufu", "goufu."],
    "GOUFU_CHECKPOINTS": ["/proc/none"],
    "GOUFU_CHECKPOINT_KEY": [CANARY, "AAAA"],
    "GOUFU_POOL": ["abc", "0", "-1", "1e9", "10.5"],
    "GOUFU_LOG_LEVEL": ["verbose", "INFO "],
    "GOUFU_METRICS_PORT": ["abc", "0", "70000"],
    "GOUFU_METRICS_HOST": ["no.such.host.invalid", "a..b"],
    "GOUFU_HOST": ["no.such.host.invalid", "a..b"],
    **{name: ["/no/such", __file__] for name in ("SSL_CERT_FILE",)},
    "SSL_CERT_DIR": ["/no/such", "/etc/ssl/certs:/no/such", str(ROOT)],
    "HTTPS_PROXY": ["http://proxy:port", "ftp://proxy"],
    "GOUFU_RATE": ["abc", "0", "0.009", "1e-320", "-1", "nan", "inf", "1e400", "1e300"],
    "GOUFU_BURST": ["abc", "0", "nan", "inf", "1e400"],
    **{f"GOUFU_{name}": ["abc", "0", "-1", "1.5"] for name in (
        "WAITING_OF_CALLER", "WAITING_TOGETHER", "UPLOADS_AT_ONCE", "UPLOADS_TOGETHER", "UPLOADS_OF_PERSON",
        "UPLOADS_OF_ORGANISATION", "UPLOAD_MIB_OF_PERSON", "UPLOAD_MIB_OF_ORGANISATION")},
    "GOUFU_DRAIN_SECONDS": ["abc", "-1", "nan", "3600"],
    "GOUFU_RULEBOOKS": ["/no/such/folder", __file__],
    "GOUFU_CALENDAR": ["/no/such/folder", __file__],
    "GOUFU_CONTRACTS_TREASURY_URL": [CANARY, "treasury:8080/orders", "ftp://treasury/", "https://"],
    "GOUFU_TENDERING_SEAL_FOR_PROVIDERS": [CANARY, "2"],
}  # fmt: skip
ANYTHING = {
    "GOUFU_BUS_ADMIT": "of migrate alone: tests/shared/test_bus_login.py",
    "GOUFU_CONTRACTS_TREASURY_TOKEN": "any text may be a token",
}
"""What cannot be wrong where a service starts, and why."""


def test_every_setting_of_a_service_is_tried_with_wrong_values() -> None:
    tried = {name for name in PAGE if PAGE[name].readers & {"api", "worker"}} - {"GOUFU_FAULT", "GOUFU_CLOCK_SHIFT"}
    urls = {f"GOUFU_{service.upper()}_URL" for service in SERVICES}

    assert tried - urls == WRONG.keys() - {"GOUFU_SERVICE_URL", "GOUFU_BUS_USERS"} | ANYTHING.keys() - {
        "GOUFU_BUS_ADMIT"
    }
    assert urls <= tried


@in_turn("name,value", [(name, value) for name, values in WRONG.items() for value in values], of=3)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = {"GOUFU_CONTRACTS_TREASURY_URL": "contracts", "GOUFU_TENDERING_SEAL_FOR_PROVIDERS": "tendering"}
    of = service.get(name, "contracts")
    name = name.replace("SERVICE", of.upper())
    given = {
        **GOOD,
        "GOUFU_DOCUMENTS": f"file://{tmp_path}",
        f"GOUFU_{of.upper()}_URL": "postgresql://u:p@127.0.0.1:1/d",
    }
    if name == "GOUFU_METRICS_HOST":
        given["GOUFU_METRICS_PORT"] = "9"
    said = [started(command, of, {**given, name: value}, monkeypatch) for command in ("serve", "work")]

    sentences = [line for line in said if line is not None]
    assert sentences, "both began"
    for sentence in sentences:
        assert name in sentence
        assert CANARY not in sentence.replace(f"; it is {CANARY}", "" if not PAGE[name].secret else CANARY)
        assert "\n" not in sentence.strip()
        assert "Traceback" not in sentence


@pytest.mark.parametrize("sandbox", ["0", "1"])
def test_a_worker_that_would_erase_documents_in_its_memory_alone_begins_in_a_sandbox_only(
    sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**GOOD, "GOUFU_SANDBOX": sandbox, "GOUFU_CONTRACTS_URL": "postgresql://u:p@127.0.0.1:1/d"}

    said = started("work", "contracts", given, monkeypatch)

    assert said is None if sandbox == "1" else "GOUFU_DOCUMENTS" in (said or "")


class _Began(BaseException):
    """All settings were taken."""


def started(command: str, service: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """What the command said when it ended of itself; None when it went on to serve."""

    async def begun(*_: Any, **__: Any) -> None:
        raise _Began

    for module, settled in (("contracts", "contracts_settings"), ("tendering", "tendering_settings")):
        getattr(importlib.import_module(f"services.{module}.settings"), settled).cache_clear()
    rulebooks.cache_clear()
    default_calendar.cache_clear()
    with monkeypatch.context() as patch:
        for variable in PAGE:
            patch.delenv(variable, raising=False)
        patch.setattr("shared.work.database.Database.open", begun)
        patch.setattr("deploy.serve.configure_logs", lambda level: SimpleNamespace(flush=lambda: None))
        patch.delitem(sys.modules, f"services.{service}.worker", raising=False)
        try:
            outcome = CliRunner(env=given).invoke(
                app, [command, service, *(["--port", "0"] if command == "serve" and "GOUFU_PORT" not in given else [])]
            )
        except _Began:
            return None
        finally:
            rulebooks.cache_clear()
            default_calendar.cache_clear()
    assert "process_ended" not in outcome.output
    if isinstance(outcome.exception, SystemExit) and outcome.exit_code == 1:
        return outcome.stderr
    assert isinstance(outcome.exception, SystemExit), repr(outcome.exception)  # uvicorn ends so where it cannot begin
    return None


# --- secrets


@pytest.mark.parametrize("name", [name for name, row in PAGE.items() if row.secret and name in fields()])
def test_a_secret_may_lie_in_a_file_and_not_in_both(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [(kind, field)] = [
        (kind, field)
        for kind in kinds()
        for field in kind.model_fields
        if f"{kind.model_config['env_prefix']}{field}".upper() == name
    ]
    secret = "postgresql://u:p@h/d" if name.endswith("_URL") else "of-a-file"
    (tmp_path / "secret").write_text(f"{secret}\n")
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))

    assert getattr(read(kind), field).get_secret_value() == secret

    monkeypatch.setenv(name, secret)
    with pytest.raises(SettingsError, match=f"{name} or {name}_FILE, not both"):
        read(kind)
    monkeypatch.setenv(name, "")
    monkeypatch.setenv(f"{name}_FILE", "/no/such/file")
    with pytest.raises(SettingsError, match=f"{name}_FILE: No such file"):
        read(kind)


def test_commands_take_the_administrators_secrets_from_files_too(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_database(database_url, "ops_files") as url:
        (tmp_path / "url").write_text(url)
        (tmp_path / "secret").write_text(secrets.token_hex(16))
        files = {"DATABASE_URL_FILE": f"{tmp_path}/url", "GOUFU_ROLE_SECRET_FILE": f"{tmp_path}/secret"}

        migrated = CliRunner(env={**files, "GOUFU_BUS": "postgres"}).invoke(app, ["migrate", "--show-urls"])

        assert migrated.exit_code == 0, migrated.output
        assert migrated.stdout.startswith("GOUFU_CATALOG_URL=postgresql://ops_files_catalog:")


def test_a_password_may_hold_anything_where_it_is_given_apart(database_url: str) -> None:
    awkward = "p@ss/w:rd#1?%25"
    with a_database(database_url, "ops_apart") as url:
        asyncio.run(administer(database_url, f"CREATE ROLE ops_owner SUPERUSER LOGIN PASSWORD '{awkward}'"))
        apart = re.sub(r"//[^@]*@", "//ops_owner@", url)
        both = re.sub(r"//[^@]*@", f"//ops_owner:{awkward}@", url)
        told = {"GOUFU_ROLE_SECRET": secrets.token_hex(16), "GOUFU_BUS": "postgres"}

        whole = CliRunner(env={**told, "DATABASE_URL": both}).invoke(app, ["migrate"])
        good = CliRunner(env={**told, "DATABASE_URL": apart, "DATABASE_PASSWORD": awkward}).invoke(app, ["migrate"])

    assert (whole.exit_code, good.exit_code) == (1, 0), good.output
    assert "DATABASE_URL: it is not postgresql://" in whole.stderr
    assert "DATABASE_PASSWORD" in whole.stderr
    assert awkward not in whole.stderr


def test_every_command_of_the_administrator_takes_address_and_password_apart_from_files(
    database_url: str, tmp_path: Path
) -> None:
    with a_database(database_url, "ops_both") as url:
        asyncio.run(administer(database_url, "CREATE ROLE ops_second SUPERUSER LOGIN PASSWORD 'apart'"))
        given = {
            "DATABASE_URL": re.sub(r"//[^@]*@", "//ops_second@", url),
            "DATABASE_PASSWORD": "apart",
            "GOUFU_ROLE_SECRET": secrets.token_hex(16),
            "GOUFU_ROAD_SECRET": secrets.token_hex(16),
        }
        for name, text in given.items():
            (tmp_path / name).write_text(text)
        runner = CliRunner(env={"GOUFU_BUS": "postgres", **{f"{name}_FILE": f"{tmp_path}/{name}" for name in given}})
        assert runner.invoke(app, ["migrate", "--sandbox"]).exit_code == 0

        said = {
            " ".join(command): runner.invoke(app, command)
            for command in (
                ["audit", "verify"],
                ["clock", "show"],
                ["rebuild-copies", "contracts"],
                ["restore-finish"],
                ["road", "refill", "registry", "--wait", "0"],
            )
        }
        status = runner.invoke(app, ["status"])

    assert {name: result.exit_code for name, result in said.items()} == dict.fromkeys(said, 0), said[
        "audit verify"
    ].output
    assert "copies are not compared" not in said["audit verify"].output
    assert "goufu administrator add" in status.output


@pytest.mark.parametrize("given", ["abc", "x" * 31, ""])
def test_roles_passwords_are_not_derived_from_what_can_be_guessed(given: str) -> None:
    env = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/d", "GOUFU_ROLE_SECRET": given, "GOUFU_SANDBOX": "0"}

    refused = CliRunner(env=env).invoke(app, ["migrate"])

    assert refused.exit_code == 1
    assert "set GOUFU_ROLE_SECRET to a random secret of at least 32 characters" in " ".join(refused.stderr.split())


def test_another_role_secret_is_told_once_and_too_few_connections_each_time(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = ({"GOUFU_ROLE_SECRET": secrets.token_hex(16)} for _ in range(2))

    def said(secret: dict[str, str], **more: str) -> str:
        env = {"DATABASE_URL": own_database, "GOUFU_BUS": "postgres", **secret, **more}
        migrated = CliRunner(env=env).invoke(app, ["migrate"])
        assert migrated.exit_code == 0, migrated.output
        return " ".join(migrated.stderr.split())

    told = [said(first), said(first), said(other), said(other, GOUFU_POOL="100")]

    assert ["GOUFU_ROLE_SECRET is not the one" in each for each in told] == [False, False, True, False]
    assert ["raise max_connections" in each for each in told] == [False, False, False, True]


@pytest.fixture
def own_database(database_url: str) -> Iterator[str]:
    with a_database(database_url, "ops_secret") as url:
        yield url


def test_services_reach_postgres_as_its_administrator_does() -> None:
    admin = "postgresql://admin:p@[fd00::7]:6432/city?sslmode=verify-full&sslrootcert=/ca.pem&password=x"

    url = service_url(admin, "secret", "catalog")

    assert re.sub(r":[0-9a-f]{64}@", ":…@", url) == (
        "postgresql://city_catalog:…@[fd00::7]:6432/city?sslmode=verify-full&sslrootcert=%2Fca.pem"
    )


def test_an_escaped_name_of_the_database_gives_the_roles_that_migrate_makes() -> None:
    admin = "postgresql://admin:p@h/my%2Dcity"

    url = service_url(admin, "secret", "catalog")

    assert url == f"postgresql://my-city_catalog:{password_of('secret', 'my-city_catalog')}@h/my%2Dcity"
    assert _names(Settings(bus="postgres"), admin)["catalog"] == "my-city_catalog"
