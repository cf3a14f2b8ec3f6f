"""Records handed on: what `add` and `save` return is what the database then holds, and writes keep their order."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.catalog.budgets.records import BudgetLine
from services.catalog.directories.records import Edition, EditionItem, EditionState
from services.catalog.negative_lists.records import NegativeCheck
from services.catalog.projects.records import Project, ProjectState
from services.registry.persons.records import Person, PrivatePerson
from services.registry.tables import private_persons
from shared.road.tables import Instant
from shared.work.database import NotFound, Transaction, VersionMismatch, WrongState
from shared.work.identity import Actor, NotAllowed, Post
from shared.work.sql import as_held
from shared.work.states import UndeclaredMove
from tests.support.world import World

PERSON, ORGANISATION, ELSEWHERE = uuid4(), uuid4(), uuid4()


@pytest.fixture
async def tx(world: World) -> AsyncIterator[Transaction]:
    database = world.services["catalog"].database
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        yield tx


def an_edition(day: int = 1) -> Edition:
    edition_id = uuid4()
    return Edition(
        id=edition_id,
        key=edition_id,
        version=1,
        jurisdiction="5101",
        organisation=ORGANISATION,
        kind="guidance",
        title="成都市政府购买服务指导性目录",
        valid_from=date(2022, 1, day),
        rulebook="chengdu-2022@1",
        items=1,
        state=EditionState.DRAFTED,
        drafted_by=PERSON,
    )


def an_item(edition: Edition) -> EditionItem:
    words: dict[str, Any] = {"code": "1", "level": 1, "path": ["1"], "name_zh": "基本服务类"}
    return EditionItem(edition_id=edition.id, parent=None, name_en=None, note=None, **words)


def a_project() -> Project:
    project_id = uuid4()
    return Project(
        id=project_id,
        key=project_id,
        version=1,
        jurisdiction="5101",
        organisation=ORGANISATION,
        title="助老服务",
        rulebook="chengdu-2017@1",
        state=ProjectState.PROPOSED,
        way="planned",
        purchaser_kind="street_office",
        proposer=ORGANISATION,
        proposed_by=PERSON,
        proposed_on=date(2022, 1, 4),
        item="2.04",
        item_path=["2", "2.04"],
        service_class=None,
        nature="continuous",
        need_origin=None,
        in_central_directory=False,
        estimate=Decimal("1.00"),
        details={},
        follows=None,
    )


async def kept(tx: Transaction, edition: Edition) -> Edition:
    await tx.flush()
    await tx.lock(edition.key)
    return await tx.lock_record(Edition, edition.id)


async def test_what_was_added_is_as_the_database_holds_it(tx: Transaction) -> None:
    edition = await tx.add(an_edition())

    assert await kept(tx, edition) == edition


def a_line(amount: str) -> BudgetLine:
    line_id = uuid4()
    return BudgetLine(
        id=line_id,
        key=line_id,
        version=1,
        jurisdiction="5101",
        organisation=ORGANISATION,
        code="2080299",
        title="社会服务",
        year=2022,
        amount=Decimal(amount),
        allotted=Decimal(0),
    )


async def test_figures_come_back_with_the_places_of_their_column(tx: Transaction) -> None:
    line = await tx.add(a_line("1000"))
    saved = await tx.save(line, replace(line, amount=Decimal("2000.5")))

    await tx.flush()
    await tx.lock(line.key)
    kept = await tx.lock_record(BudgetLine, line.id)
    assert [str(one.amount) for one in (line, saved, kept)] == ["1000.00", "2000.50", "2000.50"]


def test_an_instant_comes_back_in_utc() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("closes_at", Instant))
    given = datetime.fromisoformat("2022-03-24T09:30:00+08:00")

    assert as_held(table, {"closes_at": given})["closes_at"].isoformat() == "2022-03-24T01:30:00+00:00"


async def test_a_document_comes_back_with_the_kinds_of_json(tx: Transaction) -> None:
    key, given = uuid4(), cast(dict[str, bool], {"day": date(2022, 3, 1), "codes": ("a", "b")})
    given_by: dict[str, Any] = {"declared_by": PERSON, "declared_on": date(2022, 3, 1)}

    check = await tx.add(
        NegativeCheck(id=uuid4(), key=key, subject=key, point="project", declaration=given, **given_by)
    )

    await tx.lock(key)
    assert cast(object, check.declaration) == {"day": "2022-03-01", "codes": ["a", "b"]}
    assert await tx.lock_record(NegativeCheck, check.id) == check


async def test_the_database_gives_the_number_and_it_is_handed_on(tx: Transaction) -> None:
    numbers = [(await tx.add(a_project())).number for _ in range(2)]

    assert 0 < numbers[0] < numbers[1]


async def test_what_was_saved_is_as_the_database_holds_it(tx: Transaction) -> None:
    drafted = await tx.add(an_edition())
    published = replace(drafted, state=EditionState.PUBLISHED, published_by=uuid4(), published_on=tx.today)

    saved = await tx.save(drafted, published)

    assert saved.version == drafted.version + 1
    assert await kept(tx, drafted) == saved


async def test_a_save_writes_nothing_that_is_the_same(tx: Transaction) -> None:
    drafted = await tx.add(an_edition())
    await tx.flush()
    await tx.connection.execute("UPDATE editions SET title = 'x' WHERE id = $1", drafted.id)

    await tx.save(drafted, replace(drafted, items=7))

    assert (await kept(tx, drafted)).title == "x"


async def test_saving_twice_counts_twice(tx: Transaction) -> None:
    drafted = await tx.add(an_edition())

    once = await tx.save(drafted, replace(drafted, items=7))
    twice = await tx.save(once, replace(once, title="另一名称"))

    assert await kept(tx, drafted) == twice
    assert twice.version == drafted.version + 2


async def test_a_child_does_not_overtake_its_parent(tx: Transaction) -> None:
    one, two = an_edition(1), an_edition(2)
    await tx.add(one)
    await tx.flush()

    await tx.add(an_item(one))
    await tx.add(two)
    await tx.add(an_item(two))
    await tx.flush()

    assert await tx.connection.fetchval("SELECT count(*) FROM edition_items") == 2


async def test_writes_that_do_not_refer_to_each_other_still_go_out_together(tx: Transaction) -> None:
    for day in (1, 2, 3):
        edition = await tx.add(an_edition(day))
        await tx.add(an_item(edition))

    assert [len(group.arguments) for group in tx._writes._groups] == [3, 3]


# --- the opening: what is asked first


@pytest.fixture
async def edition(tx: Transaction) -> Edition:
    edition = await tx.add(an_edition())
    await tx.flush()
    await tx.connection.execute("INSERT INTO keys (key, version) VALUES ($1, 0) ON CONFLICT DO NOTHING", edition.key)
    return edition


def acts(tx: Transaction, duty: str, organisation: UUID = ORGANISATION, if_match: str | None = None) -> None:
    tx.actor = Actor(PERSON, (Post(uuid4(), organisation, "5101", frozenset({duty})),))
    tx.if_match = if_match


async def opened(tx: Transaction, edition_id: UUID, *states: EditionState) -> Edition:
    edition, person = await tx.open(Edition, edition_id, "publish_directory", states=states)
    assert person == PERSON
    return edition


async def test_what_is_opened_comes_with_who_opens_it(tx: Transaction, edition: Edition) -> None:
    acts(tx, "publish_directory", if_match='"1"')

    assert await opened(tx, edition.id, EditionState.DRAFTED) == edition


async def test_what_is_not_there_is_not_found(tx: Transaction, edition: Edition) -> None:
    acts(tx, "publish_directory", if_match='"1"')

    with pytest.raises(NotFound):
        await opened(tx, uuid4(), EditionState.DRAFTED)


@pytest.mark.parametrize(
    ("duty", "organisation"), [("draft_directory", ORGANISATION), ("publish_directory", ELSEWHERE)]
)
async def test_the_duty_is_asked_before_version_and_state(
    tx: Transaction, edition: Edition, duty: str, organisation: UUID
) -> None:
    acts(tx, duty, organisation, if_match='"9"')

    with pytest.raises(NotAllowed):
        await opened(tx, edition.id, EditionState.PUBLISHED)


@pytest.mark.parametrize("if_match", ['"9"', None])
async def test_the_version_is_asked_before_the_state(tx: Transaction, edition: Edition, if_match: str | None) -> None:
    acts(tx, "publish_directory", if_match=if_match)

    with pytest.raises(VersionMismatch):
        await opened(tx, edition.id, EditionState.PUBLISHED)


async def test_the_state_is_asked_last(tx: Transaction, edition: Edition) -> None:
    acts(tx, "publish_directory", if_match='"1"')

    with pytest.raises(WrongState):
        await opened(tx, edition.id, EditionState.PUBLISHED)


async def test_the_duty_is_asked_where_the_record_lies_or_at_the_place_that_is_named(
    tx: Transaction, edition: Edition
) -> None:
    tx.actor = Actor(PERSON, (Post(uuid4(), ORGANISATION, "4404", frozenset({"publish_directory"})),))
    tx.if_match = '"1"'

    assert await tx.open(Edition, edition.id, "publish_directory", at="4404") == (edition, PERSON)
    for at in (None, "5101"):
        with pytest.raises(NotAllowed):
            await tx.open(Edition, edition.id, "publish_directory", at=at)


async def test_what_the_database_computes_is_given_by_nobody(world: World) -> None:
    database = world.services["registry"].database
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        own = uuid4()
        person = Person(id=own, key=own, version=1, jurisdiction="5101", organisation=own, registered_by=None)
        person = await tx.add(person)
        name = PrivatePerson(person_id=person.id, display_name="王芳", purpose="shown", keep_until=date(2030, 1, 1))
        added = await tx.add(name)

        kept = sa.select(private_persons).where(private_persons.c.person_id == person.id)
        assert await tx.one(kept, PrivatePerson) == added


@pytest.mark.parametrize(("day", "way", "declared"), [(21, "published", True), (22, "drafted", False)])
async def test_a_record_is_saved_along_declared_ways_alone(tx: Transaction, day: int, way: str, declared: bool) -> None:
    drafted = await tx.add(an_edition(day))
    published = await tx.save(
        drafted, replace(drafted, state=EditionState.PUBLISHED, published_by=uuid4(), published_on=date(2022, 1, 9))
    )

    if declared:
        assert (await tx.save(published, replace(published, title="另一目录"))).state is EditionState(way)
    else:
        with pytest.raises(UndeclaredMove, match="published -> drafted"):
            await tx.save(published, replace(published, state=EditionState(way)))


async def test_a_record_begins_in_a_declared_state_alone(tx: Transaction) -> None:
    with pytest.raises(UndeclaredMove, match="nothing -> published"):
        await tx.add(replace(an_edition(), state=EditionState.PUBLISHED))
