"""Named examples of what awards and contracts ask of a project's budget, as the other services would publish it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st

from services.catalog.consumers import REACTIONS
from shared.events import Event
from shared.events.contracts import (
    ContractCompleted,
    ContractCostMoved,
    ContractSigned,
    ContractTerminated,
    ContractWithdrawn,
    SigningProposed,
)
from shared.events.tendering import AwardProposed, ProcurementFailed
from tests.support.world import World

HANDLERS = {reaction.event: reaction.handler for reaction in REACTIONS}


def _about(project: dict[str, Any]) -> dict[str, Any]:
    place = {"jurisdiction": project["jurisdiction"], "organisation": UUID(project["organisation"])}
    return {**place, "project_id": UUID(project["id"])}


def proposed(project: dict[str, Any], amount: str, procurement: UUID | None = None, **given: Any) -> AwardProposed:
    """An award of a procurement, of the budget of 2022 unless told otherwise."""
    named = {"procurement_id": procurement or uuid4(), "lot": 1, "round": 1, "provider_id": uuid4()}
    asked = {"rulebook": project["rulebook"], "amount": Decimal(amount), "budget_year": 2022}
    return AwardProposed(**{**_about(project), **named, **asked, **given})


def failed(project: dict[str, Any], procurement: UUID) -> ProcurementFailed:
    return ProcurementFailed(**_about(project), procurement_id=procurement, code="award_blocked", clause="GPL-36.1")


def renewed(project: dict[str, Any], price: str, year: int, contract: UUID | None = None) -> SigningProposed:
    """A renewal is put to signature."""
    named: dict[str, Any] = {"contract_id": contract or uuid4(), "round": 1, "provider_id": uuid4(), "renews": uuid4()}
    asked: dict[str, Any] = {"rulebook": project["rulebook"], "price": Decimal(price), "budget_year": year}
    return SigningProposed(**_about(project), **named, **asked)


def signed(
    project: dict[str, Any], price: str, procurement: UUID, *, contract: UUID | None = None, **given: Any
) -> ContractSigned:
    return ContractSigned(
        **_about(project),
        contract_id=contract or uuid4(),
        reference="ZH-2022-000001",
        provider_id=uuid4(),
        procurement_id=procurement,
        price=Decimal(price),
        rulebook=project["rulebook"],
        service_class=2,
        nature="deliverable",
        procurement_project=True,
        signed_by=uuid4(),
        lines=[],
        **{"starts_on": date(2022, 4, 1), "ends_on": date(2022, 12, 31), **given},
    )


def completed(project: dict[str, Any], contract: UUID, paid: str) -> ContractCompleted:
    about = {**_about(project), "contract_id": contract, "provider_id": uuid4()}
    return ContractCompleted(**about, paid=Decimal(paid), withheld=Decimal("0.00"))


def terminated(project: dict[str, Any], contract: UUID, paid: str | None) -> ContractTerminated:
    about = {**_about(project), "contract_id": contract, "provider_id": uuid4()}
    left = None if paid is None else Decimal(paid)
    return ContractTerminated(**about, reason="agreement", by_fault_of_provider=False, paid=left)


def cost_moved(project: dict[str, Any], contract: UUID, paid: str, owed: str = "0.00") -> ContractCostMoved:
    about = {**_about(project), "contract_id": contract}
    return ContractCostMoved(**about, paid=Decimal(paid), owed=Decimal(owed))


def withdrawn(project: dict[str, Any], contract: UUID, procurement: UUID | None = None) -> ContractWithdrawn:
    """A draft is not signed; the procurement is named when no other contract of it stands."""
    about = {**_about(project), "contract_id": contract, "provider_id": uuid4(), "procurement_id": procurement}
    return ContractWithdrawn(**about, ground="refused", clause="GPR-49.1")


async def told(world: World, *events: Event) -> None:
    """They are published one after the other, and everybody hears of them."""
    for event in events:
        await world.emit(event.service, event)
    await world.pump()


async def heard(world: World, event: Event) -> None:
    """The catalog's own reaction to the event, in a transaction on a connection of its own."""
    connection = await world.services["catalog"].database.connect()
    try:
        await reacted(world, connection, event)
    finally:
        await connection.close()


async def reacted(world: World, connection: Any, event: Event) -> None:
    """The same on a connection that is there."""
    async with world.services["catalog"].database.system_transaction(connection) as tx:
        await tx.lock(event.key)
        await HANDLERS[type(event)](tx, event)


async def committed(world: World, project: dict[str, Any], year: int = 2022) -> str:
    """What is committed of the approved budget of that year."""
    statement = "SELECT committed FROM catalog.budgets WHERE project_id = $1 AND year = $2 AND state = 'approved'"
    [row] = await world.rows(statement, UUID(project["id"]), year)
    return str(row["committed"])


