"""Each way of a payment line between its states, taken by the people and the results that lead there.

What became of an order is a fact, entered in whatever state the line is. What cannot be: that a line is `released`
again from `approved` on without an order, or that more is demanded back of one that is withheld or cancelled, of which
nothing is paid.
"""

from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest

from shared.events.tendering import PaymentTerm
from tests.contracts.examples import chengdu_award, chengdu_payments, zhuhai_award
from tests.contracts.test_money_after_the_end_api import told
from tests.contracts.test_money_walks import Walk
from tests.contracts.test_receipts_api import correct, payments_of
from tests.support.world import Person, Reply, World

SCORES = tuple((Decimal(score), Decimal(share)) for score, share in (("90", "1"), ("70", "0.9"), ("40", "0")))
"""From 40 points on the line is paid nothing, below it is held."""

PAID = "95 planned, request requested, approve released"
"""All of the line is ordered."""
LESS = "75 planned, request requested, approve reduced"
"""Less is ordered than was planned."""
STORIES = {
    "what is held until it is assessed anew ends with its contract": (
        "30 planned, request requested, approve approved, terminate cancelled, 95 planned"
    ),
    "so does what was asked for": "30 planned, request requested, terminate cancelled, 45 settled",
    "and what came back before its result held it": f"{PAID}, return_0 returned, 30 returned, terminate cancelled",
    "a result that gives nothing waits for what is demanded back": (
        f"{PAID}, 30 approved, terminate cancelled, 45 reduced, receipt_0 reduced, receipt_1 settled"
    ),
    "the same where the end had it withheld": f"{PAID}, terminate released, 30 withheld, 45 reduced, 75 planned",
    "nothing was paid, and nothing is to be": (
        "terminate cancelled, 95 planned, request requested, 30 withheld, 95 planned, 30 withheld, 45 settled"
    ),
    "a better result after the end is taken back by a worse": f"{LESS}, terminate reduced, 95 planned, 30 withheld",
    "or by the one before, while its order is out": f"{LESS}, terminate reduced, 95 planned, 75 reduced",
    "or once it was paid": f"{LESS}, receipt_0 settled, terminate settled, 95 planned, 75 settled",
    "its order comes back after a better result": f"{LESS}, terminate reduced, 95 planned, return_0 returned",
    "what had come back by a slip pays what the better result gives": (
        f"{LESS}, return_0 returned, request requested, approve reduced, receipt_2 settled, terminate settled,"
        " 95 planned, paid_0 released"
    ),
    "less was ordered and the result holds it": f"{LESS}, 30 approved, 95 released",
    "a result that gives nothing becomes one that holds": f"{PAID}, 45 reduced, terminate reduced, 30 withheld",
    "the same where nothing was paid": (
        "45 planned, request requested, approve settled, terminate settled, 30 withheld"
    ),
    "two orders come back while the rest is asked for": (
        f"{LESS}, 95 released, return_1 returned, request requested, return_0 returned, paid_0 planned"
    ),
    "one came back, and the result holds all": f"{LESS}, 95 released, return_1 returned, 30 approved",
    "one came back that is owed no more": f"{LESS}, 95 released, return_1 returned, 75 reduced",
    "what is paid in part is not cancelled": (
        f"{LESS}, 95 released, return_1 returned, request requested, 75 requested, terminate requested,"
        " receipt_0 settled"
    ),
    "one came back by a slip": f"{LESS}, 95 released, return_1 returned, paid_1 released",
    "what was paid is held by a corrected result": f"{PAID}, receipt_0 settled, 30 approved",
    "nothing more is paid for what came back and then failed": (
        "pass planned, request requested, approve released, return_0 returned, fail withheld, pass released"
    ),
}
"""Acts on one line, each with the state in which it leaves the line: a score or whether it passed, what people ask for
and approve, that the nth movement was paid or came back, or that it was (`paid_…`), as is corrected."""


class Story(Walk):
    """A walk on one line whose acts are told."""

    def __init__(self, world: World, *, by_score: bool) -> None:
        super().__init__(world, seed=1)
        terms: list[PaymentTerm] = [one.model_copy(update={"bands": SCORES}) for one in chengdu_payments()]
        award = chengdu_award(world, payments=terms) if by_score else zhuhai_award(world)
        self.award = award.model_copy(update={"organisation": uuid4()})
        self.gate, self.said = "assessment" if by_score else "acceptance", ""

    async def begin(self) -> None:
        await super().begin()
        self.at = next(number for number, line in enumerate(self.lines) if line["gate"] == self.gate)
        for line in self.lines[: self.at]:
            (await self._done("request", line["id"], line["gate"]) or pytest.fail("nobody asked")).ok()
        self.line = self.lines[self.at]["id"]

    async def tell(self, act: str) -> None:
        name, _, of = act.partition("_")
        reply: Reply | None = None
        match name:
            case "request" | "approve" | "terminate":
                reply = await self._done(name, self.line, self.gate)
            case "receipt" | "return":
                for who in self.receivers[: 1 if name == "receipt" else 2]:
                    reply = await self._answer(who, int(of), settled=name == "receipt")
            case "paid":
                reply = await correct(self.receivers[2], self.world, self.line, True, f"C-{uuid4()}", of=int(of))
            case said:
                self.said = said
                await told(self.world, self._result(self.line, self.gate))
        assert reply is None or reply.status < 300, (act, reply.json)

    async def state(self) -> str:
        [line] = await self.world.rows("SELECT state FROM contracts.payment_lines WHERE id = $1", self.line)
        return str(line["state"])

    def finds(self) -> tuple[bool, str]:
        return self.said == "pass", self.said

    async def _answer(self, who: Person, of: int, *, settled: bool) -> Reply:
        payment = (await payments_of(self.world, self.line))[of]
        body = {"settled": settled, "payment_id": str(payment), "paid_by": "hand"}
        reference = {"treasury_reference": f"R-{uuid4()}"} if settled else {}
        return await who.post("contracts", f"/v1/payment-lines/{self.line}/receipts", {**body, **reference})


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_line_goes_on_its_ways(world: World, story: str) -> None:
    told = Story(world, by_score="pass" not in story)
    await told.begin()

    for step in story.split(", "):
        act, _, state = step.partition(" ")
        await told.tell(act)
        assert (act, await told.state()) == (act, state)
        assert await told.wrong() == [], act


@pytest.mark.parametrize("state", ["withheld", "cancelled"])
async def test_of_a_line_that_is_withheld_or_cancelled_nothing_is_paid(world: World, state: str) -> None:
    told = Story(world, by_score=True)
    await told.begin()
    written = "UPDATE contracts.payment_lines SET state = $2, paid = $3 WHERE id = $1"

    with pytest.raises(asyncpg.CheckViolationError, match="nothing_paid"):
        await told.world.rows(written, told.line, state, Decimal("0.01"))
    await told.world.rows(written, told.line, state, Decimal("0.00"))
