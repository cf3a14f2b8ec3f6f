"""The operator's commands: audit, clock, trace, held, rebuild-copies, token, and the deployment that `up` holds."""

import asyncio
import base64
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import typer
from alembic.command import downgrade
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import capture_logs
from typer.testing import CliRunner

from deploy.cli import common
from deploy.cli.main import app
from deploy.local.ports import free_ports
from deploy.serve import api
from shared.errands.dispatches import dispatch
from shared.events import SERVICES
from shared.events.registry import AccountLinked
from shared.process.settings import SettingsError
from shared.road import migrations
from shared.road.checkpoints import Checkpoint
from shared.web.issuer import ISSUER
from tests.support.examples import a_payment_line, a_signed_contract, an_evaluation
from tests.support.roads import a_road
from tests.support.servers import administer, clone, drop, in_database
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("DATABASE_URL", "GOUFU_API", "GOUFU_TOKEN", *(f"GOUFU_{service.upper()}_URL" for service in SERVICES))
NOTHING = dict.fromkeys(NAMES, "")


@pytest.fixture(autouse=True)
def nothing_is_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `goufu up` of the developer's own is not what these tests are about."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def goufu(*arguments: str, **environment: str) -> Any:
    """The command, in a thread because it runs a loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments, env={**NOTHING, **environment}))


def test_every_command_says_what_it_does() -> None:
    waiting: list[tuple[str, Any]] = [("goufu", typer.main.get_command(app))]

    for name, command in waiting:
        assert command.help, name
        waiting += [(f"{name} {each}", command.commands[each]) for each in getattr(command, "commands", {})]

    assert len(waiting) > 15


async def test_a_whole_record_verifies_and_an_altered_one_names_its_position(world: World) -> None:
    contract = await a_signed_contract(world)
    for _ in range(5):
        await world.emit("evaluation", an_evaluation(contract, None, score="85", grade="fair"))
    await world.pump()
    await world.admin.execute("UPDATE contracts.keys SET version = 0")  # a key given without an entry

    whole = await goufu("audit", "verify", "--no-rows", DATABASE_URL=world.admin_url)
    own_role = world.settings.url("evaluation")
    by_role = await goufu("audit", "verify", "--no-rows", "--service", "evaluation", GOUFU_EVALUATION_URL=own_role)
    await world.admin.execute(
        "UPDATE evaluation.journal SET entry = replace(entry, '85', '95')"
        " WHERE id = (SELECT entry FROM evaluation.ledger WHERE position = 3)"
    )
    altered = await goufu("audit", "verify", "--no-rows", DATABASE_URL=world.admin_url)
    await world.admin.execute("UPDATE evaluation.journal SET entry = replace(entry, '95', '85')")

    assert (whole.exit_code, by_role.exit_code, altered.exit_code) == (0, 0, 1), whole.output
    assert re.search(
        r"^evaluation +whole 完整 +(\d+) positions +\d+ entries/s +evaluation:\1:[0-9a-f]{64}$", whole.stdout, re.M
    )
    assert by_role.stdout.split()[-1] in whole.stdout
    assert re.search(r"^evaluation +BROKEN 断裂 at position 3: ", altered.stdout, re.M)
    assert re.search(r"^contracts +whole", altered.stdout, re.M)
    assert "compare with a backup" in altered.stderr


async def test_a_tail_cut_off_is_found_by_a_hash_kept_elsewhere(world: World, tmp_path: Path) -> None:
    for _ in range(3):
        await world.emit("registry", an_account())
    await world.pump()
    verify = ("audit", "verify", "--no-rows", "--service", "registry")
    kept = (await goufu(*verify, DATABASE_URL=world.admin_url)).stdout.split()[-1]
    position = int(kept.split(":")[1])
    signed = Checkpoint("registry", "", position, kept.split(":")[2], "noon").signed(
        Ed25519PrivateKey.from_private_bytes(bytes(32))
    )
    (tmp_path / "registry.jsonl").write_bytes(signed + b"\n")
    key = {"GOUFU_CHECKPOINT_KEY": base64.b64encode(bytes(32)).decode()}
    public = (await goufu("audit", "key", **key)).stdout.strip()
    folder = ("--checkpoints", str(tmp_path), "--key", public)
    exported = ("audit", "verify-file", "registry", str(tmp_path / "exported"), *folder)
    await goufu("audit", "export", "registry", str(tmp_path / "exported"), DATABASE_URL=world.admin_url)
    still = [await goufu(*verify, *folder, DATABASE_URL=world.admin_url), await goufu(*exported)]

    await world.admin.execute(
        "DELETE FROM registry.journal WHERE id = (SELECT entry FROM registry.ledger ORDER BY position DESC LIMIT 1);"
        "DELETE FROM registry.ledger WHERE position = (SELECT max(position) FROM registry.ledger);"
        "UPDATE registry.keys SET version = 0 WHERE key NOT IN (SELECT key FROM registry.journal)"
    )
    await goufu("audit", "export", "registry", str(tmp_path / "exported"), DATABASE_URL=world.admin_url)

    alone = await goufu(*verify, DATABASE_URL=world.admin_url)
    compared = [
        await goufu(*verify, "--checkpoint", kept, DATABASE_URL=world.admin_url),
        await goufu(*verify, *folder, DATABASE_URL=world.admin_url),
        await goufu(*exported),
    ]

    assert [each.exit_code for each in still] == [0, 0], still[0].output + still[1].output
    assert alone.exit_code == 0, alone.output
    assert [each.exit_code for each in compared] == [1, 1, 1]
    for each in compared:
        assert f"position {position}: the end is missing, the checkpoint of" in each.output


@pytest.fixture
async def sandbox(database_url: str, template: str) -> AsyncIterator[str]:
    """A sandbox nobody has used."""
    name = f"ops_{secrets.token_hex(3)}"
    yield await clone(database_url, template, name)
    await drop(database_url, name)


async def test_the_clock_of_a_sandbox_moves_forward_only(sandbox: str) -> None:
    begun = await goufu("clock", "advance", "--to", "2022-03-01", DATABASE_URL=sandbox)
    forward = await goufu("clock", "advance", "--to", "2022-04-05T16:30", DATABASE_URL=sandbox)
    back = await goufu("clock", "advance", "--to", "2022-04-05", DATABASE_URL=sandbox)
    shown = await goufu("clock", "show", DATABASE_URL=sandbox)

    assert [each.exit_code for each in (begun, forward, back, shown)] == [0, 0, 1, 0], begun.output
    assert begun.stdout.startswith("sandbox 沙盒 2022-03-01 09:00:00")
    assert "moves forward only" in back.stderr
    assert shown.stdout.startswith("sandbox 沙盒 2022-04-05 16:30")


async def test_a_clock_that_is_moved_under_records_leaves_an_entry(sandbox: str) -> None:
    await goufu("clock", "advance", "--to", "2022-03-01", DATABASE_URL=sandbox)
    await administer(
        sandbox,
        "INSERT INTO contracts.journal (id, kind, type, audience, correlation, recorded_at, entry)"
        " VALUES (gen_random_uuid(), 'refusal', 'x', 'internal', gen_random_uuid(), clock.now(), '{}')",
    )

    moved = await goufu("clock", "advance", "--to", "2022-03-02", DATABASE_URL=sandbox)

    assert moved.exit_code == 0, moved.output
    assert await told(sandbox, "clock_moved") == [{"was": "2022-03-01T09:00"}]


async def test_a_migration_under_records_leaves_an_entry(sandbox: str, template: str) -> None:
    await administer(
        sandbox,
        "INSERT INTO contracts.journal (id, kind, type, audience, correlation, recorded_at, entry)"
        " VALUES (gen_random_uuid(), 'refusal', 'x', 'internal', gen_random_uuid(), clock.now(), '{}')",
    )
    await migrations._with_alembic(sandbox, "contracts", "contracts", lambda config: downgrade(config, "-1"))

    for _ in range(2):
        await migrations.migrate(sandbox, "secret", sandbox=True)

    assert len(await told(sandbox, "database_migrated")) == 1


async def told(url: str, name: str) -> list[dict[str, str]]:
    """What contracts' journal tells of acts of that name."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT entry::jsonb -> 'event' ->> 'was' AS was FROM contracts.journal WHERE type = $1",
            f"goufu.contracts.{name}.v1",
        )
        return [{"was": (row["was"] or "")[:16]} for row in rows]
    finally:
        await connection.close()


