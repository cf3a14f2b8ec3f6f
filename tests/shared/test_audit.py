"""`goufu audit verify` names what was altered behind the commands, even by one who may do anything to the database."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.registry.posts.bootstrap import bootstrap_administrators
from services.tendering.recorded import RECORDED as TENDERING
from shared.bus import BusUnavailable, Message
from shared.road import checkpoints
from shared.road.audit import Report, audit
from shared.road.checkpoints import Checkpoint, Checkpoints, read, read_files
from shared.road.recorded import ANY, Told, table_of
from shared.web.issuer import ISSUER
from tests.contracts.examples import (
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    chengdu_award,
    lines_of,
    zhuhai_award,
)
from tests.evaluation.examples import ACCEPTOR, a_chengdu_contract, assessed, officer
from tests.registry.examples import a_provider, an_authority, every_paper, verified
from tests.registry.test_bars_api import proposed, two_of_finance
from tests.registry.test_imports_api import entered
from tests.registry.test_interests_api import NEVER, declared, supervisor
from tests.registry.test_persons_api import a_person, an_administrator
from tests.registry.test_posts_api import propose
from tests.support.examples import a_payment_line, a_signed_contract, an_evaluation
from tests.support.world import World
from tests.tendering.rounds import a_closed_procurement, a_finding, a_proposed_award, an_announced_award, cleared

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
INSERTED = "00000000-0000-7000-8000-00000000000b"


@asynccontextmanager
async def as_superuser(world: World, service: str) -> AsyncIterator[Any]:
    """A connection without triggers and foreign keys; what it does is undone at the end."""
    connection = await asyncpg.connect(world.admin_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"SET LOCAL search_path = {service}; SET LOCAL session_replication_role = replica")
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


async def audited(connection: Any, service: str, kept: list[Checkpoint] | None = None) -> Report:
    return await audit(connection, import_module(f"services.{service}.recorded").RECORDED, kept or [])


async def found_after(world: World, service: str, *statements: str, kept: list[Checkpoint] | None = None) -> list[str]:
    """What is found after these statements and was not found before them."""
    async with as_superuser(world, service) as connection:
        before = (await audited(connection, service)).findings
        for statement in statements:
            await connection.execute(statement)
        return [each for each in (await audited(connection, service, kept)).findings if each not in before]


async def tip(world: World, service: str, back: int = 0) -> Checkpoint:
    """The end of a ledger as a checkpoint, or what was the end so many positions ago."""
    row = (
        await world.rows(
            f"SELECT l.position, l.hash, t.id FROM {service}.ledger l, {service}.timelines t"
            " WHERE t.source = $1 AND t.last IS NULL ORDER BY l.position DESC OFFSET $2 LIMIT 1",
            service,
            back,
        )
    )[0]
    return Checkpoint(service, str(row["id"]), row["position"], row["hash"].hex(), "noon")


@pytest.fixture
async def paid(world: World) -> UUID:
    """A line that was asked for, approved and released, by commands alone; everything has its position."""
    contract = await a_signed_contract(world)
    await world.rows("UPDATE contracts.keys SET version = 0 WHERE key = $1", contract["key"])  # none of its entries is
    line = await a_payment_line(world, contract, kind="advance", gate="contract")
    for act in ("request", "approve"):
        person = await world.person(act, duties={f"{act}_payment"})
        (await person.post("contracts", f"/v1/payment-lines/{line}/{act}", {})).ok()
    await world.pump()
    return line


@pytest.fixture
async def poor(world: World) -> UUID:
    """A provider against whom a poor result stands."""
    contract = await a_signed_contract(world)
    await world.emit("evaluation", an_evaluation(contract, None, score="50", grade="poor"))
    await world.pump()
    return UUID(str(contract["provider_id"]))


# --- rows that say other than the journal


async def test_an_untouched_record_is_whole(world: World, paid: UUID, poor: UUID) -> None:
    for service, row in (("contracts", str(paid)), ("registry", str(poor))):
        async with as_superuser(world, service) as connection:
            assert not [each for each in (await audited(connection, service)).findings if row in each]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE payments SET amount = amount + 0.01 WHERE line_id = '{}'", "payments {}/1: the column amount"),
        ("UPDATE payments SET kind = 'supplement' WHERE line_id = '{}'", "payments {}/1: the column kind"),
        (
            "UPDATE payments SET parts = parts || '{{\"donation\": \"1.00\"}}' WHERE line_id = '{}'",
            "payments {}/1: the column parts",
        ),
        (
            "UPDATE payments SET result_id = gen_random_uuid(), result_version = 1 WHERE line_id = '{}'",
            "payments {}/1: the column result_",
        ),
        ("DELETE FROM payments WHERE line_id = '{}'", "payments {}/1: the row is missing"),
        (
            """UPDATE dispatches SET payload = payload || '{{"amount": "9.00"}}' WHERE payload->>'line_id' = '{}'""",
            "payments {}/1: the column order_hash",
        ),
        (
            """UPDATE dispatches SET payload = jsonb_set(payload, '{{payee,title}}', '"x"')"""
            " WHERE payload->>'line_id' = '{}'",
            "payments {}/1: the column order_hash",
        ),
        ("DELETE FROM dispatches WHERE payload->>'line_id' = '{}'", "payments {}/1: the column order_hash"),
        (
            "UPDATE dispatches SET state = 'cancelled', cancel_asked_by = gen_random_uuid(),"
            " cancelled_by = gen_random_uuid() WHERE payload->>'line_id' = '{}'",
            "payments {}/1: the column cancelled",
        ),
        ("UPDATE dispatches SET state = 'closed' WHERE payload->>'line_id' = '{}'", "payments {}/1: the column closed"),
        (
            """INSERT INTO dispatches SELECT (jsonb_populate_record(d, '{{"business_key": "payment/x/1","""
            f""" "id": "{INSERTED}"}}}}')).* FROM dispatches d WHERE payload->>'line_id' = '{{}}'""",
            "payments None/None: no entry of the journal tells of this row",
        ),
        ("UPDATE payment_lines SET state = 'requested' WHERE id = '{}'", "payment_lines {}: the column state"),
        (
            "INSERT INTO payment_lines SELECT"
            f""" (jsonb_populate_record(l, '{{{{"number": 9, "id": "{INSERTED}"}}}}')).*"""
            " FROM payment_lines l WHERE id = '{}'",
            f"payment_lines {INSERTED}: no entry",
        ),
        ("UPDATE payment_lines SET paid = paid - 1 WHERE id = '{}'", "payment_lines {}: the column paid"),
        ("UPDATE payment_lines SET state = 'approved' WHERE id = '{}'", "payment_lines {}: the column state"),
        (
            "UPDATE payment_lines SET approved_by = gen_random_uuid() WHERE id = '{}'",
            "payment_lines {}: the column approved_by",
        ),
        (
            "INSERT INTO payments SELECT gen_random_uuid(), contract_id, line_id, 2, 'supplement', 1, 9, parts, NULL,"
            " NULL, NULL, released_at FROM payments WHERE line_id = '{}'",
            "payments {}/2: no entry of the journal tells of this row",
        ),
    ],
    ids=lambda value: value[:40].split("WHERE")[0],
)
async def test_money_that_was_changed_is_found_by_line_and_column(
    world: World, paid: UUID, statement: str, found: str
) -> None:
    findings = await found_after(world, "contracts", statement.format(paid))

    assert any(finding.startswith(found.format(paid)) for finding in findings), findings


