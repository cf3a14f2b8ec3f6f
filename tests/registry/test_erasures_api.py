"""Erasing what identifies a person, over HTTP: who may, when, and that nothing of it is left anywhere."""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events import SERVICES
from shared.road.audit import audit
from shared.road.rebuild import rebuild
from shared.web.issuer import ISSUER
from shared.work.database import Database
from shared.work.identity import login_of
from tests.catalog.examples import CHENGDU, a_consultation, a_project, a_requirement, desks
from tests.registry.test_persons_api import a_person_body, an_administrator, an_audit_body, known_here, logged_in
from tests.support.world import FIRST_DAY, Person, World

REASON = {"reason": "已离职，不再需要"}
NAME, PHONE, SECOND = "欧阳靖雯", "13800138000", "ouyang.jingwen@example.cn"
SAID = "希望周末也能送餐，我住三栋 402"
TEXTS = (NAME, PHONE, SECOND, SAID)


@dataclass
class Administrators:
    """Two of one city."""

    one: Person
    two: Person


@pytest.fixture
async def by(world: World) -> Administrators:
    return Administrators(await an_administrator(world), await an_administrator(world))


async def somebody(by: Administrators, **changes: Any) -> dict[str, Any]:
    organisation = await an_audit_body(by.one.world)
    return dict((await by.one.post("registry", "/v1/persons", a_person_body(organisation, **changes))).ok())


def at(person: dict[str, Any] | Person, step: str = "") -> str:
    known = person["id"] if isinstance(person, dict) else person.id
    return f"/v1/persons/{known}/erasure{step}"


def audits(person: dict[str, Any]) -> dict[str, Any]:
    return {"organisation": person["organisation"], "jurisdiction": person["jurisdiction"], "duties": ["audit"]}


async def proposed(by: Administrators, person: dict[str, Any] | Person) -> dict[str, Any]:
    """The proposal, answered by every service."""
    (await by.one.post("registry", at(person), REASON)).ok()
    await by.one.world.pump()
    known = person["id"] if isinstance(person, dict) else person.id
    return dict((await by.one.get("registry", f"/v1/persons/{known}")).ok())


