"""Acts that name documents by id, in each service alike: whose, where, once; or the act is refused and nothing done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errands.documents import sweep_unlinked
from tests.catalog.examples import ZHUHAI, a_purchaser
from tests.contracts.examples import a_desk, a_draft, written_as, zhuhai_award
from tests.support.papers import listed, on_record, reads, states, uploaded
from tests.support.world import Person, Reply, World
from tests.tendering.examples import a_tender_file, an_open_procurement


@dataclass(frozen=True)
class Act:
    """An act that names documents: by whom, how it is given, and what it would change."""

    service: str
    kind: str
    person: Person
    give: Callable[[list[str]], Awaitable[Reply]]
    changed: str


async def an_act(world: World, service: str) -> Act:
    match service:
        case "catalog":
            await a_purchaser(world, world.street, ZHUHAI, "street_office")
            code = f"208-{uuid4().hex[:8]}"
            place = {"jurisdiction": ZHUHAI, "organisation": str(world.street)}
            line = {**place, "code": code, "title": "购买服务", "year": 2022, "amount": "1.00"}
            duties, bureau = {"open_budget_line", "review_budget"}, world.finance_zh
            person = await world.person(duties=duties, organisation=bureau, jurisdiction=ZHUHAI)
            path, body = "/v1/budget-lines", line
            changed = f"SELECT 1 FROM catalog.budget_lines WHERE code = '{code}'"
            kind = "line"
        case "tendering":
            purchase = await an_open_procurement(world)
            person, path, body = purchase.officer, f"{purchase.path}/files", a_tender_file()
            changed = f"SELECT 1 FROM tendering.tender_files WHERE procurement_id = '{purchase.procurement_id}'"
            kind = "file"
        case _:
            award = zhuhai_award(world)
            desk, contract = await a_desk(world, award), await a_draft(world, award)
            person, path, body = desk.drafts, f"/v1/contracts/{contract}/write", written_as(award)
            changed = f"SELECT 1 FROM contracts.contracts WHERE id = '{contract}' AND text_hash IS NOT NULL"
            kind = "contract"

    async def give(documents: list[str]) -> Reply:
        return await person.post(service, path, {**body, "documents": documents})

    return Act(service, kind, person, give, changed)


SERVICES = pytest.mark.parametrize("service", ["catalog", "tendering", "contracts"])


async def beside(act: Act, organisation: UUID, jurisdiction: str = ZHUHAI) -> Person:
    """Somebody with the same duties elsewhere."""
    world = act.person.world
    [row] = await world.rows(f"SELECT duties FROM {act.service}.posts WHERE person_id = $1", act.person.id)
    return await world.person(duties=row["duties"], organisation=organisation, jurisdiction=jurisdiction)


async def swept(world: World, act: Act) -> dict[str, Any]:
    """An upload of yesterday, which is gone."""
    document = await uploaded(act.person, act.service)
    ago = f"UPDATE {act.service}.documents SET created_at = created_at - interval '25 hours' WHERE id = $1"
    await world.rows(ago, UUID(document["id"]))
    service = world.services[act.service]
    async with service.database.system_transaction(service.writer) as tx:
        assert UUID(document["id"]) in await sweep_unlinked(tx)
    return document


@SERVICES
async def test_an_act_names_documents_of_its_side_and_their_hashes_stand_on_record(world: World, service: str) -> None:
    act = await an_act(world, service)
    one, two = await uploaded(act.person, service), await uploaded(act.person, service)

    (await act.give([two["id"], one["id"]])).ok()

    assert await states(world, service, one, two) == ["linked", "linked"]
    [entry] = await on_record(world, service, one)
    assert entry["hashes"] == [two["sha256"], one["sha256"]]
    assert (entry["kind"], entry["audience"]) == (act.kind, "internal")
    shown = (await listed(act.person, service, act.kind, entry["record"])).ok()
    assert [each["id"] for each in shown] == [one["id"], two["id"]]
    assert await world.rows(act.changed)


WRONG = ["nobody's", "another side's", "another city's", "another service's", "swept", "named before"]


@SERVICES
@pytest.mark.parametrize("whose", WRONG)
async def test_any_other_document_is_refused_by_the_clause_on_files_and_nothing_is_done(
    world: World, service: str, whose: str
) -> None:
    act = await an_act(world, service)
    own, code = await uploaded(act.person, service), "document_missing"
    match whose:
        case "nobody's":
            other = {"id": str(uuid4())}
        case "another side's":
            other = await uploaded(await beside(act, uuid4()), service)
        case "another city's":
            other = await uploaded(await beside(act, act.person.organisation, "5101/510104"), service)
        case "another service's":
            elsewhere = await an_act(world, "contracts" if service == "catalog" else "catalog")
            other = await uploaded(elsewhere.person, elsewhere.service)
        case "swept":
            other = await swept(world, act)
        case _:
            before = await an_act(world, service)
            shared = await beside(act, before.person.organisation)
            other, code = await uploaded(shared, service), "document_named"
            (await before.give([other["id"]])).ok()

    answer = await act.give([own["id"], other["id"]])

    found = answer.refused("GPL-42.1", code)
    assert found["facts"] == {"paper": "2"}
    assert not await world.rows(act.changed)
    assert await states(world, service, own) == ["pending"]
    assert not await on_record(world, service, own)


async def test_a_person_of_two_organisations_names_for_each_its_own(world: World) -> None:
    act, other = await an_act(world, "tendering"), uuid4()
    await world.post_for(act.person, {"draft_file"}, other)
    theirs = await uploaded(act.person, "tendering", organisation=str(other))
    ours = await uploaded(act.person, "tendering", organisation=str(act.person.organisation))

    (await act.give([theirs["id"]])).refused("GPL-42.1", "document_missing")
    (await act.give([ours["id"]])).ok()


async def test_one_document_is_named_once_and_no_more_than_twenty_are(world: World) -> None:
    act = await an_act(world, "catalog")
    document = await uploaded(act.person, "catalog")

    twice = (await act.give([document["id"]] * 2)).problem(422, "field")
    many = (await act.give([str(uuid4()) for _ in range(21)])).problem(422, "field")

    assert [each["errors"][0]["field"] for each in (twice, many)] == ["body.documents"] * 2
    assert await states(world, "catalog", document) == ["pending"]


async def test_the_same_request_again_names_nothing_twice(world: World) -> None:
    act = await an_act(world, "catalog")
    document, key = await uploaded(act.person, "catalog"), uuid4().hex
    line = {"jurisdiction": ZHUHAI, "organisation": str(world.street), "code": f"209-{key[:8]}", "title": "购买服务"}
    body = {**line, "year": 2022, "amount": "1.00", "documents": [document["id"]]}

    answers = [await act.person.post("catalog", "/v1/budget-lines", body, key=key) for _ in range(2)]

    assert answers[0].ok() == answers[1].ok()
    assert len(await on_record(world, "catalog", document)) == 1


async def test_a_sealed_document_is_named_and_read_by_its_own_side_alone(world: World) -> None:
    act = await an_act(world, "contracts")
    auditor = await world.person(duties={"audit"}, organisation=uuid4(), jurisdiction="4404")
    hidden, shown = await uploaded(act.person, "contracts", audience="sealed"), await uploaded(act.person, "contracts")
    (await act.give([hidden["id"], shown["id"]])).ok()
    [entry] = await on_record(world, "contracts", hidden)

    seen = [each["id"] for each in (await listed(auditor, "contracts", "contract", entry["record"])).ok()]

    assert seen == [shown["id"]]
    assert [await reads(person, "contracts", hidden) for person in (act.person, auditor)] == [True, False]


async def test_the_documents_of_what_one_may_not_see_or_of_no_such_kind_are_not_listed(world: World) -> None:
    act = await an_act(world, "contracts")
    document = await uploaded(act.person, "contracts")
    (await act.give([document["id"]])).ok()
    [entry] = await on_record(world, "contracts", document)
    stranger = await world.person(duties={"sign_contract"}, organisation=uuid4())

    (await listed(stranger, "contracts", "contract", entry["record"])).problem(404, "not_found")
    (await listed(act.person, "contracts", "anything", entry["record"])).problem(404, "not_found")