@pytest.fixture(scope="module")
async def in_force(world: World) -> dict[str, str]:
    """A contract in force by commands alone, and its first payment line."""
    award = chengdu_award(world)
    contract = await a_contract_in_force(world, await a_desk(world, award), award)
    [line, *_] = await lines_of(world, contract)
    return {"contracts": str(contract), "payment_lines": str(line)}


async def test_an_untouched_contract_is_whole(world: World, in_force: dict[str, str]) -> None:
    async with as_superuser(world, "contracts") as connection:
        findings = (await audited(connection, "contracts")).findings

    assert not [each for each in findings if any(row in each for row in in_force.values())]


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("payment_lines", "planned = planned + 1", "planned"),
        ("payment_lines", "gate = 'contract'", "gate"),
        ("payment_lines", "bands = '[]'", "bands"),
        ("payment_lines", "state = 'approved'", "state"),
        ("payment_lines", "return_waits = id, return_said_by = id", "return_waits"),
        ("contracts", """sources = '[{"kind": "donation", "amount": "1.00"}]'""", "drafted"),
        ("contracts", "terms = terms || '{\"pay_within_days\": 1}'", "drafted"),
        ("contracts", "service_class = 2", "drafted"),
        ("contracts", "provider_signed_by = gen_random_uuid()", "provider_signed_by"),
        ("contracts", "signed_by = gen_random_uuid()", "signed_by"),
        ("contracts", "standing = 'blocked'", "standing"),
        ("contracts", """standing_findings = '[{"code": "x"}]'""", "answered"),
        ("contracts", "cover = 'committed'", "cover"),
        ("contracts", "small_or_medium = NOT small_or_medium", "written"),
        ("contracts", "text_hash = 'x'", "text_hash"),
        ("contracts", "organisation = gen_random_uuid()", "organisation"),
        ("contracts", "jurisdiction = '5101'", "jurisdiction"),
        ("contracts", "ending_ground = 'agreement', ending_proposed_by = gen_random_uuid()", "ending_"),
        ("contracts", "signed_on = signed_on - 1", "signed_on"),
    ],
)
async def test_a_contract_or_a_line_that_was_changed_before_anybody_asked_for_it_is_found(
    world: World, in_force: dict[str, str], table: str, change: str, column: str
) -> None:
    row = in_force[table]

    [finding, *_] = await found_after(world, "contracts", f"UPDATE {table} SET {change} WHERE id = '{row}'")

    assert finding.startswith(f"{table} {row}: the column {column}")