async def places(world: World, text: str) -> set[str]:
    """Every table in which a row holds the text, in whatever column: as text, in JSON, or among bytes."""
    tables = await world.rows(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    held = " UNION ALL ".join(
        f"SELECT '{table['name']}' AS name WHERE EXISTS (SELECT FROM {table['name']} t"
        " WHERE position($1 IN t::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN t::text) > 0)"
        for table in tables
    )
    return {str(row["name"]) for row in await world.rows(held, text)}


async def test_of_a_person_erased_no_text_is_left_in_any_table_and_no_rebuild_brings_it_back(
    world: World, by: Administrators
) -> None:
    name = {"text": NAME, "keep_until": "2032-12-31"}
    body = a_person_body(await an_audit_body(world), account=PHONE, display_name=name)
    person = (await by.one.post("registry", "/v1/persons", body, key="registers")).ok()
    second = {"issuer": ISSUER, "account": SECOND}
    for administrator, step in ((by.one, ""), (by.two, "/confirm")):
        (await administrator.post("registry", f"/v1/persons/{person['id']}/accounts{step}", second)).ok()
    await world.pump()
    office = await desks(world, CHENGDU)
    requirement = await a_requirement(office, await a_project(office))
    consultation = await a_consultation(office, requirement, (FIRST_DAY + timedelta(days=7)).isoformat())
    herself = await logged_in(world, person)
    given = (await herself.post("catalog", f"/v1/consultations/{consultation['id']}/feedback", {"content": SAID})).ok()
    decision, disposition = {"adopted": False, "reason": "超出预算"}, f"/v1/feedback/{given['id']}/disposition"
    (await office.writer.post("catalog", disposition, decision, key="decides")).ok()

    before = [await places(world, text) for text in TEXTS]
    await proposed(by, person)
    confirmed = (await by.two.post("registry", at(person, "/confirm"))).ok()
    await world.pump()
    after = [await places(world, text) for text in TEXTS]
    again = await by.one.post("registry", "/v1/persons", body, key="registers")
    decided_again = await office.writer.post("catalog", disposition, decision, key="decides")
    seen = (await by.one.get("registry", f"/v1/persons/{person['id']}")).ok()
    nobody = (await herself.get("registry", "/v1/me")).ok()

    assert before == [
        {"registry.private_persons", "registry.idempotency"},
        {"registry.private_logins", "registry.idempotency"},
        {"registry.private_logins", "registry.idempotency"},
        {"catalog.private_feedback", "catalog.idempotency"},
    ]
    assert after == [set(), set(), set(), set()]
    assert again.problem(410, "erased") == decided_again.problem(410, "erased")
    assert (confirmed["state"], confirmed["display_name"], confirmed["erased_on"]) == ("erased", "已删除", "2022-03-01")
    assert seen["accounts"] == [{"issuer": ISSUER, "account": None, "enabled": False}] * 2
    assert nobody["person_id"] is None
    kept = await world.rows("SELECT adopted, reason, content FROM catalog.private_feedback")
    assert kept == [{"adopted": False, "reason": "超出预算", "content": ""}]
    assert await world.parked() == []
    for service in SERVICES:
        await _audited(world, service, UUID(person["id"]))
        copies = import_module(f"services.{service}.worker").WORKER.copies
        if copies:
            await world.rows(f"DELETE FROM {service}.accounts WHERE person_id = $1", UUID(person["id"]))
            await rebuild(Database(service, world.admin_url), copies)
    rebuilt = await world.rows("SELECT enabled FROM contracts.accounts WHERE person_id = $1", UUID(person["id"]))
    assert rebuilt == [{"enabled": False}] * 2, "the rebuild read the person's events"
    assert [await places(world, text) for text in TEXTS] == after


async def _audited(world: World, service: str, person: UUID) -> None:
    """Neither is the chain broken, nor says the journal anything else of the person than the rows do."""
    connection = await asyncpg.connect(world.admin_url, server_settings={"search_path": service})
    try:
        report = await audit(connection, import_module(f"services.{service}.recorded").RECORDED, [])
        logins = [row["subject"] for row in await connection.fetch("SELECT subject FROM accounts")]
    finally:
        await connection.close()
    named = (str(person), *(login_of(ISSUER, text) for text in (PHONE, SECOND)))
    assert [each for each in report.findings if any(name in each for name in named)] == []
    assert set(named[1:]) <= set(logins)
    assert report.position > 0


async def test_it_takes_two_other_persons_and_every_services_answer(world: World, by: Administrators) -> None:
    person = await somebody(by)
    officer = await world.person(duties={"request_payment"})

    (await officer.post("registry", at(person), REASON)).problem(403, "not_allowed")
    asked = (await by.one.post("registry", at(person), REASON)).ok()["erasure"]
    early = await by.two.post("registry", at(person, "/confirm"))
    await world.pump()
    alone = await by.one.post("registry", at(person, "/confirm"))
    tasks = (await by.two.get("registry", "/v1/tasks")).ok()

    assert asked["waits_for"] == ["catalog", "contracts", "evaluation", "tendering"]
    assert early.problem(409, "wrong_state")["needed"] == ["answered_by_services"]
    assert alone.refused("IC12-12.1", "confirmed_by_proposer")
    assert [task["task"] for task in tasks if person["id"] in str(task)] == ["confirm_erasure"]
    assert (await by.two.post("registry", at(person, "/confirm"))).ok()["state"] == "erased"
    assert (await by.two.post("registry", at(person, "/confirm"))).problem(409)["state"] == "not_proposed"


async def test_nobody_erases_themselves(world: World, by: Administrators) -> None:
    await known_here(by.one, "4404")

    answer = await by.one.post("registry", at(by.one), REASON)

    assert answer.problem(403, "not_allowed")["duty"] == "another_administrator"


async def test_who_holds_a_post_or_waits_for_one_or_for_a_login_stays(world: World, by: Administrators) -> None:
    person = await somebody(by)
    path = f"/v1/persons/{person['id']}"
    given = (await by.one.post("registry", f"{path}/posts", audits(person))).ok()["posts"][0]

    held = await by.one.post("registry", at(person), REASON)
    (await by.one.post("registry", f"/v1/posts/{given['id']}/end", {})).ok()
    login = {"issuer": ISSUER, "account": f"later-{uuid4()}"}
    (await by.one.post("registry", f"{path}/accounts", login)).ok()
    waits = await by.one.post("registry", at(person), REASON)
    (await by.one.post("registry", f"{path}/accounts/disable", login)).ok()

    assert held.problem(409, "wrong_state")["state"] == "holds_a_post"
    assert waits.problem(409, "wrong_state")["state"] == "proposed_for"
    assert (await by.one.post("registry", at(person), REASON)).ok()["erasure"]["reason"] == REASON["reason"]


async def test_nothing_is_given_to_who_is_to_be_erased_until_that_is_withdrawn(
    world: World, by: Administrators
) -> None:
    person = await somebody(by)
    path = f"/v1/persons/{person['id']}"
    await proposed(by, person)

    given = await by.one.post("registry", f"{path}/posts", audits(person))
    linked = await by.one.post("registry", f"{path}/accounts", {"issuer": ISSUER, "account": f"later-{uuid4()}"})
    twice = await by.two.post("registry", at(person), REASON)
    withdrawn = (await by.two.post("registry", at(person, "/withdraw"))).ok()

    for refused in (given, linked, twice):
        assert refused.problem(409, "wrong_state")["state"] == "erasure_proposed"
    assert withdrawn["erasure"] is None
    assert (await by.two.post("registry", at(person, "/confirm"))).problem(409)["state"] == "not_proposed"
    (await by.one.post("registry", f"{path}/posts", audits(person))).ok()


async def test_who_is_erased_gets_nothing_more_and_their_login_goes_to_nobody(world: World, by: Administrators) -> None:
    person, other = await somebody(by), await somebody(by)
    login = {"issuer": ISSUER, "account": person["accounts"][0]["account"]}
    await proposed(by, person)
    (await by.two.post("registry", at(person, "/confirm"))).ok()

    given = await by.one.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))
    back = await by.one.post("registry", f"/v1/persons/{person['id']}/accounts", login)
    taken = await by.one.post("registry", f"/v1/persons/{other['id']}/accounts", login)

    assert given.problem(409, "wrong_state")["state"] == "erased"
    assert back.problem(409, "wrong_state")["state"] == "erased"
    assert taken.problem(409, "wrong_state")["state"] == "linked_to_another_person"


