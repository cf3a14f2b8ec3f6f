"""Role × place × route × ownership × state: every cell is asked, and nobody gets what their post does not give.

The expectation of a route stands in its own documentation ("Duty: …", which the API shows); a write without one, or a
read of a record that is neither private nor said to be public here, fails. Records in every state come out of a world
in which purchases were played by the examples of the other tests; every table of a service is looked through, one
record a state. `make test` asks one record a route, drawn by SEED; the long form asks them all.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.registry.bodies.kinds import FITTING
from services.registry.persons.duties import DUTIES
from shared.fields.places import city_of, within
from shared.work.identity import PROVIDING
from tests.abuse.lineage import Lineage
from tests.abuse.surface import EVERY, Route, a_body, every_duty
from tests.catalog import examples as catalog
from tests.catalog.test_consultations_api import a_resident, answer_of
from tests.contracts import examples as contracts
from tests.evaluation import examples as evaluation
from tests.evaluation.test_acceptance_api import opened as an_acceptance
from tests.evaluation.test_corrections_api import WRONG, a_poor_result
from tests.evaluation.test_objections_api import filed
from tests.registry.examples import a_provider, an_authority
from tests.registry.test_bars_api import proposed as a_proposed_bar
from tests.registry.test_bars_api import two_of_finance
from tests.registry.test_imports_api import entered
from tests.registry.test_interests_api import declared
from tests.registry.test_persons_api import a_person, a_post, an_administrator
from tests.registry.test_reversals_api import reversal
from tests.support.world import Person, World
from tests.tendering import rounds
from tests.tendering.examples import a_cleared_project, a_drafted_file, an_open_procurement
from tests.tendering.test_consents_api import DIRECT
from tests.tendering.test_consents_api import asked as a_consent

SEED = int(os.environ.get("SEED", "7"))
HERE, CHENGDU = "4404/440402", "5101/510104"

TABLES = {
    "interest_id": "declarations",
    "edition_id": "editions", "project_id": "projects", "budget_id": "budgets", "requirement_id": "requirements",
    "budget_line_id": "budget_lines",
    "consultation_id": "consultations", "feedback_id": "private_feedback", "person_id": "persons",
    "post_id": "post_proposals", "provider_id": "providers", "result_id": "results", "bar_id": "bars",
    "reversal_id": "reversals", "standing_id": "standings",
    "procurement_id": "procurements", "file_id": "tender_files", "bid_id": "bids", "award_id": "awards",
    "consent_id": "consents",
    "contract_id": "contracts", "line_id": "payment_lines", "mandate_id": "mandates", "acceptance_id": "acceptances",
    "assessment_id": "assessments", "objection_id": "objections", "survey_id": "surveys",
    "evaluation_id": "evaluations", "correction_id": "corrections",
}  # fmt: skip
"""Where the records lie that a path names; other parameters name nothing that belongs to anybody."""

OPEN_WRITES = {
    "declare_interest": "anybody declares an interest of their own",
    "give_feedback": "the public answers a consultation",
    "upload_document": "a file belongs to the uploader's own organisation, whichever that is",
}
PUBLIC_READS = {
    "get_directory": "published editions are public",
    "list_directory_items": "as its edition",
    "export_directory_items": "as its edition",
    "get_provider": "the register is public",
    "get_standing": "standings are public",
    "list_standings": "standings are public",
    "check_eligibility": "a question about public facts",
    "check_provider": "a question about public facts",
    "get_consultation": "an open consultation asks everybody",
    "get_procurement": "public from its notice on",
    "get_opening_key": "public from the notice on",
    "get_opening": "minutes are public",
    "get_ranking": "public from the announcement on",
    "get_panel": "public from the announcement on",
    "get_qualification": "public from the announcement on",
    "get_award": "public from the announcement on",
    "list_reason_corrections": "as its award, whose reasons it shows",
    "list_awards": "public from the announcement on",
    "get_file": "published with the notice",
    "list_price_explanations": "empty for others than the panel, the purchaser's side and the bidder who was asked",
    "list_consents": "empty for others than the purchaser's side and the authority that was asked",
    "list_files": "empty for others than the purchaser's side",
    "get_published_evaluation": "published",
    "list_own_bids": "one's own alone",
}
"""Reads of a record that answer others than its parties, in some state at least, with the reason."""

NOT_BY_ORGANISATION = frozenset(
    name
    for name, duty in DUTIES.items()
    if duty.side in ("finance", "registering", "running", "overseeing", "superior")
)
"""Duties that are held for a place, not for the organisation that owns the record: only its offices can hold them
(`test_what_is_held_for_a_place_is_held_in_its_offices`)."""


@dataclass(frozen=True)
class Record:
    """A record that a path names: whose it is, where it lies, in which state."""

    id: UUID
    organisation: UUID
    provider: UUID | None
    place: str
    state: str


@dataclass(frozen=True)
class Role:
    """Who asks: a post, and whether it entitles to what is asked."""

    name: str
    duties: frozenset[str] = frozenset()
    organisation: UUID | None = None
    place: str = HERE
    entitled: bool = False
    enabled: bool = True


def duties_of(route: Route) -> frozenset[str]:
    """The duties that the route says it asks for."""
    said = " ".join((route.endpoint.__doc__ or "").split())
    found = re.findall(r"\b[Dd]ut(?:y|ies): ([^.;(]*)", said)
    return frozenset(word for text in found for word in re.findall(r"[a-z_]+", text) if word in DUTIES)


def parameters(route: Route) -> list[str]:
    return [name for name in re.findall(r"{([a-z_]+)}", route.path) if name in TABLES]


WRITES = [route for route in EVERY if route.writes]
READS = [route for route in EVERY if not route.writes and parameters(route)]


def test_what_is_held_for_a_place_is_held_in_its_offices() -> None:
    given = {duty: {kind for kind, duties in FITTING.items() if duty in duties} for duty in NOT_BY_ORGANISATION}

    assert {duty for duty, kinds in given.items() if kinds & {"purchaser", "provider"}} == {"administer_posts"}


def test_every_write_says_which_duty_it_asks_for() -> None:
    assert [str(route) for route in WRITES if not duties_of(route) and route.operation not in OPEN_WRITES] == []
    assert {route.operation for route in WRITES} >= OPEN_WRITES.keys()


# --- the world


@pytest.fixture(scope="module")
async def played(world: World) -> World:
    """Purchases up to every stage, each by the examples of its own tests."""
    at = await catalog.desks(world, catalog.ZHUHAI)
    project = await catalog.a_pooled_project(at)
    await catalog.a_project(at)
    await catalog.a_submitted_budget(at, project)
    await catalog.a_requirement(at, project)
    chengdu = await catalog.desks(world, catalog.CHENGDU)
    asked = await catalog.a_requirement(chengdu, await catalog.a_project(chengdu))
    await answer_of(await a_resident(world), await catalog.a_consultation(chengdu, asked, "2022-03-20"))
    award = contracts.zhuhai_award(world)
    desk = await contracts.a_desk(world, award)
    await contracts.a_contract_in_force(world, desk, award)
    await contracts.a_written_contract(world, desk, contracts.zhuhai_award(world))
    proposes, _, path = await a_poor_result(world)
    await proposes.post("evaluation", f"{path}/corrections", WRONG)
    contract = await evaluation.a_chengdu_contract(world)
    acceptor = await evaluation.officer(world, contract, evaluation.ACCEPTOR | evaluation.EVALUATOR)
    await evaluation.a_third_party(world, acceptor, contract)
    told = await evaluation.assessed(acceptor, contract, score="84.00")
    own = await evaluation.of_provider(world, contract)
    await filed(own, told)
    delivered = await evaluation.a_zhuhai_contract(world)
    acceptor = await evaluation.officer(world, delivered, evaluation.ACCEPTOR)
    await an_acceptance(acceptor, delivered, 1)
    provider = await a_provider(world, authority := await an_authority(world))
    one, other = await two_of_finance(world)
    await a_proposed_bar(one, provider)
    barred = await a_proposed_bar(one, await a_provider(world))
    (await other.post("registry", f"/v1/bars/{barred['id']}/confirm")).ok()
    (await reversal(one, barred)).ok()
    await entered(authority.enters, provider)
    admin = await an_administrator(world)
    street = await world.organisation()
    person = await a_person(admin)
    await admin.post("registry", f"/v1/persons/{person['id']}/posts", a_post(street, "approve_payment"))
    (await declared(await world.person("kin", duties={"audit"}), provider)).ok()
    await an_open_procurement(world)
    await a_drafted_file(await an_open_procurement(world))
    small = await a_cleared_project(world, city=CHENGDU, budget="399999.99")
    (await a_consent(small, "second_person", **DIRECT)).ok()
    await rounds.a_closed_procurement(world)
    await rounds.a_proposed_award(world)
    await rounds.an_announced_award(world)
    await world.pump()
    return world


async def records(world: World, service: str, parameter: str) -> list[Record]:
    """One record a state."""
    table = f"{service}.{TABLES[parameter]}"
    if parameter == "line_id":
        found = await world.rows(
            f"SELECT l.id, l.state, c.organisation, c.provider_id, c.jurisdiction FROM {table} l"
            " JOIN contracts.contracts c ON c.id = l.contract_id ORDER BY l.id"
        )
    else:
        found = await world.rows(f"SELECT * FROM {table} ORDER BY id")
    by_state: dict[str, Record] = {}
    for row in found:
        record = Record(
            row["id"], row["organisation"], row.get("provider_id"), row["jurisdiction"], row.get("state", "")
        )
        if parameter == "provider_id":
            record = Record(row["id"], row["organisation"], row["id"], row["jurisdiction"], row["state"])
        by_state.setdefault(record.state, record)
    return list(by_state.values())


def elsewhere(place: str) -> str:
    return HERE if within(place, city_of(CHENGDU)) else CHENGDU


def beside(place: str) -> str:
    """A district of the same city; beside a city, another one."""
    return "5301" if place == city_of(place) else f"{city_of(place)}/{city_of(place)}99"


def below(place: str) -> str:
    return f"{place}/{place}98" if place == city_of(place) else f"{place}/{place.rpartition('/')[2]}001"


class People:
    """Whoever a cell needs, made once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[Any, ...], Person] = {}
        self._others: dict[str, UUID] = {}
        self._placed: set[UUID] = set()

    async def other(self, place: str) -> UUID:
        """An organisation that has nothing to do with any record."""
        if place not in self._others:
            self._others[place] = await self._world.organisation("purchaser", place)
        return self._others[place]

    async def lies(self, organisation: UUID, place: str) -> str:
        """The organisation of a record is registered where the record lies, or where it is already; returns where."""
        if organisation not in self._placed:
            self._placed.add(organisation)
            for service in self._world.services:
                await self._world.admin.execute(
                    f"INSERT INTO {service}.organisations VALUES ($1, 'purchaser', $2, 1) ON CONFLICT DO NOTHING",
                    organisation,
                    place,
                )
        known = "SELECT jurisdiction FROM evaluation.organisations WHERE id = $1"
        return str(await self._world.admin.fetchval(known, organisation))

    async def person(self, role: Role) -> Person:
        key = (role.duties, role.organisation, role.place, role.enabled)
        if key not in self._made:
            organisation = role.organisation or uuid4()
            person = await self._world.person(
                "cell", duties=role.duties or frozenset({"none"}), organisation=organisation, jurisdiction=role.place
            )
            if not role.enabled:
                for service in self._world.services:
                    await self._world.rows(
                        f"UPDATE {service}.accounts SET enabled = false WHERE person_id = $1", person.id
                    )
            self._made[key] = person
        return self._made[key]