async def test_what_a_request_repeats_of_a_changed_line_does_not_make_it_right(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    [line, *_] = await lines_of(world, contract)
    await world.rows("UPDATE contracts.payment_lines SET planned = planned - 1 WHERE id = $1", line)
    await ask_and_approve(desk, line)

    async with as_superuser(world, "contracts") as connection:
        findings = (await audited(connection, "contracts")).findings
    await world.rows("UPDATE contracts.payment_lines SET planned = planned + 1 WHERE id = $1", line)

    assert any(each.startswith(f"payment_lines {line}: the column planned") for each in findings)


async def test_an_award_that_was_changed_before_its_confirmation_is_found(world: World) -> None:
    award = await an_announced_award(world)
    id_ = award.round.purchase.path.split("/")[-1]

    changed = f"UPDATE awards SET amount = amount + 1 WHERE id = '{award.id}'"
    findings = [finding.partition(" is not")[0] for finding in await found_after(world, "tendering", changed)]

    assert findings == [f"awards {id_}/1/1: the column amount", f"announced_awards {id_}/1: the column amount"]


async def test_reasons_that_were_set_right_are_compared_what_they_were_too(world: World) -> None:
    award = await a_proposed_award(world)
    await cleared(world, award, a_finding())
    reason = {"clause": "ZH21-27.6", "reason": "已更换负责人"}
    purchase, path = award.round.purchase, f"{award.path}/reasons"
    (await purchase.officer.post("tendering", path, {"acknowledged": [reason]})).ok()
    meant = {"acknowledged": [{**reason, "reason": "更换了负责人"}], "why": "笔误"}
    (await purchase.colleague.post("tendering", f"{path}/correction", meant)).ok()
    changed = f"UPDATE reason_corrections SET was = '{{}}' WHERE award_id = '{award.id}'"

    async with as_superuser(world, "tendering") as connection:
        whole = (await audited(connection, "tendering")).findings
    findings = await found_after(world, "tendering", changed)

    assert not [each for each in whole if purchase.path.split("/")[-1] in each]
    assert any(re.match("reason_corrections .*/1/1/1: the column correction", each) for each in findings), findings


@pytest.fixture(scope="module")
async def awarded(world: World) -> Any:
    return await an_announced_award(world)


_OF_IT = "procurement_id = '{}'"
_A_MEMBER = (
    f"(panel_id, person_id) IN (SELECT panel_id, min(person_id::text)::uuid FROM panel_members WHERE role = 'expert'"
    f" AND panel_id = (SELECT id FROM panels WHERE {_OF_IT}) GROUP BY panel_id)"
)
_A_BID = f"bid_id = (SELECT min(bid_id::text)::uuid FROM rankings WHERE {_OF_IT})"


async def test_an_untouched_tender_is_whole(world: World, awarded: Any) -> None:
    id_ = awarded.round.purchase.path.split("/")[-1]
    bids = await world.rows("SELECT id::text AS id FROM tendering.bids WHERE procurement_id = $1", UUID(id_))
    async with as_superuser(world, "tendering") as connection:
        findings = (await audited(connection, "tendering")).findings

    assert not [each for each in findings if any(key in each for key in (id_, *(bid["id"] for bid in bids)))]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            f"UPDATE bids SET provider_id = gen_random_uuid() WHERE {_OF_IT}",
            "(bids .*: the column (provider_id|envelope|owned)|awards .* bidder)",
        ),
        (f"UPDATE bids SET submitted_at = submitted_at - interval '1 s' WHERE {_OF_IT}", "bids .*: .* submitted_at"),
        (f"UPDATE bids SET qualified = false WHERE {_OF_IT}", "qualification_results .*: the column qualified"),
        (f"UPDATE bids SET qualified = NULL WHERE {_A_BID.replace('bid_id', 'id', 1)}", "qualification_results"),
        (f"UPDATE qualification_results SET met = NOT met WHERE {_A_BID}", "qualification_results .*: the column met"),
        (f"UPDATE envelopes SET envelope = envelope || '\\x00' WHERE {_OF_IT}", "bids .*: the column envelope"),
        (f"UPDATE rankings SET rank = 9 - rank WHERE {_OF_IT}", "rankings .*: the column rank"),
        (f"UPDATE rankings SET provider_id = gen_random_uuid() WHERE {_A_BID}", "rankings .*: the column provider_id"),
        (f"DELETE FROM opened_bids WHERE {_A_BID}", "opened_bids .*: the row is missing"),
        (f"UPDATE opened_bids SET price = price - 1 WHERE {_A_BID}", "opened_bids .*: the column price"),
        (
            "INSERT INTO scores SELECT procurement_id, gen_random_uuid(), bid_id, factor, 0 FROM scores"
            f" WHERE {_A_BID}",
            "scores {}/.*: no entry of the journal tells of this row",
        ),
        (f"UPDATE awards SET bid_id = gen_random_uuid() WHERE {_OF_IT}", "awards {}/1/1: the column bidder"),
        (f"UPDATE awards SET state = 'blocked' WHERE {_OF_IT}", "awards {}/1/1: the column state"),
        (f"UPDATE awards SET announced_on = announced_on - 9 WHERE {_OF_IT}", "awards {}/1/1: the column announced_on"),
        (f"UPDATE awards SET cover = NULL WHERE {_OF_IT}", "awards {}/1/1: the column cover"),
        (f"""UPDATE awards SET findings = '[{{{{"code": "x"}}}}]' WHERE {_OF_IT}""", "awards {}/1/1: the column found"),
        (f"""UPDATE awards SET reasons = '{{{{"x": "y"}}}}' WHERE {_OF_IT}""", "awards {}/1/1: the column reasoned"),
        (f"UPDATE awards SET jurisdiction = '5101' WHERE {_OF_IT}", "awards {}/1/1: the column jurisdiction"),
        (f"DELETE FROM panel_members WHERE {_A_MEMBER}", "panels {}: the column members"),
        (f"UPDATE panel_members SET person_id = gen_random_uuid() WHERE {_A_MEMBER}", "panels {}: the column members"),
        (f"UPDATE panel_members SET role = 'purchaser' WHERE {_A_MEMBER}", "panels {}: the column members"),
        (f"UPDATE panel_members SET scored_at = NULL WHERE {_A_MEMBER}", "panels {}: the column members"),
        (f"UPDATE panels SET formed_by = gen_random_uuid() WHERE {_OF_IT}", "panels {}: the column formed_by"),
        (f"UPDATE tender_files SET drafted_by = gen_random_uuid() WHERE {_OF_IT}", "tender_files {}/1: .* drafted_by"),
        (
            "UPDATE tender_file_contents SET document = document || '{{\"x\": 1}}' WHERE file_id ="
            f" (SELECT id FROM tender_files WHERE {_OF_IT})",
            "tender_files {}/1: the column document",
        ),
        (
            f"UPDATE opening_keys SET document = jsonb_set(document, '{{{{threshold}}}}', '1') WHERE {_OF_IT}",
            "procurements {}: the column opening_key",
        ),
        ("UPDATE procurements SET state = 'scored' WHERE id = '{}'", "procurements {}: the column state"),
        ("UPDATE procurements SET sources = '[]' WHERE id = '{}'", "procurements {}: the column started"),
        (
            "UPDATE procurements SET opening_confirmed_by = gen_random_uuid() WHERE id = '{}'",
            "procurements {}: the column opening_confirmed_by",
        ),
        (
            "UPDATE procurements SET opened_with = opened_with[1:1] WHERE id = '{}'",
            "procurements {}: the column opened_with",
        ),
        (f"UPDATE rankings SET points = '{{{{}}}}' WHERE {_A_BID}", "rankings .*: the column facts"),
        (
            f"UPDATE qualification_results SET reviewed_by = gen_random_uuid() WHERE {_A_BID}",
            "qualification_results .*: the column reviewers",
        ),
        (
            f"UPDATE awards SET state = 'confirmed', confirmed_by = gen_random_uuid() WHERE {_OF_IT}",
            "awards {}/1/1: the column (state|confirmed_by)",
        ),
        ("UPDATE procurements SET bids = 9 WHERE id = '{}'", "procurements {}: the column bids"),
        ("UPDATE procurements SET receipts_hash = 'x' WHERE id = '{}'", "procurements {}: the column receipts_hash"),
        (
            f'UPDATE private_offers SET content = content || \'{{{{"price": "1.00"}}}}\' WHERE {_A_BID}',
            "private_offers",
        ),
        (f"UPDATE scores SET points = points + 1 WHERE {_A_BID}", "scores {}/.*: the column points"),
        (f"UPDATE rankings SET total = total + 1 WHERE {_A_BID}", "rankings .*: the column total"),
        (f"UPDATE awards SET proposed_by = gen_random_uuid() WHERE {_OF_IT}", "awards {}/1/1: the column proposed_by"),
        ("UPDATE procurements SET budget = budget + 1 WHERE id = '{}'", "procurements {}: the column budget"),
        (
            "UPDATE procurements SET closes_at = closes_at + interval '1 day' WHERE id = '{}'",
            "procurements {}: the column closes_at",
        ),
    ],
)
async def test_what_decided_a_tender_and_was_changed_is_found(
    world: World, awarded: Any, statement: str, found: str
) -> None:
    """Who bid and when, what was offered, which points were given, for what at most: each told at its act."""
    id_ = awarded.round.purchase.path.split("/")[-1]

    findings = await found_after(world, "tendering", statement.format(id_))

    assert findings
    assert all(re.match(found.format(id_), finding) for finding in findings), findings