async def test_a_sandbox_that_has_recorded_something_does_not_begin_earlier(sandbox: str) -> None:
    await administer(
        sandbox,
        "INSERT INTO contracts.journal (id, kind, type, audience, correlation, recorded_at, entry)"
        " VALUES (gen_random_uuid(), 'refusal', 'x', 'internal', gen_random_uuid(), now(), '{}')",
    )

    back = await goufu("clock", "advance", "--to", "2022-03-01", DATABASE_URL=sandbox)

    assert (back.exit_code, "moves forward only" in back.stderr) == (1, True)


async def test_a_database_without_a_sandbox_has_no_clock_to_move(database_url: str) -> None:
    name = f"ops_{secrets.token_hex(3)}"
    await administer(database_url, f'CREATE DATABASE "{name}"')

    refused = await goufu("clock", "advance", "--to", "2099-01-01", DATABASE_URL=in_database(database_url, name))
    await drop(database_url, name)

    assert refused.exit_code == 1
    assert "cannot be moved 非沙盒数据库" in refused.stderr


@pytest.fixture(scope="module")
async def addresses(world: World) -> AsyncIterator[Mapping[str, str]]:
    """Contracts and evaluation of this world, listening."""
    ports = dict(zip(("contracts", "evaluation"), free_ports(2), strict=True))
    servers = [api(service, world.settings, "127.0.0.1", port) for service, port in ports.items()]
    serving = [asyncio.create_task(server.serve()) for server in servers]
    while not all(server.started for server in servers):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    with capture_logs():  # the servers' lines are not the command's
        yield {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving)


