"""Who is with a supplier, or was within three years, decides nothing about a purchase in which that supplier takes
part, whatever post they act in (GPR-9.1). Every command is asked: a new one fails here until it is put into a table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import SERVICES
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, employed, years_before
from shared.work.identity import Tie
from tests.abuse.surface import WRITES, Route, a_body, every_duty
from tests.catalog import examples as catalog
from tests.evaluation.examples import a_chengdu_contract, a_line
from tests.registry.examples import a_provider, an_authority, every_paper
from tests.registry.test_bars_api import a_bar, proposed, two_of_finance
from tests.registry.test_imports_api import a_result, entered
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.sampling import in_turn
from tests.support.world import Person, Reply, World
from tests.tendering.rounds import (
    Round,
    a_closed_procurement,
    a_formed_panel,
    a_reviewed_procurement,
    a_scored_procurement,
    a_sheet,
    an_announced_award,
    an_opened_procurement,
)

CODES = {"person_interested", "opener_of_bidder", "reviewer_of_bidder", "member_interested"}
YESTERDAY = date(2022, 2, 28)

NOT_ASKED: dict[str, dict[str, str]] = {
    "there is no supplier yet": dict.fromkeys(
        (
            *("import_directory", "publish_directory", "propose_project", "record_deliberation", "record_vote"),
            *("withdraw_deliberation", "withdraw_vote"),
            *("consent_project", "choose_project", "review_project", "open_budget_line"),
            *("adjust_budget_line", "write_requirement", "review_requirement", "open_consultation"),
            "withdraw_consultation",
            *("give_feedback", "dispose_feedback", "dispose_feedback_together", "correct_disposition"),
            *("open_procurement", "draft_file", "check_file"),
            *("propose_project_withdrawal", "confirm_project_withdrawal", "revoke_project_withdrawal"),
            *("register_opening_key", "publish_notice"),
        ),
        "",
    ),
    "whose word a purchase rests on is asked when it goes on: tests/tendering/test_consents_api.py": dict.fromkeys(
        ("ask_consent", "answer_consent", "withdraw_consent"), ""
    ),
    "who bids is secret until the closing, and a refusal would tell it": dict.fromkeys(
        ("propose_closing", "confirm_closing", "revoke_closing"), ""
    ),
    "it is the supplier's own act": dict.fromkeys(
        (
            *("store_envelope", "seal_bid", "submit_bid", "withdraw_bid", "countersign_contract", "file_objection"),
            *("withdraw_objection", "name_payee_account", "explain_price", "correct_explanation"),
            *("enter_evidence",),
        ),
        "",
    ),
    "whom the errand is for is asked: tests/contracts/test_orders_api.py": dict.fromkeys(
        ("retry_dispatch", "cancel_dispatch"), ""
    ),
    "whom the event is about is asked: tests/shared/test_road_held.py": {"skip_held_event": ""},
    "it is how an interest is told": dict.fromkeys(("declare_interests", "declare_interest"), ""),
    "it is about no purchase": dict.fromkeys(
        (
            *("upload_document", "replay_held_event"),
            *("register_person", "correct_name", "link_account", "disable_account", "give_post", "end_post"),
            *("confirm_account", "confirm_post", "register_body"),
            *("propose_erasure", "confirm_erasure", "withdraw_erasure"),
            *("register_purchaser", "register_provider"),
        ),
        "",
    ),
}
"""Commands at which nobody's interest is asked, by reason."""


@dataclass
class Stage:
    """Records for the commands of one purchase: ids by the name of the path's parameter, the purchaser, a supplier."""

    service: str
    organisation: UUID
    jurisdiction: str
    supplier: UUID
    ids: dict[str, Any]
    bodies: dict[str, Any] = field(default_factory=dict)


async def catalog_stage(world: World) -> Stage:
    """A project with a provider, whose budget may still be adjusted and whose next year may be asked for."""
    at = await catalog.desks(world, catalog.ZHUHAI)
    project = await catalog.a_pooled_project(at)
    budget = await catalog.an_approved_budget(at, project)
    await world.rows(
        "UPDATE catalog.projects SET state = 'contracted', provider_id = $2 WHERE id = $1",
        *(UUID(project["id"]), world.provider),
    )
    ids = {"project_id": project["id"], "budget_id": budget["id"]}
    return Stage("catalog", at.organisation, at.jurisdiction, world.provider, ids)


