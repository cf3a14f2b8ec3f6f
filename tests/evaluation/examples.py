"""Contracts and people that the tests of evaluation begin with."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from shared.events.contracts import ContractSigned, PaymentLine
from tests.support.world import Person, World

ZHUHAI, CHENGDU = "4404/440402", "5101/510104"
ACCEPTOR = {"accept_service"}
EVALUATOR = {"plan_evaluation", "run_survey", "evaluate_service", "conclude_evaluation"}
BANDS = ((Decimal(90), Decimal(1)), (Decimal(80), Decimal("0.95")), (Decimal(70), Decimal("0.90")))


def a_line(number: int, gate: str, *, kind: str = "instalment", period: int | None = None) -> PaymentLine:
    """A payment line; one gated by an assessment pays by bands."""
    return PaymentLine(
        line_id=uuid4(),
        number=number,
        kind=kind,  # type: ignore[arg-type]
        amount=Decimal("60000.00"),
        gate=gate,  # type: ignore[arg-type]
        period=period,
        bands=BANDS if gate == "assessment" else (),
    )


def a_contract(world: World, *, signer: UUID | None = None, lines: list[PaymentLine], **changes: Any) -> ContractSigned:
    """The counselling contract of Zhuhai, signed by both."""
    facts: dict[str, Any] = {
        "jurisdiction": ZHUHAI,
        "organisation": world.street,
        "project_id": uuid4(),
        "contract_id": uuid4(),
        "reference": f"HT-{uuid4().hex[:8]}",
        "provider_id": world.provider,
        "procurement_id": uuid4(),
        "price": Decimal("200000.00"),
        "rulebook": "zhuhai-2021@1",
        "starts_on": date(2022, 3, 1),
        "ends_on": date(2022, 12, 31),
        "service_class": None,
        "nature": "deliverable",
        "procurement_project": False,
        "signed_by": signer or uuid4(),
        "lines": lines,
    }
    return ContractSigned(**{**facts, **changes})


async def signed(world: World, contract: ContractSigned) -> ContractSigned:
    await world.emit("contracts", contract)
    await world.pump()
    return contract


async def a_zhuhai_contract(world: World, **changes: Any) -> ContractSigned:
    """Advance, mid-term instalment by acceptance, last line by the final evaluation."""
    lines = [a_line(1, "contract", kind="advance"), a_line(2, "acceptance"), a_line(3, "evaluation", kind="final")]
    return await signed(world, a_contract(world, **{"lines": lines, **changes}))


async def a_chengdu_contract(world: World, **changes: Any) -> ContractSigned:
    """Home care, class 3, continuous: three four-month instalments by assessment; the window is in the contract."""
    care = {
        "jurisdiction": CHENGDU,
        "organisation": world.office,
        "rulebook": "chengdu-2017@1",
        "ends_on": date(2023, 2, 28),
        "service_class": 3,
        "nature": "continuous",
        "procurement_project": True,
        "objection_window_working_days": 5,
        "lines": [a_line(n, "assessment", period=n) for n in (1, 2, 3)],
    }
    return await signed(world, a_contract(world, **{**care, **changes}))


async def officer(world: World, contract: ContractSigned, duties: Iterable[str]) -> Person:
    """A person of the purchaser."""
    return await world.person(
        "officer", duties=duties, organisation=contract.organisation, jurisdiction=contract.jurisdiction
    )


async def of_provider(world: World, contract: ContractSigned, duties: Iterable[str] = ("file_objection",)) -> Person:
    """A person of the provider."""
    return await world.person(
        "provider", duties=duties, organisation=contract.provider_id, jurisdiction=contract.jurisdiction
    )


async def entries(world: World, subject: UUID | str) -> list[str]:
    """The kinds of journal entries about a record, in order."""
    rows = await world.rows(
        "SELECT type FROM evaluation.journal WHERE subject = $1 ORDER BY recorded_at, version", UUID(str(subject))
    )
    return [row["type"].removeprefix("goufu.evaluation.").removesuffix(".v1") for row in rows]


async def events(world: World, subject: UUID | str, name: str) -> list[dict[str, Any]]:
    """What the events of that name about a record say."""
    rows = await world.rows(
        "SELECT entry FROM evaluation.journal WHERE subject = $1 AND type = $2 ORDER BY recorded_at, version",
        UUID(str(subject)),
        f"goufu.evaluation.{name}.v1",
    )
    return [json.loads(row["entry"])["event"] for row in rows]


async def a_third_party(world: World, planner: Person, contract: ContractSigned) -> Person:
    """A person of an organisation that the purchaser has entrusted for the whole of the contract."""
    organisation = uuid4()
    mandate = {
        "third_party": str(organisation),
        "valid_from": "2022-03-01",
        "valid_until": "2023-12-31",
        "independent": True,
    }
    (await planner.post("evaluation", f"/v1/contracts/{contract.contract_id}/mandates", mandate)).ok()
    duties = {"evaluate_service", "accept_service", "run_survey", "conclude_evaluation"}
    return await world.person("evaluator", duties=duties, organisation=organisation, jurisdiction=contract.jurisdiction)


async def a_closed_survey(runner: Person, contract: ContractSigned, *, satisfied: int, answers: int = 100) -> str:
    """A survey in which so many of all who answered are satisfied; returns its id."""
    opened = await runner.post(
        "evaluation", f"/v1/contracts/{contract.contract_id}/surveys", {"title": "people served", "invited": answers}
    )
    path = f"/v1/surveys/{opened.ok()['id']}"
    given = [{"respondent": str(uuid4()), "satisfied": n < satisfied} for n in range(answers)]
    (await runner.post("evaluation", f"{path}/answers", {"answers": given})).ok()
    return str((await runner.post("evaluation", f"{path}/close")).ok()["id"])


async def both_opinions(person: Person, path: str, *, agrees: bool = False) -> None:
    """Committees and residents give theirs, apart from each other."""
    for side, members in (("committee", 2), ("residents", 3)):
        opinion = {"side": side, "agrees": agrees, "members": members, "statement": "few people came back"}
        (await person.post("evaluation", f"{path}/opinions", opinion)).ok()


def three_users() -> dict[str, Any]:
    """Three beneficiaries told by phone."""
    names = ("Li", "Wang", "Chen")
    told = [{"kind": "beneficiary", "channel": "phone", "name": n, "contact": f"139 {n}"} for n in names]
    return {"observers": told}


async def opened_assessment(
    person: Person, contract: ContractSigned, line: int = 0, *, observers: bool = True, **body: Any
) -> str:
    """An assessment of which three users know; returns its path."""
    asked = {"line_id": str(contract.lines[line].line_id), "modes": ["daily"], **body}
    opened = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)
    path = f"/v1/assessments/{opened.ok()['id']}"
    if observers:
        (await person.post("evaluation", f"{path}/observers", three_users())).ok()
    return path


async def assessed(person: Person, contract: ContractSigned, *, score: str, **body: Any) -> dict[str, Any]:
    """An assessment whose result the provider has been told."""
    path = await opened_assessment(person, contract, **body)
    return dict((await person.post("evaluation", f"{path}/result", {"score": score})).ok())