def told_of_an_opening(*acts: tuple[str, dict[str, Any]]) -> Any:
    """Who is told to have proposed to give the opening up, after these entries."""
    told, procurement, person = Told(table_of(TENDERING)), str(uuid4()), str(uuid4())
    started = {**dict.fromkeys(("budget", "method", "reference", "jurisdiction", "organisation")), "facts": None}
    for position, (name, event) in enumerate([("procurement_opened", started), *acts], start=1):
        about = {"procurement_id": procurement, **event}
        entry = {"type": f"goufu.tendering.{name}.v1", "event": about, "audience": "internal", "actor": person}
        told.take(position, entry | {"id": str(uuid4()), "key": procurement, "recorded_at": "2022-02-02T00:00:00Z"})
    [said] = [said for (rows, _), said in told.rows.items() if rows.name == "procurements"]
    return "whoever" if said["abandonment_proposed_by"] is ANY else said["abandonment_proposed_by"] == person


def test_of_what_was_given_up_before_that_needed_an_opening_act_the_record_may_say_anything() -> None:
    given_up = ("opening_abandoned", {"confirmed": False})

    assert told_of_an_opening(given_up) == "whoever"
    assert (
        told_of_an_opening(("opening_proposed", {}), ("opening_proposed", {"withdrawn": True}), given_up) == "whoever"
    )
    assert told_of_an_opening(("opening_proposed", {}), given_up) is True


@pytest.mark.parametrize("begun_anew", [True, False])
async def test_what_an_old_act_left_is_cleared_and_the_record_whole(world: World, begun_anew: bool) -> None:
    """A program of before left with the next act what was said of the one before."""
    purchase = (await a_closed_procurement(world)).purchase
    for act in ("", "/abandonment", *([""] if begun_anew else [])):
        (await purchase.officer.post("tendering", f"{purchase.path}/opening{act}")).ok()
    cleared = import_module("services.tendering.migrations.0008_given_up").CLEARED
    left = f"UPDATE procurements SET abandonment_proposed_by = '{uuid4()}' WHERE id = '{purchase.procurement_id}'"

    async with as_superuser(world, "tendering") as connection:
        if begun_anew:
            await connection.execute(left)
        before = (await audited(connection, "tendering")).findings
        assert (await connection.execute(cleared)) == f"UPDATE {begun_anew:d}"
        after = (await audited(connection, "tendering")).findings
        assert (len(before) - len(after), any(purchase.procurement_id in each for each in after)) == (begun_anew, False)