def named(addresses: Mapping[str, str]) -> list[str]:
    return [word for service, address in addresses.items() for word in ("--api", f"{service}={address}")]


async def test_a_trace_shows_across_services_what_a_request_caused(world: World, addresses: Mapping[str, str]) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    for act, body in (("request", {}), ("approve", None)):
        person = await world.person(act, duties={f"{act}_payment"})
        (await person.post("contracts", f"/v1/payment-lines/{line}/{act}", body)).ok()
    await world.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))
    await world.pump()
    [row] = await world.rows("SELECT correlation FROM evaluation.journal WHERE key = $1", contract["key"])
    auditor = await world.person("auditor", duties={"audit"})

    seen = await goufu("trace", str(row["correlation"]), *named(addresses), GOUFU_TOKEN=auditor.token)
    unknown = await goufu("trace", str(uuid4()), *named(addresses), GOUFU_TOKEN=auditor.token)

    steps = [line.split()[2:4] for line in seen.stdout.splitlines()]
    assert seen.exit_code == 0, seen.output
    assert steps[:2] == [["evaluation", "evaluation_concluded.v1"], ["contracts", "payment_released.v1"]]
    assert (unknown.exit_code, unknown.stdout) == (1, "")


async def test_a_trace_that_a_service_did_not_answer_says_so(world: World, addresses: Mapping[str, str]) -> None:
    refused = await goufu("trace", str(uuid4()), *named(addresses), GOUFU_TOKEN="nobody's")
    [port] = free_ports(1)
    gone = await goufu("trace", str(uuid4()), "--api", f"http://127.0.0.1:{port}", GOUFU_TOKEN="nobody's")

    assert (refused.exit_code, gone.exit_code) == (1, 1)
    assert "contracts: 401" in refused.stderr
    assert "API 接口" in gone.stderr
    assert "Traceback" not in gone.output