async def test_the_reason_names_nobody(by: Administrators) -> None:
    person = await somebody(by, display_name={"text": "司徒未名", "keep_until": "2032-12-31"})

    for named in ("司徒未名已离职", f"账号 {person['accounts'][0]['account']} 停用"):
        answer = await by.one.post("registry", at(person), {"reason": named})
        assert answer.problem(422, "field")["errors"][0]["code"] == "names_the_person"


@pytest.mark.parametrize("state", ["standing", "annulled", "ended"])
async def test_who_has_a_declared_interest_that_stands_is_not_erased(
    world: World, by: Administrators, state: str
) -> None:
    """An interest without a last day still counts; one that was annulled never did, and an ended one has its years."""
    person, supplier = await somebody(by), await world.organisation("provider")
    last, by_whom = (date(2019, 2, 28) if state == "ended" else None), None if state == "standing" else uuid4()
    await world.rows(
        "INSERT INTO registry.declarations (id, key, version, jurisdiction, organisation, person_id, provider_id,"
        " state, declared_by, declared_on, last_day, ended_by)"
        " VALUES ($1, $2, 1, '4404', $3, $2, $4, $5, $6, '2018-01-01', $7, $8)",
        *(uuid4(), UUID(person["id"]), uuid4(), supplier, state, uuid4(), last, by_whom),
    )

    answer = await by.one.post("registry", at(person), REASON)

    if state == "standing":
        assert answer.refused("GPR-9.1", "tie_counts")["facts"] == {"last_day": "2022-03-01"}
    else:
        assert answer.status == 200, answer.body


@pytest.mark.parametrize("ended", [date(2019, 3, 1), date(2019, 2, 28)], ids=["three years ago", "a day before"])
async def test_who_was_with_a_supplier_stays_for_three_years(world: World, by: Administrators, ended: date) -> None:
    person, supplier = await somebody(by), await world.organisation("provider")
    await world.rows(
        "INSERT INTO registry.posts VALUES ($1, $2, $3, '4404/440402', '{submit_bid}', '2018-01-01', $4, 1)",
        *(uuid4(), UUID(person["id"]), supplier, ended),
    )

    answer = await by.one.post("registry", at(person), REASON)

    if ended == date(2019, 3, 1):
        assert answer.refused("GPR-9.1", "tie_counts")["facts"] == {"last_day": "2019-03-01"}
    else:
        assert answer.ok()["erasure"]["reason"] == REASON["reason"]