EVERY_DUTY = frozenset(every_duty() & DUTIES.keys())


async def writers(people: People, asked: frozenset[str], record: Record) -> list[Role]:
    """Those who lack one thing each, the entitled one last."""
    place, other = record.place, await people.other(record.place)
    far = elsewhere(place)
    away = await people.other(far)
    provides, local = bool(asked <= PROVIDING), bool(asked & NOT_BY_ORGANISATION)
    home = (record.provider or record.organisation) if provides else record.organisation
    mine = other if local else home
    lies = place if local else await people.lies(home, city_of(place) if provides else place)
    roles = [
        Role("nobody"),
        Role("every other duty", EVERY_DUTY - asked - {"administer_posts", "operate"}, mine, place),
        Role("another city's", asked, away, far),
        Role("another city's, with a post in this one's organisation", asked, home, elsewhere(lies)),
        Role("overseer", frozenset({"audit", "supervise"}) - asked, other, place),
        Role("disabled", asked, mine, place, enabled=False),
    ]
    if not local:
        roles.append(Role("another organisation of the place", asked, other, place))
    if not provides:
        roles += [Role("below", asked, mine, below(place)), Role("beside", asked, mine, beside(place))]
    return [*roles, Role("entitled", asked, mine, place, entitled=True)]


async def readers(people: People, record: Record) -> list[Role]:
    far = elsewhere(record.place)
    other, away = await people.other(record.place), await people.other(far)
    everything = frozenset(EVERY_DUTY) - {"audit", "supervise", "review_budget", "administer_posts", "bar_provider"}
    everything -= {"import_result", "register_provider", "verify_provider"}
    await people.lies(record.organisation, record.place)
    return [
        Role("nobody"),
        Role("another organisation of the place", everything, other, record.place),
        Role("another city's", everything | {"audit"}, away, far),
        Role("another city's, with a post in this one's organisation", everything, record.organisation, far),
        Role("disabled", everything | {"audit"}, record.organisation, record.place, enabled=False),
        Role("entitled", everything | {"audit"}, record.organisation, record.place, entitled=True),
    ]