async def contracts_stage(world: World) -> Stage:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    ids = {"contract_id": contract["id"], "line_id": line, "payment_id": uuid4()}
    return Stage("contracts", world.street, "4404/440402", world.provider, ids)


async def evaluation_stage(world: World) -> Stage:
    lines = [a_line(1, "acceptance"), a_line(2, "assessment", period=1), a_line(3, "evaluation", kind="final")]
    contract = await a_chengdu_contract(world, lines=lines, nature="deliverable")
    officer = await world.person(
        "officer", duties=every_duty(), organisation=contract.organisation, jurisdiction=contract.jurisdiction
    )
    at = f"/v1/contracts/{contract.contract_id}"

    async def made(path: str, body: Any) -> str:
        return str((await officer.post("evaluation", path, body)).ok()["id"])

    assessed = {"line_id": str(contract.lines[1].line_id), "modes": ["daily"]}
    mandate = {"third_party": str(uuid4()), "valid_from": "2022-03-01", "valid_until": "2022-12-31"}
    ids = {
        "contract_id": str(contract.contract_id),
        "mandate_id": await made(f"{at}/mandates", {**mandate, "independent": True}),
        "acceptance_id": await made(f"{at}/acceptances", {"line_id": str(contract.lines[0].line_id)}),
        "assessment_id": await made(f"{at}/assessments", assessed),
        "survey_id": await made(f"{at}/surveys", {"title": "people served", "invited": 1}),
        "evaluation_id": await made(f"{at}/evaluations", {"line_id": str(contract.lines[2].line_id)}),
    }
    of = {
        "key": contract.project_id,
        "version": 1,
        "jurisdiction": contract.jurisdiction,
        "organisation": contract.organisation,
        "provider_id": contract.provider_id,
        "contract_id": contract.contract_id,
    }
    [now] = await world.rows("SELECT clock.now() AS now")
    [under_way] = await world.rows("SELECT * FROM evaluation.assessments WHERE id = $1", UUID(ids["assessment_id"]))
    given = {"state": "objected", "score": 80, "assessed_by": uuid4(), "held_at": now["now"], "notified_at": now["now"]}
    assessed_before = {**under_way, "id": uuid4(), "line_id": uuid4(), **given}
    await world.insert("evaluation", "assessments", assessed_before)
    ids["objection_id"] = str(uuid4())
    objection = {
        "id": UUID(ids["objection_id"]),
        **of,
        "assessment_id": assessed_before["id"],
        "filed_by": uuid4(),
        "filed_at": now["now"],
        "statement_hash": b"x",
        "evidence": ["ab" * 32],
        "answer_due": date(2022, 4, 1),
        "due_provisional": False,
        "assessed_by": uuid4(),
        "state": "open",
    }
    await world.insert("evaluation", "objections", objection)
    ids["correction_id"] = str(uuid4())
    correction = {
        "id": UUID(ids["correction_id"]),
        **of,
        "evaluation_id": UUID(ids["evaluation_id"]),
        "corrects": 1,
        "purchaser_score": 80,
        "reason_hash": b"x",
        "proposed_by": uuid4(),
        "state": "proposed",
    }
    await world.insert("evaluation", "corrections", correction)
    ids["targets_id"] = str(uuid4())
    proposed = {
        "id": UUID(ids["targets_id"]),
        **of,
        "performance_goal": "people are served",
        "indicators": [],
        "set_by": uuid4(),
        "set_on": date(2022, 3, 1),
        "state": "proposed",
        "reason_hash": b"x",
    }
    await world.insert("evaluation", "targets", proposed)
    return Stage("evaluation", contract.organisation, contract.jurisdiction, contract.provider_id, ids)


def of_round(round_: Round, **more: Any) -> Stage:
    purchase = round_.purchase
    ids = {"procurement_id": purchase.procurement_id, **more}
    return Stage("tendering", purchase.organisation, purchase.jurisdiction, round_.providers[2].id, ids)