async def test_an_operator_sees_what_rests_and_has_it_tried_again(world: World, addresses: Mapping[str, str]) -> None:
    event = uuid4()
    held = {"event": event, "source": "evaluation", "key": uuid4(), "version": 1, "type": "goufu.x.v1"}
    rest = {"state": "parked", "reason": "ValueError: duties", "value": b"{}", "held_at": datetime.now(UTC)}
    await world.insert("contracts", "held", {**held, **rest})
    operator = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    clerk = await world.person("clerk", duties={"audit"})

    listed = await goufu("held", "list", "--service", "contracts", *named(addresses), GOUFU_TOKEN=operator.token)
    forbidden = await goufu("held", "list", *named(addresses), GOUFU_TOKEN=clerk.token)
    tried = await goufu("held", "replay", "contracts", str(event), *named(addresses), GOUFU_TOKEN=operator.token)
    again = await goufu("held", "replay", "contracts", str(uuid4()), *named(addresses), GOUFU_TOKEN=operator.token)
    await world.admin.execute("DELETE FROM contracts.held WHERE event = $1", event)
    none = await goufu("held", "list", "--service", "contracts", *named(addresses), GOUFU_TOKEN=operator.token)

    assert listed.stdout.startswith(f"contracts   {event} parked  goufu.x.v1 v1 of {held['key']}"), listed.output
    assert (forbidden.exit_code, "needs the duty `operate`" in forbidden.stderr) == (1, True)
    assert (tried.exit_code, tried.stdout.split()[1]) == (0, "waits:")
    assert (again.exit_code, "no event of that id" in again.stderr) == (1, True)
    assert none.stdout == "nothing rests 没有搁置的事件\n"


async def test_operators_see_what_was_not_taken_and_cancel_it_by_two(
    world: World, addresses: Mapping[str, str]
) -> None:
    key, database = f"payment/{uuid4()}/1", world.services["contracts"]
    async with database.database.system_transaction(database.writer) as tx:
        await dispatch(tx, key, "a bureau", {})
    one, two = [await world.person("operator", duties={"operate"}, jurisdiction="000000") for _ in range(2)]
    act = ("dispatches", "cancel", "contracts", key, "--reason", "paid on paper", *named(addresses))

    listed = await goufu("dispatches", "list", *named(addresses), GOUFU_TOKEN=one.token)
    asked = await goufu(*act, GOUFU_TOKEN=one.token)
    done = await goufu(*act, GOUFU_TOKEN=two.token)
    again = await goufu(*act, GOUFU_TOKEN=two.token)
    await world.admin.execute("DELETE FROM contracts.dispatches WHERE business_key = $1", key)
    unknown = await goufu(*act, GOUFU_TOKEN=two.token)

    assert re.search(rf"^contracts +[0-9a-f-]+ waiting +{key} .* tried 0 .*: not tried yet$", listed.stdout, re.M)
    assert asked.stdout.startswith(f"{key} cancel_asked: another operator"), asked.output
    assert done.stdout.startswith(f"{key} cancelled: it is sent no more"), done.output
    assert (again.exit_code, "it is cancelled, must be waiting" in again.stderr) == (1, True)
    assert (unknown.exit_code, "no errand of that id or key" in unknown.stderr) == (1, True)


async def test_a_copy_is_rebuilt_by_command(database_url: str, template: str) -> None:
    async with a_road(database_url, template, "postgres") as road:
        person, post = await road.a_person()
        await road.arrived(person)
        given = {
            "DATABASE_URL": road.admin_url,
            "GOUFU_BUS": "postgres",
            "GOUFU_TOPIC_PREFIX": road.settings.topic_prefix,
        }
        await road.admin.execute("DELETE FROM contracts.posts WHERE id = $1", post)

        repaired = await goufu("rebuild-copies", "contracts", "posts", **given)
        equal = await goufu("rebuild-copies", "contracts", "posts", **given)
        unknown = await goufu("rebuild-copies", "contracts", "payments", **given)

        assert "rows 0 -> 1   put right 已修复 (1 restored, 0 corrected, 0 removed)" in repaired.stdout, repaired.output
        assert "rows 1 -> 1   equal 一致" in equal.stdout
        assert (unknown.exit_code, "has no copy payments" in unknown.output) == (2, True)
        assert await road.admin.fetchval("SELECT count(*) FROM contracts.posts WHERE id = $1", post) == 1


