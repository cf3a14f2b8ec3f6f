"""Posts over HTTP: in which organisation, by whom, confirmed by whom, and apart from what."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registry.posts.bootstrap import bootstrap_administrators
from shared.web.issuer import ISSUER
from shared.work.database import WrongState
from tests.registry.examples import CHENGDU, ZHUHAI, a_provider, an_authority, published
from tests.registry.test_persons_api import a_person, a_person_body, a_post, an_administrator, known_here, logged_in
from tests.support.tasks import tasks_about
from tests.support.world import Person, Reply, World

BESIDE = "4404/440403"


async def propose(admin: Person, person: dict[str, Any], organisation: UUID, *duties: str, **changes: Any) -> Reply:
    return await admin.post("registry", f"/v1/persons/{person['id']}/posts", a_post(organisation, *duties, **changes))


async def confirm(admin: Person, given: dict[str, Any]) -> Reply:
    return await admin.post("registry", f"/v1/posts/{given['proposed'][-1]['id']}/confirm")


async def duties_of(world: World, person: dict[str, Any]) -> list[list[str]]:
    me = (await (await logged_in(world, person)).get("registry", "/v1/me")).ok()
    return [post["duties"] for post in me["posts"]]


def code(answer: Reply) -> str:
    return str(answer.problem(422, "field")["errors"][0]["code"])


# --- in which organisation


async def test_a_post_is_given_in_an_organisation_that_is_registered(world: World) -> None:
    admin = await an_administrator(world)
    person, street = await a_person(admin), await world.organisation()

    assert code(await propose(admin, person, uuid4(), "request_payment")) == "unknown_organisation"
    (await propose(admin, person, street, "request_payment")).ok()
    unknown = await admin.post("registry", "/v1/persons", a_person_body(uuid4()))
    assert code(unknown) == "unknown_organisation"


@pytest.mark.parametrize("lies", [BESIDE, CHENGDU, "4404", "000000"])
async def test_and_that_lies_where_the_giver_administers(world: World, lies: str) -> None:
    admin = await an_administrator(world, ZHUHAI)
    person = await a_person(admin)
    elsewhere, here = await world.organisation(jurisdiction=lies), await world.organisation(jurisdiction=ZHUHAI)

    (await propose(admin, person, elsewhere, "request_payment")).problem(403, "not_allowed")
    (await admin.post("registry", "/v1/persons", a_person_body(elsewhere))).problem(403, "not_allowed")
    (await propose(admin, person, here, "request_payment")).ok()


@pytest.mark.parametrize(("registered", "given"), [(ZHUHAI, True), (BESIDE, False), (CHENGDU, False)])
async def test_and_so_does_the_place_where_the_person_is_registered(world: World, registered: str, given: bool) -> None:
    """Or whoever administers logins elsewhere would prepare one, and use the post that is given to it here."""
    elsewhere = await an_administrator(world, registered)
    person = await a_person(elsewhere, jurisdiction=registered)
    admin, here = await an_administrator(world, ZHUHAI), await world.organisation(jurisdiction=ZHUHAI)

    answer = await propose(admin, person, here, "request_payment")

    assert answer.status == (201 if given else 403)


async def test_its_place_is_the_organisations_or_one_below(world: World) -> None:
    admin = await an_administrator(world, "4404")
    person, city, district = (
        await a_person(admin),
        *[await world.organisation(jurisdiction=p) for p in ("4404", ZHUHAI)],
    )

    assert (
        code(await propose(admin, person, district, "request_payment", jurisdiction="4404")) == "outside_organisation"
    )
    assert (
        code(await propose(admin, person, district, "request_payment", jurisdiction=BESIDE)) == "outside_organisation"
    )
    (await propose(admin, person, city, "request_payment", jurisdiction=ZHUHAI)).ok()


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("purchaser", "request_payment", "file_objection"),
        ("provider", "file_objection", "request_payment"),
        ("finance_bureau", "file_contract", "draft_contract"),
        ("registration_authority", "verify_provider", "file_contract"),
        ("audit_body", "audit", "request_payment"),
        ("supervision_body", "supervise", "verify_provider"),
        ("expert_pool", "score_bids", "form_panel"),
        ("evaluator", "evaluate_service", "plan_evaluation"),
        ("community", "choose_project", "review_project"),
    ],
)
async def test_a_duty_fits_the_kind_of_organisation(world: World, kind: str, fits: str, does_not: str) -> None:
    admin = await an_administrator(world)
    person, organisation = await a_person(admin), await world.organisation(kind)

    assert code(await propose(admin, person, organisation, does_not)) == "unfit_for_organisation"
    assert code(await propose(admin, person, organisation, fits, does_not)) == "unfit_for_organisation"
    given = (await propose(admin, person, organisation, fits)).ok()
    assert [row["duties"] for row in (*given["posts"], *given["proposed"])] == [[fits]]


async def test_purchasers_providers_and_bodies_are_organisations_from_their_registration(world: World) -> None:
    registrar = await world.person(duties={"register_purchaser"}, jurisdiction="4404")
    street = {"title": f"街道{uuid4().hex[:6]}", "jurisdiction": ZHUHAI, "kind": "street_office"}
    purchaser = (await registrar.post("registry", "/v1/purchasers", street)).ok()["id"]
    provider = str(await a_provider(world, await an_authority(world)))
    admin = await an_administrator(world)
    body = {"title": f"财政局{uuid4().hex[:6]}", "jurisdiction": ZHUHAI, "kind": "finance_bureau"}
    bureau = (await admin.post("registry", "/v1/bodies", body)).ok()["id"]
    await world.pump()

    for schema in ("registry", "catalog", "tendering", "contracts", "evaluation"):
        ids = [UUID(one) for one in (purchaser, provider, bureau)]
        rows = await world.rows(f"SELECT id, kind, jurisdiction FROM {schema}.organisations WHERE id = ANY($1)", ids)
        found = {str(row["id"]): (row["kind"], row["jurisdiction"]) for row in rows}
        assert found == {
            purchaser: ("purchaser", ZHUHAI),
            provider: ("provider", "4404"),
            bureau: ("finance_bureau", ZHUHAI),
        }


@pytest.mark.parametrize("place", ["4404/510104", "5101", "000000", "4404"])
async def test_a_body_is_registered_by_who_administers_posts_where_it_lies(world: World, place: str) -> None:
    admin = await an_administrator(world, ZHUHAI)
    body = {"title": f"审计局{uuid4().hex[:6]}", "jurisdiction": place, "kind": "audit_body"}

    assert (await admin.post("registry", "/v1/bodies", body)).status in (403, 422)

    body["jurisdiction"] = ZHUHAI
    made = (await admin.post("registry", "/v1/bodies", body)).ok()
    assert (await admin.get("registry", f"/v1/bodies/{made['id']}")).ok()["kind"] == "audit_body"
    listed = (await admin.get("registry", "/v1/bodies", kind="audit_body", jurisdiction=ZHUHAI, limit=200)).ok()[
        "items"
    ]
    assert made["id"] in {one["id"] for one in listed}
    (await admin.post("registry", "/v1/bodies", body)).problem(409, "conflict")


# --- two administrators


async def test_a_weighty_post_gives_nothing_before_another_administrator_confirms(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person, street = await a_person(one), await world.organisation()

    given = (await propose(one, person, street, "approve_payment", "request_payment")).ok()
    assert (given["posts"], [row["duties"] for row in given["proposed"]]) == (
        [],
        [["approve_payment", "request_payment"]],
    )
    assert await duties_of(world, person) == []
    assert await world.rows("SELECT 1 FROM registry.posts WHERE person_id = $1", UUID(person["id"])) == []

    (await confirm(one, given)).refused("IC12-12.1", "confirmed_by_proposer")
    assert await duties_of(world, person) == []

    confirmed = (await confirm(two, given)).ok()
    assert (len(confirmed["posts"]), confirmed["proposed"]) == (1, [])
    assert await duties_of(world, person) == [["approve_payment", "request_payment"]]
    assert (await confirm(two, given)).status in (409, 422)


async def test_what_moves_no_money_and_no_right_is_given_at_once(world: World) -> None:
    one = await an_administrator(world)
    person, street = await a_person(one), await world.organisation()

    assert (await propose(one, person, street, "request_payment")).ok()["proposed"] == []
    assert await duties_of(world, person) == [["request_payment"]]


async def test_who_confirms_administers_the_organisation_and_gets_nothing_by_it(world: World) -> None:
    one, beside = await an_administrator(world), await an_administrator(world, BESIDE)
    officer, street = await world.person(duties={"request_payment"}), await world.organisation()
    person = await a_person(one)
    given = (await propose(one, person, street, "approve_payment")).ok()
    own = await logged_in(world, person)
    await world.post_for(own, {"administer_posts"}, uuid4(), "4404")

    for nobody in (beside, officer, own):
        (await confirm(nobody, given)).problem(403, "not_allowed")
    (await confirm(await an_administrator(world, "000000"), given)).ok()


async def test_the_table_itself_refuses_one_person_in_both_halves(world: World) -> None:
    one = await an_administrator(world)
    person, street = await a_person(one), await world.organisation()
    given = (await propose(one, person, street, "approve_payment")).ok()
    by = "UPDATE registry.post_proposals SET state = 'confirmed', confirmed_by = $2 WHERE id = $1"

    for who in (one.id, UUID(person["id"])):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.rows(by, UUID(given["proposed"][0]["id"]), who)


async def test_a_proposal_is_taken_back_and_confirmed_no_more(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person, street = await a_person(one), await world.organisation()
    given = (await propose(one, person, street, "approve_payment")).ok()

    (await one.post("registry", f"/v1/posts/{given['proposed'][0]['id']}/end", {})).ok()

    assert (await confirm(two, given)).problem(409, "wrong_state")["state"] == "withdrawn"
    told = await published(world, "post_proposed", about=UUID(person["id"]))
    assert [event["withdrawn"] for event in told] == [False, True]


async def test_what_was_proposed_for_days_gone_by_begins_when_it_is_confirmed(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person, street = await a_person(one), await world.organisation()
    lasting = (await propose(one, person, street, "approve_payment", valid_until="2022-03-20")).ok()
    await world.today_is(date(2022, 3, 15))
    assert (await confirm(two, lasting)).ok()["posts"][0]["valid_from"] == "2022-03-15"

    over = (await propose(one, person, street, "sign_contract", valid_until="2022-03-20")).ok()
    await world.today_is(date(2022, 3, 21))
    assert (await confirm(two, over)).problem(409, "wrong_state")["state"] == "over"


async def test_the_other_administrators_see_what_waits_for_them(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person, street = await a_person(one), await world.organisation()
    (await propose(one, person, street, "approve_payment")).ok()

    [task] = await tasks_about(two, "registry", UUID(person["id"]))
    assert (task["task"], task["path"], task["clause"]) == ("confirm_post", f"/v1/persons/{person['id']}", "IC12-12.1")
    assert await tasks_about(one, "registry", UUID(person["id"])) == []
    assert await tasks_about(await an_administrator(world, BESIDE), "registry", UUID(person["id"])) == []


# --- accounts of those who hold them


def an_account() -> dict[str, str]:
    return {"issuer": ISSUER, "account": f"login-{uuid4().hex[:8]}"}


async def a_payer(world: World, one: Person, two: Person) -> dict[str, Any]:
    """Somebody who may approve payments."""
    person, street = await a_person(one), await world.organisation()
    return dict((await confirm(two, (await propose(one, person, street, "approve_payment")).ok())).ok())


async def me(world: World, account: str) -> Any:
    token = world.issuer.token(account, audience=world.settings.audience)
    return (await Person(world, uuid4(), uuid4(), token).get("registry", "/v1/me")).ok()["person_id"]


async def test_a_login_of_who_may_move_money_takes_two_administrators(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    payer, login = await a_payer(world, one, two), an_account()
    path = f"/v1/persons/{payer['id']}/accounts"

    assert (await one.post("registry", path, login)).ok()["proposed_accounts"][0]["account"] == login["account"]
    assert await me(world, login["account"]) is None
    (await one.post("registry", f"{path}/confirm", login)).refused("IC12-12.1", "confirmed_by_proposer")
    assert await me(world, login["account"]) is None

    (await two.post("registry", f"{path}/confirm", login)).ok()
    assert await me(world, login["account"]) == payer["id"]
    (await two.post("registry", f"{path}/confirm", login)).problem(409)


async def test_so_does_one_that_was_disabled(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    payer = await a_payer(world, one, two)
    login = {"issuer": ISSUER, "account": payer["accounts"][0]["account"]}
    path = f"/v1/persons/{payer['id']}/accounts"
    (await one.post("registry", f"{path}/disable", login)).ok()

    assert (await one.post("registry", path, login)).ok()["accounts"][0]["enabled"] is False
    assert await me(world, login["account"]) is None
    (await two.post("registry", f"{path}/confirm", login)).ok()
    assert await me(world, login["account"]) == payer["id"]


async def test_a_login_is_taken_back_before_it_is_confirmed(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    payer, login = await a_payer(world, one, two), an_account()
    path = f"/v1/persons/{payer['id']}/accounts"
    (await one.post("registry", path, login)).ok()

    (await two.post("registry", f"{path}/disable", login)).ok()

    (await two.post("registry", f"{path}/confirm", login)).problem(409)
    assert await me(world, login["account"]) is None


async def test_of_the_two_who_let_somebody_log_in_one_administers_each_post_of_that_person(world: World) -> None:
    above, here = await an_administrator(world, "4404"), await an_administrator(world, ZHUHAI)
    person, city = await a_person(here), await world.organisation("finance_bureau", "4404")
    (await propose(above, person, city, "file_contract", jurisdiction="4404")).ok()
    path, login = f"/v1/persons/{person['id']}/accounts", an_account()
    (await here.post("registry", path, login)).ok()

    (await (await an_administrator(world)).post("registry", path, login)).problem(409, "wrong_state")
    beside = await an_administrator(world, ZHUHAI)
    (await beside.post("registry", f"{path}/confirm", login)).problem(403, "not_allowed")
    assert await me(world, login["account"]) is None
    (await above.post("registry", f"{path}/confirm", login)).ok()
    assert await me(world, login["account"]) == person["id"]


@pytest.mark.parametrize("later", [True, False], ids=["before the post", "while it waits"])
async def test_a_login_that_one_administrator_linked_is_vouched_for_by_no_post(world: World, later: bool) -> None:
    """A person without posts gets a second login by one administrator alone; then a weighty post by two others."""
    one, two, login = await an_administrator(world), await an_administrator(world), an_account()
    person, street = await a_person(one), await world.organisation()
    path = f"/v1/persons/{person['id']}/accounts"
    if later:
        (await one.post("registry", path, login)).ok()
    given = (await propose(one, person, street, "approve_payment")).ok()
    if not later:
        (await one.post("registry", path, login)).ok()

    (await confirm(two, given)).ok()

    assert await me(world, login["account"]) is None
    (await two.post("registry", f"{path}/confirm", login)).ok()
    assert await me(world, login["account"]) == person["id"]


# --- oversight apart


@pytest.mark.parametrize(("first", "then"), [("audit", "request_payment"), ("request_payment", "audit")])
@pytest.mark.parametrize(("place", "apart"), [(ZHUHAI, True), ("4404", True), (BESIDE, False)])
async def test_oversight_and_buying_meet_in_no_organisation_of_a_place(
    world: World, first: str, then: str, place: str, apart: bool
) -> None:
    admin = await an_administrator(world, "4404")
    person = await a_person(admin)
    body, street = await world.organisation("audit_body", ZHUHAI), await world.organisation(jurisdiction=place)
    where = {"audit": (body, ZHUHAI), "request_payment": (street, place)}

    async def given(duty: str) -> Reply:
        organisation, there = where[duty]
        return await propose(admin, person, organisation, duty, jurisdiction=there)

    (await given(first)).ok()
    answer = await given(then)

    if apart:
        answer.refused("IC12-12.1", "oversight_apart")
    else:
        answer.ok()


async def test_periods_that_meet_later_are_a_conflict_and_those_that_do_not_are_none(world: World) -> None:
    admin = await an_administrator(world)
    person, body, street = await a_person(admin), await world.organisation("audit_body"), await world.organisation()
    (await propose(admin, person, body, "audit", valid_from="2023-01-01", valid_until="2023-06-30")).ok()

    meets = await propose(admin, person, street, "request_payment", valid_until="2023-01-01")
    meets.refused("IC12-12.1", "oversight_apart")
    (await propose(admin, person, street, "request_payment", valid_until="2022-12-31")).ok()
    (await propose(admin, person, street, "request_payment", valid_from="2023-07-01")).ok()


async def test_what_only_waits_for_confirmation_counts_already(world: World) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person, body, street = await a_person(one), await world.organisation("audit_body"), await world.organisation()
    waits = (await propose(one, person, street, "approve_payment")).ok()

    (await propose(one, person, body, "audit")).refused("IC12-12.1", "oversight_apart")
    (await confirm(two, waits)).ok()


# --- the first administrators, and the last


async def test_the_first_administrators_are_two_and_made_once(world: World) -> None:
    database = world.services["registry"].database
    kept = await world.rows("SELECT * FROM registry.posts")
    await world.rows("DELETE FROM registry.posts")
    names = [f"root-{uuid4().hex[:6]}" for _ in range(4)]

    async def bootstrap(*accounts: str) -> Any:
        return await bootstrap_administrators(database, ISSUER, accounts, "000000", f"运行{uuid4().hex[:6]}")

    with pytest.raises(WrongState):
        await bootstrap(names[0])
    with pytest.raises(WrongState):
        await bootstrap(names[0], names[0])
    one, two = await bootstrap(*names[:2])
    with pytest.raises(WrongState):
        await bootstrap(*names[2:])

    assert await me(world, one.account) == str(one.person_id)
    await world.rows("UPDATE registry.accounts SET enabled = false WHERE person_id = $1", two.person_id)
    [third] = await bootstrap(names[2])
    with pytest.raises(WrongState):
        await bootstrap(names[3])
    assert await me(world, third.account) == str(third.person_id)
    for row in kept:
        await world.insert("registry", "posts", row)


async def test_two_administrators_of_a_jurisdiction_stay(world: World) -> None:
    one, two = await an_administrator(world, "6501"), await an_administrator(world, "6501")
    person, office = await a_person(one, jurisdiction="6501"), await world.organisation("finance_bureau", "6501")
    await world.rows("DELETE FROM registry.posts WHERE jurisdiction = '000000'")
    given = (await propose(one, person, office, "administer_posts", jurisdiction="6501")).ok()
    third = (await confirm(two, given)).ok()["posts"][0]["id"]
    [post] = await world.rows("SELECT id FROM registry.posts WHERE person_id = $1", one.id)

    await known_here(one, "6501")
    (await two.post("registry", f"/v1/posts/{post['id']}/end", {})).ok()
    answer = await two.post("registry", f"/v1/posts/{third}/end", {})

    assert answer.problem(409, "wrong_state")["state"] == "last_administrator"


async def three_who_administer(world: World, place: str) -> list[Person]:
    await world.rows("DELETE FROM registry.posts WHERE jurisdiction = '000000'")
    people = [await an_administrator(world, place) for _ in range(3)]
    for person in people:
        await known_here(person, place)
    return people


async def disabled(by: Person, person: Person) -> Reply:
    login = {"issuer": ISSUER, "account": person.account}
    return await by.post("registry", f"/v1/persons/{person.id}/accounts/disable", login)


async def test_two_who_can_log_in_stay_whatever_one_of_them_disables(world: World) -> None:
    one, two, three = await three_who_administer(world, "6502")

    (await disabled(one, two)).ok()

    assert (await disabled(one, three)).problem(409, "wrong_state")["state"] == "last_administrator"
    assert (await disabled(one, one)).problem(409, "wrong_state")["state"] == "last_administrator"
    clerk = await a_person(one, jurisdiction="6502")
    login = {"issuer": ISSUER, "account": clerk["accounts"][0]["account"]}
    (await three.post("registry", f"/v1/persons/{clerk['id']}/accounts/disable", login)).ok()


async def test_two_who_disable_one_another_at_once_do_not_leave_one_alone(world: World) -> None:
    one, two, three = await three_who_administer(world, "6503")

    answers = await asyncio.gather(disabled(one, two), disabled(two, three), disabled(three, one))

    first, *others = sorted(answer.status for answer in answers)
    assert first == 200
    assert set(others) <= {403, 409}  # 403: whose own login was disabled meanwhile


async def test_a_login_that_is_not_the_last_one_ends_whoever_else_there_is(world: World) -> None:
    one, two, _ = await three_who_administer(world, "6504")
    (await disabled(two, one)).ok()
    for person in (two,):
        await world.rows(
            "INSERT INTO registry.accounts SELECT issuer, subject || '-2', person_id, true, 1, false"
            " FROM registry.accounts WHERE person_id = $1",
            person.id,
        )

    (await disabled(two, two)).ok()


async def test_posts_that_have_ended_leave_room_for_others(world: World) -> None:
    admin = await an_administrator(world, ZHUHAI)
    person, street = await a_person(admin), await world.organisation()
    at = f"/v1/persons/{person['id']}"
    former = (
        "INSERT INTO registry.posts (id, person_id, organisation_id, jurisdiction, duties, valid_from, valid_until,"
        " source_version) SELECT gen_random_uuid(), $1, $2, $3, '{write_requirement}', DATE '2019-01-01', $4, 0"
        " FROM generate_series(1, 200)"
    )
    await world.rows(former, UUID(person["id"]), street, ZHUHAI, date(2019, 12, 31))

    (await propose(admin, person, street, "write_requirement")).ok()
    shown = (await admin.get("registry", at)).ok()["posts"]
    everything = (await admin.get("registry", f"{at}/posts")).ok()
    assert (len(shown), shown[-1]["valid_until"], len(everything)) == (200, None, 200)

    await world.rows(former, UUID(person["id"]), street, ZHUHAI, None)
    (await propose(admin, person, street, "run_survey")).problem(409, "wrong_state")