async def closed_stage(world: World) -> Stage:
    closed = await a_closed_procurement(world)
    (await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening")).ok()
    (await closed.purchase.supervisor.post("tendering", f"{closed.purchase.path}/opening/abandonment")).ok()
    [row] = await world.rows(
        "SELECT id FROM tendering.private_opening_acts WHERE procurement_id = $1", UUID(closed.purchase.procurement_id)
    )
    stage = of_round(closed)
    stage.bodies["give_opening_share"] = {"act_id": str(row["id"]), "number": 1, "share": "AAAA"}
    return stage


async def opened_stage(world: World) -> Stage:
    return of_round(await an_opened_procurement(world))


async def announced_stage(world: World) -> Stage:
    award = await an_announced_award(world)
    [now] = await world.rows("SELECT clock.now() AS now")
    rescoring = {
        "id": uuid4(),
        "key": award.round.purchase.project_id,
        "version": 1,
        "jurisdiction": award.round.purchase.jurisdiction,
        "organisation": award.round.purchase.organisation,
        "procurement_id": UUID(award.round.purchase.procurement_id),
        **{"number": 1, "ground": "abnormal", "clause": "D87-64.1", "faults": [], "reason": "x", "before": []},
        **{"opened_by": uuid4(), "opened_at": now["now"], "state": "asked"},
    }
    await world.insert("tendering", "rescorings", rescoring)
    return of_round(award.round, award_id=award.id, rescoring_id=rescoring["id"])


async def a_watch(world: World, provider: UUID) -> dict[str, Any]:
    """A contract of the provider was ended for its breach."""
    watch = {
        **{"id": uuid4(), "key": provider, "version": 1, "jurisdiction": "4404", "organisation": uuid4()},
        **{"provider_id": provider, "state": "standing", "kind": "watched", "origin": "conduct"},
        **{"rulebook": "zhuhai-2021@1", "clause": "GPL-77.1", "effect": "reference", "cause": uuid4()},
        "from_day": date(2022, 3, 1),
    }
    await world.insert("registry", "standings", watch)
    return watch


async def registry_stage(world: World) -> Stage:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    at = f"/v1/providers/{provider}"
    papers = (await authority.enters.post("registry", f"{at}/evidence", {"papers": every_paper()})).ok()["evidence"]
    imported = (await entered(authority.enters, provider)).ok()
    finance, _ = await two_of_finance(world)
    kin = await world.person("kin", duties={"audit"})
    interest = {"provider_id": str(provider), "ground": "kinship"}
    interest = (await kin.post("registry", "/v1/interests", interest)).ok()
    founding = {"founded_on": "2015-05-01", "reason": "a digit", "document_hash": "ab" * 32}
    changed = (await authority.enters.post("registry", f"/v1/organisations/{provider}/changes", founding)).ok()
    reversal = {
        **{"id": uuid4(), "key": provider, "version": 1, "jurisdiction": "4404", "organisation": finance.organisation},
        **{"provider_id": provider, "result_id": UUID(imported["id"]), "rulebook": "zhuhai-2021@1"},
        **{"ground": "revoked", "document_hash": "ab" * 32, "proposed_by": uuid4()},
        **{"proposed_on": date(2022, 3, 1), "state": "proposed"},
    }
    await world.insert("registry", "reversals", reversal)
    ids = {
        "reversal_id": reversal["id"],
        **{"provider_id": provider, "organisation_id": provider, "change_id": changed["id"]},
        "evidence_id": papers[0]["id"],
        "interest_id": interest["id"],
        **{"result_id": imported["id"], "bar_id": (await proposed(finance, provider))["id"]},
        "standing_id": (await a_watch(world, provider))["id"],
    }
    bodies = {
        "propose_change": founding,
        "verify_provider": {"accepted": [papers[0]["id"]], "rejected": []},
        "propose_bar": a_bar(finance),
        "import_result": a_result(finance),
    }
    return Stage("registry", finance.organisation, "4404", provider, ids, bodies)


STAGES: dict[str, Callable[[World], Awaitable[Stage]]] = {
    "catalog": catalog_stage,
    "registry": registry_stage,
    "contracts": contracts_stage,
    "evaluation": evaluation_stage,
    "closed": closed_stage,
    "opened": opened_stage,
    "announced": announced_stage,
}

ASKED: dict[str, tuple[str, ...]] = {
    "catalog": ("submit_budget", "adjust_budget", "review_budget"),
    "registry": (
        *("verify_provider", "withdraw_provider", "import_result", "confirm_import", "propose_bar", "confirm_bar"),
        *("confirm_provider_withdrawal", "revoke_provider_withdrawal", "end_interest"),
        *("confirm_provider", "propose_change", "confirm_change", "withdraw_change", "annul_evidence"),
        *("withdraw_bar", "withdraw_import", "propose_bar_reversal", "propose_import_reversal"),
        "propose_standing_reversal",
        *("confirm_reversal", "withdraw_reversal"),
    ),
    "contracts": (
        *("write_contract", "propose_signing", "sign_contract", "file_contract", "renew_contract", "request_payment"),
        *(
            "approve_payment",
            "refuse_payment",
            "withdraw_request",
            "record_receipt",
            "correct_receipt",
            "close_contract",
            "propose_termination",
            "confirm_termination",
        ),
        *("propose_withdrawal", "confirm_withdrawal", "agree_payee_account", "revoke_termination", "revoke_withdrawal"),
    ),
    "evaluation": (
        *("set_targets", "approve_targets", "give_mandate", "end_mandate", "open_acceptance"),
        *("notify_acceptance_observers",),
        *("give_acceptance_opinion", "conclude_acceptance", "open_assessment", "notify_assessment_observers"),
        *("give_assessment_result", "answer_objection", "open_survey", "import_answers", "close_survey"),
        *("open_evaluation", "give_evaluation_part", "give_evaluation_opinion", "conclude_evaluation"),
        *("correct_acceptance", "correct_assessment_result", "correct_objection_answer"),
        *("publish_evaluation", "propose_correction", "approve_correction", "withdraw_correction"),
    ),
    "closed": (
        *("give_opening_share", "confirm_opening", "propose_opening", "propose_abandonment", "confirm_abandonment"),
        *("propose_cancellation", "confirm_cancellation"),
        *("revoke_cancellation", "revoke_abandonment", "revoke_opening"),
    ),
    "opened": ("form_panel", "review_qualification", "look_at_price", "ask_about_price", "reopen_scores"),
    "announced": (
        *("record_lots", "confirm_lots", "propose_award", "give_award_reasons", "confirm_award"),
        *("correct_award_reasons", "judge_rescoring", "revoke_rescoring"),
        *("choose_after_block", "confirm_choice", "ask_award_again", "revoke_choice"),
    ),
}
"""Commands that decide about a purchase, or about who may take part in any, by the stage at which they are driven;
scoring has a test of its own, and so has judging a price (tests/tendering/test_explanations_api.py)."""

ROUTES = {route.operation: route for route in WRITES}
_OBSERVERS = {"observers": [{"kind": "beneficiary", "channel": "phone", "person_id": str(uuid4())}]}
_BODIES: dict[str, Any] = {
    "notify_acceptance_observers": _OBSERVERS,
    "notify_assessment_observers": _OBSERVERS,
    "import_answers": {"answers": [{"respondent": str(uuid4()), "satisfied": True}]},
    "propose_correction": {"purchaser_score": "80.00", "reason": "added up wrongly"},
    "propose_termination": {"ground": "provider_breach", "reason": "nobody came"},
    "write_contract": {**a_body(ROUTES["write_contract"]), "contents": {"duties": "as agreed"}},
}
"""Bodies of which the schema does not tell everything."""


def test_every_command_either_asks_or_says_why_not() -> None:
    asked = [operation for operations in ASKED.values() for operation in operations] + ["score_bids", "judge_price"]
    not_asked = [operation for operations in NOT_ASKED.values() for operation in operations]

    assert sorted({*asked, *not_asked} ^ ROUTES.keys()) == []
    assert len(asked) + len(not_asked) == len(ROUTES)


@pytest.fixture(scope="module")
def stages() -> dict[str, Stage]:
    return {}


async def at(stages: dict[str, Stage], world: World, name: str) -> Stage:
    if name not in stages:
        stages[name] = await STAGES[name](world)
    return stages[name]


async def all_of(world: World, service: str) -> dict[str, str]:
    """A hash of the rows of every table, but for what a refusal leaves: its entry and its answer."""
    tables = await world.rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1"
        " AND table_name NOT IN ('journal', 'queue', 'idempotency', 'refusal_counts')",
        service,
    )
    hashed = "SELECT '{0}' AS name, md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS hash FROM {1}.{0} t"
    rows = await world.rows(" UNION ALL ".join(hashed.format(table["name"], service) for table in tables))
    return {row["name"]: row["hash"] for row in rows}