def address(route: Route, record: Record | None) -> str:
    named = parameters(route)[:1]
    return re.sub(
        r"{([a-z_]+)}", lambda m: str(record.id) if record and m.group(1) in named else str(uuid4()), route.path
    )


async def send(person: Person, route: Route, record: Record | None) -> int:
    headers = {"idempotency-key": uuid4().hex, "if-match": "*"} if route.writes else {}
    body = a_body(route)
    if isinstance(body, dict) and record is not None:
        given = {
            "jurisdiction": record.place,
            "organisation": str(record.organisation),
            "proposer": str(record.organisation),
        }
        body.update({name: value for name, value in given.items() if name in body})
    extra = {"json": body} if route.writes and body is not None else {}
    answer = await person.send(route.service, route.method, address(route, record), headers=headers, **extra)
    if answer.status == 403 and answer.json.get("code") == "not_allowed":
        return 403 if answer.json.get("duty") else 404
    return answer.status


async def of_route(world: World, route: Route, whole: bool) -> list[Record]:
    """The records to ask for: all states, or one of them; where the path names none, a place and nobody's record."""
    named = parameters(route)
    if not named:
        return [Record(uuid4(), world.street, world.provider, HERE, "")]
    found = await records(world, route.service, named[0])
    return found if whole or not found else [random.Random(f"{SEED}{route}").choice(found)]


