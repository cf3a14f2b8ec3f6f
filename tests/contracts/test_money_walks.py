"""Whatever is done to payment lines in whatever order, the money adds up, and no act ends in an error of ours."""

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, EvaluationConcluded
from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    a_second,
    chengdu_award,
    lines_of,
    row_of,
    zhuhai_award,
)
from tests.contracts.test_money_after_the_end_api import told
from tests.contracts.test_orders_api import Treasury
from tests.contracts.test_receipts_api import correct, payments_of
from tests.shared.test_audit import as_superuser, audited
from tests.support.examples import an_acceptance, an_assessment, an_evaluation
from tests.support.world import Person, Reply, World

ACTS = (
    *("request", "request", "approve", "approve", "refuse", "receipt", "receipt", "return", "return"),
    *("correct", "correct", "correct", "result", "result again", "send", "terminate"),
)
Told = AcceptanceConcluded | AssessmentConfirmed | EvaluationConcluded
ANSWERED = ("release", "supplement", "refund")
"""Movements that the treasury answers."""


class Walk:
    """Acts drawn by a seed on the lines of one contract, by people who may do them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.draw, self.results = world, Random(seed), dict[UUID, Told]()
        made: tuple[Callable[[World], AwardConfirmed], ...] = (zhuhai_award, chengdu_award)
        self.award = made[seed % 2](world).model_copy(update={"organisation": uuid4()})

    async def begin(self) -> None:
        self.desk: Desk = await a_desk(self.world, self.award)
        self.contract = await a_contract_in_force(self.world, self.desk, self.award)
        self.row = await row_of(self.world, self.contract)
        self.lines = await self.world.rows(
            "SELECT id, gate FROM contracts.payment_lines WHERE contract_id = $1 ORDER BY number", self.contract
        )
        [first, *_] = await lines_of(self.world, self.contract)
        self.treasury = Treasury(self.world)
        self.receivers = [self.desk.receives, *[await a_second(self.world, self.desk, first) for _ in range(2)]]
        place: dict[str, Any] = {"organisation": self.award.organisation, "jurisdiction": self.award.jurisdiction}
        self.other: Person = await self.world.person("other", duties={"sign_contract"}, **place)

    async def act(self) -> tuple[str, Reply | None]:
        line, act = self.draw.choice(self.lines), self.draw.choice(ACTS)
        if act == "terminate" and self.draw.random() > 0.05:
            act = "request"
        return act, await self._done(act, line["id"], line["gate"])

    async def _done(self, act: str, line: UUID, gate: str) -> Reply | None:
        path, desk = f"/v1/payment-lines/{line}", self.desk
        match act:
            case "request":
                papers = self.results.get(line)
                body = {"papers": str(getattr(papers, papers.subject_field))} if papers else {}
                return await desk.asks.post("contracts", f"{path}/request", body)
            case "approve":
                return await desk.approves.post("contracts", f"{path}/approve")
            case "refuse":
                return await desk.approves.post("contracts", f"{path}/refuse", {"reason": "缺材料"})
            case "receipt" | "return":
                return await self._receipt(line, settled=act == "receipt")
            case "correct":
                if payments := await payments_of(self.world, line):
                    of, who = self.draw.randrange(len(payments)), self.draw.choice(self.receivers)
                    settled = self.draw.random() < 0.5
                    return await correct(who, self.world, line, settled, f"C-{uuid4()}", of=of)
            case "result" | "result again" if gate != "contract":
                await told(self.world, self._result(line, gate))
            case "send":
                await self.treasury.connect()
            case "terminate":
                body = {"ground": "public_interest_harm", "reason": "不再需要"}
                await desk.signs.post("contracts", f"/v1/contracts/{self.contract}/terminations", body)
                return await self.other.post("contracts", f"/v1/contracts/{self.contract}/terminations/confirm")
        return None

    async def _receipt(self, line: UUID, *, settled: bool) -> Reply:
        body: dict[str, Any] = {"settled": settled, "treasury_reference": f"R-{uuid4()}" if settled else None}
        payments = await payments_of(self.world, line)
        if payments and self.draw.random() < 0.5:
            body["payment_id"] = str(self.draw.choice(payments))
        if self.draw.random() < 0.6:
            body["paid_by"] = self.draw.choice(["order", "hand"])
        return await self.draw.choice(self.receivers).post("contracts", f"/v1/payment-lines/{line}/receipts", body)

    def _result(self, line: UUID, gate: str) -> Told:
        """The first result of a line, or its next version."""
        passed, score = self.finds()
        grade = "good" if passed else "poor"
        said: dict[str, Any]
        first: Told
        match gate:
            case "acceptance":
                first, said = an_acceptance(self.row, line, passed=passed), {"passed": passed}
            case "assessment":
                first, said = an_assessment(self.row, line, score=score), {"score": Decimal(score)}
            case _:
                first, said = an_evaluation(self.row, line, score="92", grade=grade), {"grade": grade}
        known = self.results.get(line)
        if known is not None:
            first = known.model_copy(update={**said, "result_version": known.result_version + 1})
        self.results[line] = first
        return first

    def finds(self) -> tuple[bool, str]:
        """What a result says: whether it passed, and its score."""
        return self.draw.random() < 0.7, self.draw.choice(["95.00", "85.00", "75.00", "50.00"])

    async def wrong(self) -> list[str]:
        """What does not add up."""
        found = [str(parked) for parked in await self.world.parked() if parked["state"] == "parked"]
        for line in await self.world.rows(
            "SELECT * FROM contracts.payment_lines WHERE contract_id = $1", self.contract
        ):
            moved = await self.world.rows(
                "SELECT p.id, p.kind, p.amount, p.reverses, r.settled FROM contracts.payments p"
                " LEFT JOIN contracts.receipts r ON r.payment_id = p.id WHERE line_id = $1 ORDER BY number",
                line["id"],
            )
            booked = sum(-one["amount"] if one["kind"] in ("refund", "return") else one["amount"] for one in moved)
            void = {
                one["reverses"] for one in moved
            }  # a refund that was reversed is owed no longer, and waits for nothing
            owed = [one for one in moved if one["kind"] != "refund" or one["id"] not in void]
            answered = [one for one in owed if one["kind"] in ANSWERED]
            waits = any(not one["settled"] if one["kind"] == "refund" else one["settled"] is None for one in answered)
            cash = sum(
                -one["amount"] if one["kind"] == "refund" else one["amount"] for one in answered if one["settled"]
            )
            if error := await self._kept(line):
                found.append(f"line {line['number']}: {error}")
            if booked != line["paid"] or not 0 <= line["paid"] <= line["planned"]:
                found.append(f"line {line['number']}: {line['paid']} paid, {booked} booked")
            if not waits and cash != line["paid"]:
                found.append(f"line {line['number']}: {line['paid']} paid, {cash} by its receipts")
            if (line["state"] == "settled" and waits) or (line["state"] in ("released", "reduced") and not waits):
                found.append(f"line {line['number']} is {line['state']}, waits: {waits}")
        return found

    async def _kept(self, line: dict[str, Any]) -> str | None:
        """Who truly has the money, as the receipts stand and whatever was booked: what the treasury paid or may still
        pay, less what came in. What the provider has beyond its result it owes back, and no more than that."""
        rows = await self.world.rows(
            "SELECT p.id, p.kind, p.amount, p.reverses, r.settled FROM contracts.payments p"
            " LEFT JOIN contracts.receipts r ON r.payment_id = p.id WHERE line_id = $1",
            line["id"],
        )
        void = {row["reverses"] for row in rows if row["reverses"]}
        orders = sum(r["amount"] for r in rows if r["kind"] in ("release", "supplement") and r["settled"] is not False)
        refunds = [r for r in rows if r["kind"] == "refund" and r["id"] not in void]
        has = orders - sum(r["amount"] for r in refunds if r["settled"])
        owed_back = sum(r["amount"] for r in refunds if not r["settled"])
        right = max(has - self._entitled(line), Decimal(0))
        if not orders and not refunds:
            return None
        # A better result leaves a refund demanded, and gives the same amount anew: where nobody has asked for that yet,
        # both are open.
        asked_anew = line["state"] in ("planned", "requested") and has - owed_back < self._entitled(line)
        if owed_back != right and not (owed_back > right and asked_anew):
            return f"{owed_back} is demanded back, {right} is right"
        if line["state"] in ("released", "reduced") and line["approved_by"] is None:
            return "ordered without an approval"
        if line["state"] in ("returned", "settled") and (has < self._entitled(line)) != (line["state"] == "returned"):
            return f"{line['state']} with {has}"
        return None

    def _entitled(self, line: dict[str, Any]) -> Decimal:
        """What the last result gives of a line, by the bands of the award."""
        result: Any = self.results.get(line["id"])
        planned = Decimal(line["planned"])
        if line["gate"] == "contract":
            return planned
        if result is None:
            return Decimal(0)
        if line["gate"] == "assessment":
            bands = json.loads(line["bands"]) if isinstance(line["bands"], str) else line["bands"]
            shares = [Decimal(share) for score, share in bands if result.score >= Decimal(score)]
            return (planned * max(shares, default=Decimal(0))).quantize(Decimal("0.01"))
        good = result.passed if line["gate"] == "acceptance" else result.grade != "poor"
        return planned if good else Decimal(0)


@pytest.mark.parametrize(
    ("seed", "acts"),
    [
        (0, 60),
        (1, 60),
        *(pytest.param(seed, 120, marks=pytest.mark.long) for seed in range(2, 16)),
        pytest.param(29, 150, marks=pytest.mark.long),
    ],
)
async def test_the_money_of_a_line_adds_up_after_whatever_acts(world: World, seed: int, acts: int) -> None:
    walk = Walk(world, seed)
    await walk.begin()

    for step in range(acts):
        act, answer = await walk.act()
        if answer is not None:
            assert answer.status < 500, (step, act, answer.body)
            assert answer.status != 409 or answer.json["code"] != "conflict", (step, act, answer.body)
        assert await walk.wrong() == [], (step, act)

    async with as_superuser(world, "contracts") as connection:
        assert (await audited(connection, "contracts")).findings == []