async def sent(person: Person, stage: Stage, route: Route) -> Reply:
    body = stage.bodies.get(route.operation) or _BODIES.get(route.operation) or a_body(route)
    return await person.post(stage.service, route.path.format_map(stage.ids), body)


async def with_every_duty(world: World, stage: Stage) -> Person:
    return await world.person(
        "everybody", duties=every_duty(), organisation=stage.organisation, jurisdiction=stage.jurisdiction
    )


async def left(world: World, person: Person, supplier: UUID, last_day: date | None = YESTERDAY) -> None:
    """The person had a post with the supplier until that day; None: has it still."""
    await world.post_for(person, {"maintain_provider"}, supplier)
    for service in ("contracts", "evaluation", "registry", "tendering"):
        await world.rows(
            f"UPDATE {service}.posts SET valid_until = $3 WHERE person_id = $1 AND organisation_id = $2",
            *(person.id, supplier, last_day),
        )


async def taken_over(world: World, supplier: UUID) -> UUID:
    """An organisation that took the supplier's place: the same supplier by another name."""
    successor = uuid4()
    for service in world.services:
        await world.admin.execute(
            f"INSERT INTO {service}.successors VALUES ($1, $2, '2022-02-01', 1)", successor, supplier
        )
    return successor


async def has_declared(world: World, person: Person, supplier: UUID) -> None:
    """As every service knows it, once the registry has told it."""
    for service in SERVICES:
        known = {"id": uuid4(), "person_id": person.id, "organisation_id": supplier, "source_version": 1}
        await world.insert(service, "interests", known)