_OWNED = "id, key, version, jurisdiction, organisation"
_OF_CONTRACT = f"{_OWNED}, provider_id, contract_id"
NAMED = {
    "a member of a panel": (
        "tendering",
        f"INSERT INTO tendering.panels ({_OWNED}, procurement_id, draw_reference, formed_by, state)"
        " VALUES ($1, $3, 1, '4404/440402', $1, $1, 'x', $1, 'formed')",
        "INSERT INTO tendering.panel_members (panel_id, person_id, role, interests) VALUES ($1, $2, 'expert', '[]')",
    ),
    "an opener": (
        "tendering",
        f"INSERT INTO tendering.procurements ({_OWNED}, reference, title, rulebook, method, method_reason,"
        " procurement_project, budget, sources, nature, state, started_by, started_on)"
        " VALUES ($1, $3, 1, '4404/440402', $1, 'named', 'x', 'x', 'open_tender', '', true, 1, '[]',"
        " 'continuous', 'drafted', $1, '2022-03-01')",
        "INSERT INTO tendering.opening_keys VALUES"
        " (gen_random_uuid(), $1, jsonb_build_object('openers', jsonb_build_array($2::text)), $1, clock.now())",
    ),
    "an observer of an acceptance": (
        "evaluation",
        f"INSERT INTO evaluation.acceptances ({_OF_CONTRACT}, attempt, purchaser_is_user, organiser, opened_by, state)"
        " VALUES ($1, $3, 1, '4404/440402', $1, $1, $1, 1, true, 'purchaser', $1, 'open')",
        "INSERT INTO evaluation.observers VALUES"
        " (gen_random_uuid(), $1, $2, 'beneficiary', false, 'phone', clock.now(), $1)",
    ),
    "an observer of an assessment": (
        "evaluation",
        f"INSERT INTO evaluation.assessments ({_OF_CONTRACT}, line_id, period, attempt, modes, purchaser_is_user,"
        " organiser, opened_by, window_provisional, state)"
        " VALUES ($1, $3, 1, '4404/440402', $1, $1, $1, $1, 1, 1, '{x}', true, 'purchaser', $1, false, 'open')",
        "INSERT INTO evaluation.observers VALUES"
        " (gen_random_uuid(), $1, $2, 'beneficiary', false, 'phone', clock.now(), $1)",
    ),
}


@pytest.mark.parametrize("role", NAMED)
async def test_who_is_named_in_a_matter_stays_although_they_never_acted(
    world: World, by: Administrators, role: str
) -> None:
    service, *statements = NAMED[role]
    person, values = await somebody(by), {"$1": str(uuid4()), "$3": str(await _a_recorded_key(world, service))}
    await world.rows("SET session_replication_role = replica")
    for statement in statements:
        for place, value in {**values, "$2": person["id"]}.items():
            statement = statement.replace(place, f"'{value}'")
        await world.rows(statement)
    await world.rows("SET session_replication_role = origin")

    erasure = (await proposed(by, person))["erasure"]
    refused = await by.two.post("registry", at(person, "/confirm"))

    answered = {each["service"]: each["last_recorded_on"] for each in erasure["answers"]}
    assert answered.pop(service) == "2022-03-01"
    assert set(answered.values()) == {None}
    assert refused.refused("GPL-42.1", "record_kept")["facts"]["last_recorded_on"] == "2022-03-01"


async def _a_recorded_key(world: World, service: str) -> UUID:
    """A key of which the service's journal tells something."""
    key = uuid4()
    kind = import_module(f"shared.events.{service}").ErasureAnswered
    await world.emit(service, kind(jurisdiction="4404/440402", organisation=uuid4(), person_id=key, erasure_id=uuid4()))
    return key


async def test_who_acted_stays_until_fifteen_years_after_the_last_that_was_recorded_of_it(
    world: World, by: Administrators
) -> None:
    office = await desks(world, "4404/440402")
    planner = office.planner
    await a_project(office)
    await known_here(planner, "4404/440402")
    await world.rows("DELETE FROM registry.posts WHERE person_id = $1", planner.id)
    await proposed(by, planner)

    at_once = await by.two.post("registry", at(planner, "/confirm"))
    await world.today_is(date(2037, 3, 1))
    on_the_last_day = await by.two.post("registry", at(planner, "/confirm"))
    await world.today_is(date(2037, 3, 2))
    (await by.two.post("registry", at(planner, "/confirm"))).ok()

    facts = {"last_recorded_on": "2022-03-01", "years": "15"}
    assert at_once.refused("GPL-42.1", "record_kept")["facts"] == facts
    assert on_the_last_day.refused("GPL-42.1", "record_kept")["facts"] == facts


@pytest.mark.parametrize("table", ["private_persons", "private_logins"])
async def test_beside_who_is_erased_the_database_keeps_nothing_that_identifies_them(
    world: World, by: Administrators, table: str
) -> None:
    person = await somebody(by, display_name={"text": "上官某某", "keep_until": "2052-12-31"})
    [kept] = await world.rows(f"SELECT * FROM registry.{table} WHERE person_id = $1", UUID(person["id"]))
    row = {name: value for name, value in kept.items() if name != "person_state"}

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.rows(
            "UPDATE registry.persons SET state = 'erased', erased_on = '2022-03-01' WHERE id = $1", UUID(person["id"])
        )
    await proposed(by, person)
    (await by.two.post("registry", at(person, "/confirm"))).ok()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.insert("registry", table, row)