async def test_a_sealed_bid_under_another_bidders_name_is_found(world: World) -> None:
    closed = await a_closed_procurement(world)
    bid = closed.bid_of(0)

    findings = await found_after(
        world,
        "tendering",
        f"UPDATE envelopes SET provider_id = '{uuid4()}' WHERE id = (SELECT envelope_id FROM bids WHERE id = '{bid}')",
        f"UPDATE bids SET provider_id = '{uuid4()}' WHERE id = '{bid}'",
    )

    assert {finding.partition(" is not")[0] for finding in findings} == {
        f"bids {bid}: the column {name}" for name in ("envelope", "owned")
    }


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("state = 'confirmed', confirmed_by = gen_random_uuid(), until_day = '2030-01-01'", "confirmed_by"),
        ("months = 12", "months"),
        ("proposed_by = gen_random_uuid()", "proposed_by"),
    ],
)
async def test_a_bar_that_nobody_confirmed_is_found(world: World, change: str, column: str) -> None:
    finance, _ = await two_of_finance(world)
    bar = (await proposed(finance, await a_provider(world)))["id"]

    findings = await found_after(world, "registry", f"UPDATE bars SET {change} WHERE id = '{bar}'")

    assert any(finding.startswith(f"bars {bar}: the column {column}") for finding in findings), findings


@pytest.mark.parametrize("change", ["SET due_at = due_at - interval '1 day'", "SET state = 'met'"])
async def test_a_bar_that_is_to_end_on_another_day_is_found(world: World, change: str) -> None:
    finance, other = await two_of_finance(world)
    bar = (await proposed(finance, await a_provider(world)))["id"]
    (await other.post("registry", f"/v1/bars/{bar}/confirm")).ok()
    its = f"kind = 'standing_ends' AND subject IN (SELECT id FROM standings WHERE cause = '{bar}')"

    findings = await found_after(world, "registry", f"UPDATE deadlines {change} WHERE {its}")

    assert ["the column ends is not" in finding for finding in findings] == [True]


@pytest.mark.parametrize(
    "change", ["SET due_at = due_at + interval '1 day'", "SET state = 'met'", "SET provisional = true"]
)
async def test_that_a_contract_ends_by_itself_is_compared(world: World, in_force: dict[str, str], change: str) -> None:
    its = f"kind = 'service_year' AND subject = '{in_force['contracts']}'"

    findings = await found_after(world, "contracts", f"UPDATE deadlines {change} WHERE {its}")

    assert ["the column watched is not" in finding for finding in findings] == [True]


@pytest.mark.parametrize("change", ["counted_from = counted_from + 1", "state = 'met'", "due_at = due_at"])
async def test_that_a_signed_contract_is_to_be_filed_is_compared(world: World, change: str) -> None:
    award = chengdu_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
    its = f"kind = 'contract_filing' AND subject = '{contract}'"

    findings = await found_after(world, "contracts", f"UPDATE deadlines SET {change} WHERE {its}")

    found = ["the column watched is not" in finding for finding in findings]
    assert found == ([] if change == "due_at = due_at" else [True])


@pytest.mark.parametrize(
    ("kind", "table", "state", "column"),
    [("objection_window", "assessments", "notified", "closes"), ("duty", "duties", "planned", "watched")],
)
async def test_what_ends_a_window_or_a_duty_is_compared(
    world: World, kind: str, table: str, state: str, column: str
) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    await assessed(person, contract, score="84.00")
    [one, *_] = await world.rows(
        f"SELECT id FROM evaluation.{table} WHERE contract_id = $1 AND state = $2", contract.contract_id, state
    )
    its = f"kind = '{kind}' AND subject = '{one['id']}'"

    gone = await found_after(world, "evaluation", f"DELETE FROM deadlines WHERE {its}")

    assert [f"the column {column} is not" in finding for finding in gone] == [True], gone


async def test_who_confirmed_a_bar_is_compared_though_its_public_entry_names_nobody(world: World) -> None:
    finance, other = await two_of_finance(world)
    bar = (await proposed(finance, await a_provider(world)))["id"]
    (await other.post("registry", f"/v1/bars/{bar}/confirm")).ok()
    async with as_superuser(world, "registry") as connection:
        whole = (await audited(connection, "registry")).findings

    changed = f"UPDATE bars SET confirmed_by = gen_random_uuid() WHERE id = '{bar}'"
    [finding] = await found_after(world, "registry", changed)

    assert not [each for each in whole if bar in each]
    assert finding.startswith(f"bars {bar}: the column confirmed_by")


async def test_who_proposed_a_weighty_post_and_a_login_is_compared(world: World) -> None:
    one, login = await an_administrator(world), {"issuer": ISSUER, "account": f"login-{uuid4().hex[:8]}"}
    person, street = await a_person(one), await world.organisation()
    (await propose(one, person, street, "approve_payment")).ok()
    (await one.post("registry", f"/v1/persons/{person['id']}/accounts", login)).ok()

    for table in ("post_proposals", "account_proposals"):
        statement = f"UPDATE {table} SET proposed_by = gen_random_uuid() WHERE person_id = '{person['id']}'"
        [finding] = await found_after(world, "registry", statement)
        assert re.match(f"{table} .*: the column proposed_by", finding)


@pytest.mark.parametrize(
    "change", ["grade = 'fair'", "imported_by = gen_random_uuid()", "imported_by = NULL, evidence_hash = NULL"]
)
async def test_an_imported_result_that_was_changed_before_it_counts_is_found(world: World, change: str) -> None:
    authority = await an_authority(world)
    imported = (await entered(authority.enters, await a_provider(world, authority))).ok()["id"]

    statement = f"UPDATE results SET {change} WHERE id = '{imported}'"
    [finding, *_] = await found_after(world, "registry", statement)

    assert finding.startswith(f"results {imported}: the ")