def found(answer: Reply) -> set[str]:
    if answer.status != 422:
        return set()
    return {f["code"] for f in answer.json.get("findings", []) if f["code"] in CODES and not f["satisfied"]}


@in_turn("stage_name,operation", [(stage, operation) for stage in ASKED for operation in ASKED[stage]], of=3)
async def test_who_left_a_supplier_yesterday_decides_nothing_about_its_purchase(
    world: World, stages: dict[str, Stage], stage_name: str, operation: str
) -> None:
    stage, route = await at(stages, world, stage_name), ROUTES[operation]
    person = await with_every_duty(world, stage)
    await left(world, person, stage.supplier)
    before = await all_of(world, stage.service)

    answer = await sent(person, stage, route)

    assert found(answer), f"{answer.status}: {answer.body.decode()[:500]}"
    assert {f["clause"] for f in answer.json["findings"] if f["code"] in CODES} == {"GPR-9.1"}
    assert await all_of(world, stage.service) == before
    [entry] = await world.rows(
        f"SELECT count(*) AS n FROM {stage.service}.journal WHERE kind = 'refusal' AND actor = $1", person.id
    )
    assert entry["n"] == 1

    of_successor = await with_every_duty(world, stage)
    await left(world, of_successor, await taken_over(world, stage.supplier))
    assert found(await sent(of_successor, stage, route)), "tied to who took the supplier's place"

    kin = await with_every_duty(world, stage)
    await has_declared(world, kin, stage.supplier)
    assert found(await sent(kin, stage, route)), "a declared interest counts as a post does"

    colleague = await with_every_duty(world, stage)
    await left(world, colleague, uuid4(), None)
    assert found(await sent(colleague, stage, route)) == set()