@pytest.mark.parametrize(
    ("given", "port", "contracts"),
    [
        (["http://gate.example:8080/"], 0, "http://gate.example:8080/contracts"),
        (["contracts=http://a.example:1", "registry=http://b.example:2"], 0, "http://a.example:1"),
        ([], 8000, "http://127.0.0.1:8003"),
    ],
)
def test_apis_are_found_behind_a_gateway_by_name_or_by_port(given: list[str], port: int, contracts: str) -> None:
    assert common.apis(given, port)["contracts"] == contracts


@pytest.mark.parametrize("given", [[], ["nix=http://a.example"], ["http://a.example", "contracts=http://b.example"]])
def test_apis_that_are_not_named_are_asked_for(given: list[str]) -> None:
    with pytest.raises(SettingsError, match="--api"):
        common.apis(given, 0)


@pytest.mark.parametrize(
    "command",
    [
        ["audit", "verify"],
        ["clock", "show"],
        ["held", "list"],
        ["trace", str(uuid4())],
        ["rebuild-copies", "contracts"],
    ],
)
async def test_a_command_without_a_place_to_act_says_what_to_set(command: list[str]) -> None:
    result = await goufu(*command)

    assert result.exit_code == 1
    assert "start `goufu up`" in result.stderr


@pytest.mark.parametrize("command", [["audit", "verify"], ["clock", "show"], ["rebuild-copies", "contracts"]])
async def test_a_database_that_is_away_is_one_sentence_without_the_password(command: list[str]) -> None:
    [port] = free_ports(1)

    result = await goufu(*command, DATABASE_URL=f"postgresql://somebody:hush-hush@127.0.0.1:{port}/x")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "无法连接" in result.stderr
    assert "hush-hush" not in result.output


@pytest.mark.long
def test_up_opens_a_deployment_that_the_other_commands_find_and_down_ends_it(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP")},
        "GOUFU_NO_KAFKA": "1",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "deploy.cli.main", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = run("up")
    try:
        addresses = dict(re.findall(r"^  (\w+) +(http://127\.0\.0\.1:\d+)   http\S+/v1/openapi\.json$", printed, re.M))
        tokens = dict(re.findall(r"^  (\S+) .*\n    (ey\S+)$", printed, re.M))
        [body] = re.findall(r"-d '(\{.*\})'", printed)
        with httpx.Client(timeout=20) as client:
            for address in addresses.values():
                assert client.get(f"{address}/v1/openapi.json").json()["openapi"].startswith("3.")
            for name, token in tokens.items():
                me = client.get(f"{addresses['registry']}/v1/me", headers={"authorization": f"Bearer {token}"}).json()
                assert me["person_id"], name
                assert me["posts"], name
            fresh = {"authorization": f"Bearer {run('token', 'administrator').strip()}", "idempotency-key": "1"}
            made = client.post(f"{addresses['registry']}/v1/persons", json=json.loads(body), headers=fresh)
            assert made.status_code == 201, made.text
        followed = run("trace", made.headers["goufu-correlation"], "--wait", "5")
        clock, chains = run("clock", "show"), run("audit", "verify")
        copies, held = run("rebuild-copies", "contracts", "posts"), run("held", "list")
        again = run("up")
    finally:
        ended = run("down")

    assert set(addresses) == set(SERVICES)
    assert {"administrator", "zh.planner", "cd.finance.budget", "operator", "auditor"} <= tokens.keys()
    assert "account_linked.v1" in followed
    assert f"沙盒 {date(2022, 3, 1)} 09:" in clock
    assert chains.count("whole") == len(SERVICES)
    assert "equal 一致" in copies
    assert held == "nothing rests 没有搁置的事件\n"
    assert again == printed
    assert (ended, run("down")) == ("stopped\n", "not running\n")
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def an_account() -> AccountLinked:
    """An event of the registry about somebody new."""
    about: dict[str, Any] = {"jurisdiction": "4404/440402", "organisation": uuid4(), "person_id": uuid4()}
    return AccountLinked(**about, issuer=ISSUER, account=uuid4().hex, enabled=True)