async def test_a_standing_that_ended_and_is_put_in_force_again_by_an_older_row_is_found(world: World) -> None:
    contract = {**await a_signed_contract(world), "provider_id": uuid4()}
    poor = an_evaluation(contract, None, score="50", grade="poor")
    for result in (poor, poor.model_copy(update={"score": Decimal(85), "grade": "fair", "result_version": 2})):
        await world.emit("evaluation", result)
        await world.pump()
    again = '{"id": "00000000-0000-7000-8000-00000000000b", "state": "standing", "ended_because": null}'

    [finding, *_] = await found_after(
        world,
        "registry",
        f"INSERT INTO standings SELECT (jsonb_populate_record(s, '{again}')).* FROM standings s"
        f" WHERE provider_id = '{contract['provider_id']}' AND state = 'ended'",
    )

    assert finding.startswith("standings 00000000-0000-7000-8000-00000000000b: no entry")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM standings WHERE provider_id = '{}'", "the row is missing"),
        ("UPDATE standings SET state = 'ended', ended_because = 'expired' WHERE provider_id = '{}'", "ended_because"),
        ("UPDATE standings SET until_day = from_day WHERE provider_id = '{}'", "until_day"),
        ("UPDATE standings SET grade = 'fair' WHERE provider_id = '{}'", "grade"),
        ("UPDATE standings SET rulebook = 'x' WHERE provider_id = '{}'", "rulebook"),
    ],
    ids=["deleted", "ended", "shortened", "grade", "rulebook"],
)
async def test_a_standing_that_was_changed_is_found(world: World, poor: UUID, statement: str, found: str) -> None:
    [finding, *_] = await found_after(world, "registry", statement.format(poor))

    assert finding.startswith("standings ")
    assert found in finding


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE posts SET duties = duties || '{{approve_payment}}' WHERE id = '{}'", "posts {}: the column duties"),
        ("UPDATE posts SET jurisdiction = '5101' WHERE id = '{}'", "posts {}: the column jurisdiction"),
        (
            "INSERT INTO posts SELECT '00000000-0000-7000-8000-00000000000a', person_id, organisation_id, jurisdiction,"
            " duties, valid_from, NULL, 1 FROM posts WHERE id = '{}'",
            "posts 00000000-0000-7000-8000-00000000000a: no entry",
        ),
    ],
    ids=["duties", "place", "inserted"],
)
async def test_a_post_that_nobody_gave_is_found(world: World, statement: str, found: str) -> None:
    await world.rows("DELETE FROM registry.posts")
    accounts = [f"first-{uuid4()}", f"second-{uuid4()}"]
    database = world.services["registry"].database
    [first, _] = await bootstrap_administrators(database, ISSUER, accounts, "000000", f"operator {uuid4().hex}")
    await world.pump()

    [finding] = await found_after(world, "registry", statement.format(first.post_id))

    assert finding.startswith(found.format(first.post_id))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE results SET grade = 'good' WHERE provider_id = '{}'", "results .*: the column grade"),
        (
            f"""INSERT INTO results SELECT (jsonb_populate_record(r, '{{{{"id": "{INSERTED}"}}}}')).* FROM results r"""
            " WHERE provider_id = '{}' LIMIT 1",
            f"results {INSERTED}: no entry",
        ),
    ],
    ids=["grade", "inserted"],
)
async def test_a_result_that_nobody_concluded_is_found(world: World, poor: UUID, change: str, found: str) -> None:
    [finding, *_] = await found_after(world, "registry", change.format(poor))

    assert re.match(found, finding)


@pytest.mark.parametrize(("column", "value"), [("state", "'verified'"), ("credit_code", "'x'"), ("kind", "'x'")])
async def test_a_provider_that_nobody_verified_is_found(world: World, column: str, value: str) -> None:
    provider = await a_provider(world)

    [finding] = await found_after(world, "registry", f"UPDATE providers SET {column} = {value} WHERE id = '{provider}'")

    assert finding.startswith(f"providers {provider}: the column {column}")


@pytest.fixture(scope="module")
async def paper(world: World) -> str:
    """A paper that one person entered and another saw."""
    authority = await an_authority(world)
    seen = await verified(authority, await a_provider(world, authority), every_paper()[:1])
    return str(seen["evidence"][0]["id"])


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("state = 'entered', verified_by = NULL, verified_on = NULL", "state"),
        ("verified_by = gen_random_uuid()", "verified_by"),
        ("valid_until = '2099-01-01'", "paper"),
        ("kind = 'x'", "paper"),
        ("document_hash = 'x'", "paper"),
        ("entered_by = gen_random_uuid()", "entered_by"),
        ("provider_id = gen_random_uuid()", "provider_id"),
    ],
    ids=lambda value: value.split(" =")[0],
)
async def test_a_paper_that_nobody_entered_or_saw_so_is_found(
    world: World, paper: str, change: str, column: str
) -> None:
    findings = await found_after(world, "registry", f"UPDATE evidence SET {change} WHERE id = '{paper}'")

    assert any(finding.startswith(f"evidence {paper}: the column {column}") for finding in findings), findings


async def test_a_paper_that_was_seen_is_compared_too_and_an_inserted_one_is_found(world: World, paper: str) -> None:
    inserted = f"""INSERT INTO evidence SELECT (jsonb_populate_record(e, '{{"id": "{INSERTED}"}}')).* FROM evidence e"""

    [finding] = await found_after(world, "registry", f"{inserted} WHERE id = '{paper}'")

    assert finding.startswith(f"evidence {INSERTED}: no entry of the journal tells of this row")