async def answers(world: World, project: dict[str, Any]) -> list[bool]:
    """What was answered to those who asked, in order."""
    rows = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM catalog.journal WHERE key = $1"
        " AND type = 'goufu.catalog.commitment_decided.v1' ORDER BY version",
        UUID(project["id"]),
    )
    return [row["event"]["granted"] for row in rows]


# --- whatever may happen to a budget, in whatever order

YEARS = (2022, 2023)
_procurement = st.integers(0, 3)
_fen = st.integers(1, 40).map(lambda tenth: f"{tenth * 10}.00")
ACTS = st.one_of(
    st.tuples(st.just("propose"), _procurement, st.sampled_from(YEARS), _fen),
    st.tuples(st.just("fail"), _procurement),
    st.tuples(st.just("sign"), _procurement, _fen),
    st.tuples(st.just("renew"), _procurement, st.sampled_from(YEARS), _fen),
    st.tuples(st.just("sign_renewal"), _procurement, st.sampled_from(YEARS), _fen),
    st.tuples(st.just("complete"), _procurement, _fen),
    st.tuples(st.just("terminate"), _procurement, st.one_of(st.none(), _fen)),
    st.tuples(st.just("cost"), _procurement, _fen),
    st.tuples(st.just("withdraw"), _procurement),
    st.tuples(st.just("adjust"), st.sampled_from(YEARS), _fen),
    st.tuples(st.just("again"), st.integers(0, 30)),
)


class Acts:
    """Plays acts on one project, whose procurements, contracts and renewals have numbers."""

    def __init__(self, world: World, project: dict[str, Any]) -> None:
        self.world, self.project, self.sent = world, project, []  # type: ignore[var-annotated]
        self.ids: dict[tuple[str, int], UUID] = {}

    def id(self, kind: str, number: int) -> UUID:
        return self.ids.setdefault((kind, number), uuid4())

    async def play(self, act: tuple[Any, ...]) -> None:
        match act:
            case ("adjust", year, amount):
                await self.adjust(year, amount)
            case ("again", number) if self.sent:
                await self.hear(self.sent[number % len(self.sent)])
            case ("again", _):
                pass
            case _:
                self.sent.append(self.event(act))
                await self.hear(self.sent[-1])

    async def hear(self, event: Event) -> None:
        state = self.world.services["catalog"]
        await reacted(self.world, state.writer, event)

    def event(self, act: tuple[Any, ...]) -> Any:
        project = self.project
        match act:
            case ("propose", n, year, amount):
                return proposed(project, amount, self.id("procurement", n), budget_year=year)
            case ("fail", n):
                return failed(project, self.id("procurement", n))
            case ("sign", n, price):
                return signed(project, price, self.id("procurement", n), contract=self.id("contract", n))
            case ("renew", n, year, price):
                return renewed(project, price, year, self.id("renewal", n))
            case ("sign_renewal", n, year, price):
                days = {"starts_on": f"{year}-06-01", "ends_on": f"{year}-12-31", "renews": uuid4()}
                return signed(project, price, uuid4(), contract=self.id("renewal", n), **days)
            case ("complete", n, paid):
                return completed(project, self.id("contract", n), paid)
            case ("cost", n, paid):
                return cost_moved(project, self.id("contract", n), paid)
            case ("withdraw", n):
                return withdrawn(project, self.id("renewal", n))
            case ("terminate", n, paid):
                return terminated(project, self.id("renewal", n), paid)
        raise AssertionError(act)

    async def adjust(self, year: int, amount: str) -> None:
        """As finance's approval does it, refused or not."""
        await self.world.admin.execute(
            "UPDATE catalog.budgets SET amount = $3 WHERE project_id = $1 AND year = $2 AND committed <= $3",
            UUID(self.project["id"]),
            year,
            Decimal(amount),
        )

    async def check(self) -> None:
        rows = await self.world.rows(
            "SELECT b.amount, b.committed, coalesce(sum(c.amount), 0) AS held FROM catalog.budgets b"
            " LEFT JOIN catalog.commitments c ON c.key = b.project_id AND c.year = b.year"
            " WHERE b.project_id = $1 GROUP BY b.id",
            UUID(self.project["id"]),
        )
        assert all(row["committed"] == row["held"] <= row["amount"] for row in rows), rows

    async def reset(self) -> None:
        key = UUID(self.project["id"])
        await self.world.admin.execute("DELETE FROM catalog.commitments WHERE key = $1", key)
        await self.world.admin.execute("UPDATE catalog.budgets SET committed = 0, amount = 400 WHERE key = $1", key)