async def ask_all(world: World, routes: list[Route], whole: bool) -> tuple[Counter[str], list[str]]:
    people, cells, wrong = People(world), Counter[str](), []
    entitled: list[tuple[Route, Record, Role]] = []
    for route in routes:
        found = await of_route(world, route, whole)
        wrong += [] if found else [f"{route}: no record in the world that it could be asked for"]
        for record in found:
            asked = duties_of(route)
            roles = await (writers(people, asked, record) if route.writes else readers(people, record))
            for role in roles:
                if role.entitled:
                    entitled.append((route, record, role))
                    continue
                status = await send(await people.person(role), route, record)
                cells[role.name] += 1
                if status < 300 or status >= 500:
                    wrong.append(f"{route} [{record.state}] {role.name}: {status}")
    for route, record, role in entitled:
        status = await send(await people.person(role), route, record)
        cells[role.name] += 1
        cells["let in"] += status not in (403, 404)
        if status >= 500:
            wrong.append(f"{route} [{record.state}] entitled: {status}")
    return cells, wrong


def _routes() -> Iterator[Route]:
    yield from (route for route in WRITES if route.operation not in OPEN_WRITES)
    yield from (route for route in READS if route.operation not in PUBLIC_READS)


async def judge(world: World, whole: bool) -> None:
    cells, wrong = await ask_all(world, list(_routes()), whole)

    print(f"authorisation: seed={SEED} cells={cells.total() - cells['let in']} let_in={cells['let in']} {dict(cells)}")
    assert not wrong, "\n".join(wrong)
    assert cells["let in"] > 0.6 * cells["entitled"]