@pytest.fixture(scope="module")
async def interest(world: World) -> str:
    """An interest that a person declared, and another annulled."""
    known = (await declared(await world.person("kin", duties={"audit"}), await a_provider(world))).ok()
    another = await supervisor(world)
    (await another.post("registry", f"/v1/interests/{known['id']}/end", NEVER)).ok()
    return str(known["id"])


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE declarations SET state = 'standing', ended_by = NULL WHERE id = '{}'", "declarations {}: .* state"),
        ("UPDATE declarations SET provider_id = gen_random_uuid() WHERE id = '{}'", "declarations {}: .* provider_id"),
        ("UPDATE declarations SET ended_by = gen_random_uuid() WHERE id = '{}'", "declarations {}: .* ended_by"),
        ("UPDATE declarations SET declared_on = declared_on - 1 WHERE id = '{}'", "declarations {}: .* declared_on"),
        (
            "UPDATE private_interest_acts SET ground = 'x' WHERE interest_id = '{}'",
            "private_interest_acts {}/.: .* said",
        ),
    ],
)
async def test_an_interest_that_nobody_declared_or_ended_so_is_found(
    world: World, interest: str, statement: str, found: str
) -> None:
    findings = await found_after(world, "registry", statement.format(interest))

    assert any(re.match(found.format(interest), finding) for finding in findings), findings


# --- entries that are missing


_OF_LINE = "(SELECT id FROM journal WHERE subject = '{}' AND type LIKE '%.payment_released.v1')"


async def test_an_entry_that_was_kept_from_being_sent_is_found(world: World) -> None:
    contract = await a_signed_contract(world)
    await world.emit("evaluation", an_evaluation(contract, None, score="85", grade="fair"))

    [finding] = await found_after(world, "evaluation", "DELETE FROM queue")

    assert finding.endswith("it is in no queue and has no position, so it is never sent")
    await world.pump()


async def test_an_entry_that_was_deleted_before_it_had_a_position_leaves_a_hole(world: World) -> None:
    contract = await a_signed_contract(world)
    await world.emit("evaluation", an_evaluation(contract, None, score="85", grade="fair"))
    gone = "DELETE FROM journal WHERE id IN (SELECT entry FROM queue)"

    findings = await found_after(world, "evaluation", gone, "DELETE FROM queue")

    assert any("its versions have a hole" in each for each in findings)
    await world.pump()


async def test_the_services_role_cannot_take_an_entry_out_of_the_queue(world: World) -> None:
    contract = await a_signed_contract(world)
    await world.emit("evaluation", an_evaluation(contract, None, score="85", grade="fair"))

    async with world.services["evaluation"].database.connection() as connection:
        for statement in (
            "DELETE FROM queue",
            "CREATE TEMPORARY TABLE ledger AS SELECT entry FROM queue; DELETE FROM queue",
            "UPDATE queue SET entry = gen_random_uuid()",
            "TRUNCATE queue",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)

    await world.pump()
    assert await world.rows("SELECT 1 FROM evaluation.queue") == []


async def test_a_tail_that_was_cut_off_is_found_by_what_was_sent(world: World, paid: UUID) -> None:
    last = await tip(world, "contracts")

    [finding, *_] = await found_after(
        world,
        "contracts",
        f"INSERT INTO relay_mark VALUES (1, {last.position}, 0, {last.position}) ON CONFLICT (id) DO UPDATE"
        " SET position = excluded.position",
        f"DELETE FROM ledger WHERE position > {last.position - 2}",
    )

    assert finding.startswith(f"position {last.position - 1}: the end is missing, up to {last.position} was sent")


async def test_a_tail_that_was_cut_off_whole_is_found_by_a_checkpoint(world: World, paid: UUID) -> None:
    """Entries, positions, versions and marks are gone together: in itself the record is whole."""
    last = await tip(world, "contracts")
    cut = (
        f"DELETE FROM journal WHERE id IN (SELECT entry FROM ledger WHERE position > {last.position - 1})",
        f"DELETE FROM ledger WHERE position > {last.position - 1}",
        "DELETE FROM relay_mark",
        "UPDATE keys SET version = coalesce((SELECT max(version) FROM journal j WHERE j.key = keys.key), 0)",
        f"DELETE FROM payments WHERE line_id = '{paid}'",
        f"DELETE FROM dispatches WHERE payload->>'line_id' = '{paid}'",
        f"UPDATE payment_lines SET paid = 0, state = 'approved', due_on = NULL WHERE id = '{paid}'",
    )

    assert await found_after(world, "contracts", *cut) == []
    [finding] = await found_after(world, "contracts", *cut, kept=[last])
    assert finding.startswith(f"position {last.position}: the end is missing, the checkpoint of noon names")


_REHASHED = """
DO $$ DECLARE at bytea := decode(repeat('00', 32), 'hex'); r record; BEGIN
  FOR r IN SELECT l.position, j.entry FROM ledger l JOIN journal j ON j.id = l.entry ORDER BY l.position LOOP
    at := sha256(at || int8send(r.position) || sha256(convert_to(r.entry, 'UTF8')));
    UPDATE ledger SET hash = at WHERE position = r.position;
  END LOOP;
END $$
"""


async def test_a_chain_made_anew_is_found_at_the_first_checkpoint(world: World, paid: UUID) -> None:
    """An entry, its row and every hash after it were changed together."""
    before, last = await tip(world, "contracts", back=3), await tip(world, "contracts")
    released = _OF_LINE.format(paid)
    [row] = await world.rows("SELECT amount FROM contracts.payments WHERE line_id = $1", paid)
    changed = (
        f'UPDATE journal SET entry = regexp_replace(replace(entry, \'"amount":"{row["amount"]}"\','
        """ '"amount":"1.00"'), ',"movement":"[0-9a-f]+"', '')"""
        f" WHERE id = {released}",
        "UPDATE payments SET amount = 1, parts = (SELECT jsonb_object_agg(key, CASE WHEN value::numeric = amount"
        f" THEN '1.00' ELSE value END) FROM jsonb_each_text(parts)) WHERE line_id = '{paid}'",
        f"UPDATE payment_lines SET paid = 1 WHERE id = '{paid}'",
        _REHASHED,
    )

    assert await found_after(world, "contracts", *changed) == []
    [finding] = await found_after(world, "contracts", *changed, kept=[before, last])
    assert finding == f"position {last.position}: another hash than the checkpoint of noon names"