async def test_a_member_who_left_a_bidder_does_not_score_whether_or_not_it_is_still_in_the_race(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    tied, free, *_ = await a_formed_panel(world, reviewed.purchase)
    await left(world, tied, reviewed.providers[1].id)
    sheet = a_sheet(reviewed, ("40", "20"), ("25", "20"), ("25", "12"))
    path = f"{reviewed.purchase.path}/scores"

    answer = await tied.post("tendering", path, sheet)

    answer.refused("GPR-9.1", "member_interested")
    (await free.post("tendering", path, sheet)).ok()


@pytest.mark.parametrize("succeeded", [False, True])
async def test_who_left_a_bidder_is_not_named_to_the_panel(world: World, succeeded: bool) -> None:
    opened = await an_opened_procurement(world)
    experts = [
        await world.person("expert", duties={"score_bids"}, organisation=uuid4(), jurisdiction="4404") for _ in range(3)
    ]
    bidder = opened.providers[0].id
    await left(world, experts[0], await taken_over(world, bidder) if succeeded else bidder)
    panel = {"members": [{"person_id": str(e.id), "role": "expert"} for e in experts], "draw_reference": "1"}

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", panel)

    answer.refused("GPR-9.1", "member_of_bidder")


@pytest.mark.parametrize("succeeded", [False, True])
async def test_an_interest_declared_in_one_purchase_counts_in_every_act_of_another_with_that_bidder(
    world: World, succeeded: bool
) -> None:
    scored = await a_scored_procurement(world)
    kin = await world.person("kin", duties={"approve_award", "score_bids"})
    other = await a_reviewed_procurement(world, providers=scored.providers)
    await a_formed_panel(world, other.purchase)
    [row] = await world.rows(
        "SELECT id FROM tendering.panels WHERE procurement_id = $1", UUID(other.purchase.procurement_id)
    )
    bidder = scored.providers[1].id
    named = await taken_over(world, bidder) if succeeded else bidder
    interests = [{"provider_id": str(named), "ground": "kinship"}]
    member = {"panel_id": row["id"], "person_id": kin.id, "role": "expert", "interests": interests}
    await world.insert("tendering", "panel_members", member)

    answer = await kin.post("tendering", f"{scored.purchase.path}/awards", {"acknowledged": []})

    answer.refused("GPR-9.1", "person_interested")


@pytest.mark.parametrize(
    ("over", "refused"),
    [
        ({}, True),
        ({"annulled": True}, False),
        ({"until": timedelta(days=-1)}, True),
        ({"until": timedelta(days=-1200)}, False),
    ],
    ids=["standing", "annulled", "ended yesterday", "ended more than three years ago"],
)
async def test_what_a_member_declared_counts_as_the_register_says_of_it(
    world: World, over: dict[str, Any], refused: bool
) -> None:
    scored = await a_scored_procurement(world)
    kin = await world.person("kin", duties={"approve_award", "score_bids"})
    bidder = scored.providers[1].id
    other = await a_reviewed_procurement(world, providers=scored.providers)
    await a_formed_panel(world, other.purchase)
    [row] = await world.rows(
        "SELECT id, (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today FROM tendering.panels"
        " WHERE procurement_id = $1",
        UUID(other.purchase.procurement_id),
    )
    interests = [{"provider_id": str(bidder), "ground": "kinship"}]
    member = {"panel_id": row["id"], "person_id": kin.id, "role": "expert", "interests": interests}
    await world.insert("tendering", "panel_members", member)
    known = {"id": uuid4(), "person_id": kin.id, "organisation_id": bidder, "source_version": 1}
    said = {name: row["today"] + value if name == "until" else value for name, value in over.items()}
    await world.insert("tendering", "interests", known | said)

    answer = await kin.post("tendering", f"{scored.purchase.path}/awards", {"acknowledged": []})

    if refused:
        answer.refused("GPR-9.1", "person_interested")
    else:
        answer.ok()


@pytest.mark.parametrize(("days", "refused"), [(None, True), (1, True), (0, True), (-1, False)])
async def test_a_post_that_ended_three_years_ago_still_counts_and_a_day_earlier_it_does_not(
    world: World, days: int | None, refused: bool
) -> None:
    [now] = await world.rows("SELECT (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today")
    last_day = None if days is None else years_before(now["today"], 3) + timedelta(days=days)
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    person = await world.person("asks", duties={"request_payment"})
    await left(world, person, world.provider, last_day)

    answer = await person.post("contracts", f"/v1/payment-lines/{line}/request", {})

    assert (found(answer) == {"person_interested"}, answer.status) == (refused, 422 if refused else 200)


def test_three_years_before_a_29_february_that_is_not_there() -> None:
    assert years_before(date(2024, 2, 29), 3) == date(2021, 3, 1)
    section = rulebooks().get("national-procurement@1").section(InterestSection)
    ties = [Tie(UUID(int=1), None), Tie(UUID(int=2), date(2021, 2, 28))]
    assert employed(ties, {UUID(int=1), UUID(int=2), UUID(int=3)}, section, date(2024, 2, 29)) == {UUID(int=1)}