async def test_nobody_gets_what_their_post_does_not_give(played: World) -> None:
    await judge(played, whole=False)


@pytest.mark.long
async def test_nobody_gets_it_in_any_state(played: World) -> None:
    await judge(played, whole=True)


async def test_a_cell_that_opens_would_be_found(played: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [route for route in READS if route.operation in ("get_contract", "get_project")]
    assert (await ask_all(played, reads, whole=True))[1] == []

    monkeypatch.setattr("shared.work.identity.Scope.sees", lambda *_: True)

    assert (await ask_all(played, reads, whole=True))[1]


# --- whoever took the place of another


SHUT = (403, 404)
PRIVATE = (
    frozenset(EVERY_DUTY)
    - {"audit", "supervise", "review_budget", "administer_posts", "bar_provider"}
    - {*("import_result", "register_provider", "verify_provider", "register_purchaser")}
)
LISTS = [route for route in EVERY if not route.writes and "{" not in route.path and route.operation.startswith("list_")]


async def cells_of(world: World, people: People, lineage: Lineage) -> list[tuple[Route, Record, Role, Role]]:
    """Every route about a record of an organisation, with who asks for it and who asks for its successor."""
    found = []
    for route in _routes():
        duties = duties_of(route) if route.writes else PRIVATE
        if not parameters(route) or (route.writes and duties & NOT_BY_ORGANISATION):
            continue
        provides = route.writes and duties <= PROVIDING
        for record in await of_route(world, route, whole=False):
            owner = (record.provider if provides else None) or record.organisation
            place = city_of(record.place) if provides else record.place
            await people.lies(owner, place)
            heir = await lineage.successor_of(owner, place, "provider" if provides else "purchaser")
            found.append((route, record, Role("own", duties, owner, place), Role("heir", duties, heir, place)))
    return found


@pytest.mark.long
async def test_a_successor_carries_on_what_its_predecessor_left_and_nothing_before(played: World) -> None:
    people, lineage = People(played), Lineage(played)
    cells = await cells_of(played, people, lineage)

    async def asked() -> list[int]:
        return [await send(await people.person(heir), route, record) for route, record, _, heir in cells]

    early = await asked()
    await lineage.recorded()
    recorded = await asked()
    await lineage.left()
    after = await asked()
    own = [await send(await people.person(role), route, record) for route, record, role, _ in cells]

    said = list(
        zip((f"{route} [{record.state}]" for route, record, *_ in cells), early, recorded, after, own, strict=True)
    )
    kept_out = [each for each in said if each[4] not in SHUT and each[3] in SHUT]
    opened = [each for each in said if min(each[1], each[2]) < 300]
    gained = [each for each in said if {each[1], each[2]} <= set(SHUT) and each[3] not in SHUT]
    print(f"successors: cells={len(cells)} by_the_departure={len(gained)}")
    assert (kept_out, opened) == ([], [])
    assert len(gained) > 0.6 * len(cells)

    await _lists_follow(played, people, cells[0][2], cells[0][3])


async def _lists_follow(world: World, people: People, own: Role, heir: Role) -> None:
    private = 0
    for route in LISTS:
        stranger = Role("stranger", PRIVATE, await people.other(own.place), own.place)
        roles = [Role(role.name, PRIVATE, role.organisation, role.place) for role in (own, heir)]
        before, after, without = [await _ids(await people.person(role), route) for role in (*roles, stranger)]
        assert before <= after, route
        private += bool(after - without)
    assert private >= 3


async def _ids(person: Person, route: Route) -> set[str]:
    answer = await person.get(route.service, route.path)
    listed = answer.json if answer.status == 200 else []
    rows = listed["items"] if isinstance(listed, dict) else listed
    return {str(each["id"]) for each in rows if "id" in each}