async def test_a_ledger_that_was_emptied_and_filled_anew_is_found(world: World, paid: UUID) -> None:
    last = await tip(world, "contracts")
    anew = (
        "CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM ledger",
        "DELETE FROM ledger",
        "INSERT INTO ledger SELECT row_number() OVER (ORDER BY position DESC), entry, hash FROM kept",
        _REHASHED,
    )

    [finding] = await found_after(world, "contracts", *anew, kept=[last])

    assert finding.startswith(f"position {last.position}: another hash")


# --- checkpoints


@pytest.mark.parametrize("declared", ["as it ended", "at another position", "never"])
async def test_what_a_restore_lost_is_a_note_where_an_entry_declares_it(
    world: World, paid: UUID, declared: str
) -> None:
    """Who cuts off a tail may write to the table of timelines as well, that it was lost by a restore."""
    last = await tip(world, "contracts")
    beyond = Checkpoint("contracts", str(uuid4()), last.position + 5, "00" * 32, "noon")
    ended = f"INSERT INTO timelines VALUES ('contracts', '{beyond.timeline}', 77, {last.position})"
    position = last.position - (declared == "at another position")
    began = (
        "UPDATE journal SET type = 'goufu.contracts.timeline_began.v1', entry = json_build_object('event',"
        f" json_build_object('timeline', t.id, 'after', '{beyond.timeline}', 'position', {position})) FROM timelines t"
        " WHERE t.source = 'contracts' AND t.last IS NULL AND journal.id ="
        " (SELECT entry FROM ledger ORDER BY position LIMIT 1)"
    )

    [unknown] = await found_after(world, "contracts", kept=[beyond])
    async with as_superuser(world, "contracts") as connection:
        await connection.execute(ended)
        if declared != "never":
            await connection.execute(began)
        report = await audited(connection, "contracts", [beyond])

    assert "unknown timeline" in unknown
    assert [each for each in report.findings if "checkpoint" in each] == []
    assert [f"lost by a restore to {last.position}" in each for each in report.notes] == [True]
    assert any(f"timeline {beyond.timeline}: it ends" in each for each in report.findings) is (
        declared != "as it ended"
    )


def a_checkpoint(position: int = 7) -> Checkpoint:
    return Checkpoint("contracts", "", position, "ab" * 32, "2022-03-01T09:00:00+08:00")


def test_a_line_is_believed_by_its_signature_alone() -> None:
    line = a_checkpoint().signed(KEY)

    assert read(line, KEY.public_key()) == a_checkpoint()
    for forged in (line.replace(b'"position":7', b'"position":8'), a_checkpoint().signed(Ed25519PrivateKey.generate())):
        with pytest.raises(checkpoints.BadCheckpoint):
            read(forged, KEY.public_key())


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b'{"signature": 7}', b"[" * 100_000, b'{"signature": "AA=="}', b"\xff"]
)
def test_what_is_no_checkpoint_is_said_to_be_none(line: bytes) -> None:
    with pytest.raises(checkpoints.BadCheckpoint):
        read(line, KEY.public_key())


async def test_the_worker_signs_where_the_ledger_ends(world: World, paid: UUID, tmp_path: Path) -> None:
    settings = world.settings.model_copy(update={"checkpoints": str(tmp_path)})
    state = world.services["contracts"]
    loop = Checkpoints(state.database, settings)
    public = checkpoints.signing_key(settings)
    assert public is not None

    line = await loop.due(state.writer)
    nothing_new = await loop.due(state.writer)

    last = await tip(world, "contracts")
    assert line is not None
    assert nothing_new is None
    written, bad = read_files(tmp_path, public.public_key())
    assert (written, bad) == ([read(line, public.public_key())], [])
    assert (written[0].position, written[0].hash, written[0].timeline) == (last.position, last.hash, last.timeline)


class Refusing:
    """A bus that is away at the first sending."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.tries = 0

    async def publisher(self, _name: str) -> Self:
        return self

    async def send(self, messages: Sequence[Message]) -> asyncio.Future[None]:
        self.tries += 1
        done = asyncio.get_running_loop().create_future()
        if self.tries == 1:
            done.set_exception(BusUnavailable("away"))
        else:
            self.sent += [message.value for message in messages]
            done.set_result(None)
        return done

    async def close(self) -> None:
        pass


async def test_a_checkpoint_that_could_not_be_sent_is_sent_when_the_bus_is_back(world: World, paid: UUID) -> None:
    bus = Refusing()
    loop = Checkpoints(world.services["contracts"].database, world.settings)

    with pytest.raises(BusUnavailable):
        await loop._keep(bus.publisher)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(loop._keep(bus.publisher), 0.5)

    assert [json.loads(line)["position"] for line in bus.sent] == [(await tip(world, "contracts")).position]


def test_a_line_that_a_kill_cut_short_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "contracts.jsonl"
    checkpoints._append(path, a_checkpoint(1).signed(KEY))
    with path.open("ab") as file:
        file.write(a_checkpoint(2).signed(KEY)[:40])
        file.flush()
        os.fsync(file.fileno())

    assert [each.position for each in read_files(tmp_path, KEY.public_key())[0]] == [1]
    checkpoints._append(path, a_checkpoint(3).signed(KEY))

    found, bad = read_files(tmp_path, KEY.public_key())
    assert [each.position for each in found] == [1, 3]
    assert [each.split(": ")[0] for each in bad] == [f"{path}:2"]
