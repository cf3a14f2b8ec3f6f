"""Commands on bars: proposal by one person, confirmation by another."""

from dataclasses import dataclass
from uuid import UUID

from services.registry.bars import store
from services.registry.bars.rules import Order, may_bar, may_confirm_bar
from services.registry.bars.views import bar_view
from services.registry.clearances.handlers import lock_provider, recheck
from services.registry.days import last_day, years_later
from services.registry.law import governing, is_national
from services.registry.papers import BAR, keep_papers
from services.registry.rulebook import BarSection
from services.registry.standing.handlers import begin_for_all
from services.registry.tables import ORDERED, bars, private_bar_reasons
from shared.events.registry import BarProposed
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.law.decision import Effect
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState

REASON_PURPOSE = "ground of a bar, for those who order and oversee it"


@dataclass(frozen=True, slots=True)
class ProposeBar:
    """A bar that an authority proposes, with its reason in free text."""

    provider_id: UUID
    organisation: UUID
    jurisdiction: str
    order: Order
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmBar:
    """Another person of the authority confirms; the bar binds from that day."""

    bar_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawBar:
    """The proposal is taken back by who made it, or refused by another person of the authority."""

    bar_id: UUID


async def propose_bar(call: Call, command: ProposeBar) -> Answer:
    async with call.transaction() as tx:
        await lock_provider(tx, command.provider_id)
        person = tx.require("bar_provider", command.organisation, command.jurisdiction, begins=True)
        book, order = apart(tx, governing(command.jurisdiction, tx.today).name, {command.provider_id}), command.order
        bar_id = new_id()
        section = book.section(BarSection)
        clause = tx.decided(may_bar(order, section))
        papers = [order.document_hash] if order.document_hash else []
        await keep_papers(tx, papers, "bar", bar_id, BAR, command.jurisdiction)
        await tx.insert(
            bars,
            id=bar_id,
            key=command.provider_id,
            version=1,
            jurisdiction=command.jurisdiction,
            organisation=command.organisation,
            provider_id=command.provider_id,
            state="proposed",
            rulebook=book.name,
            clause=clause.id,
            ground=order.ground,
            months=order.months,
            document_hash=order.document_hash,
            proposed_by=person,
            proposed_on=tx.today,
        )
        keep_until = years_later(tx.today, section.file_retention_years.value)
        await tx.insert(
            private_bar_reasons, bar_id=bar_id, reason=command.reason, purpose=REASON_PURPOSE, keep_until=keep_until
        )
        row = await store.bar(tx, bar_id)
        tx.emit(_proposed(row))
        return tx.answer(201, bar_view(row), version=1, location=f"/v1/bars/{bar_id}")


async def confirm_bar(call: Call, command: ConfirmBar) -> Answer:
    async with call.transaction() as tx:
        row, person, book = await _proposal(tx, command.bar_id)
        clause = book.clause(row["clause"])
        tx.decided(may_confirm_bar(row["proposed_by"], person, clause, book.section(BarSection)))
        until = last_day(tx.today, row["months"])
        await store.confirm(tx, row, person, until)
        await begin_for_all(
            tx,
            provider_id=row["provider_id"],
            organisation=row["organisation"],
            place=NATION if is_national(clause) else row["jurisdiction"],
            origin="bar",
            kind="barred",
            clause=clause,
            effect=Effect.BAR,
            cause=row["id"],
            until_day=until,
        )
        await recheck(tx, row["provider_id"])
        confirmed = await store.bar(tx, command.bar_id)
        return tx.answer(200, bar_view(confirmed), version=confirmed["version"])


async def withdraw_bar(call: Call, command: WithdrawBar) -> Answer:
    async with call.transaction() as tx:
        row, _, _ = await _proposal(tx, command.bar_id)
        await tx.update(bars, row["id"], state="withdrawn")
        tx.emit(_proposed(row, withdrawn=True))
        withdrawn = await store.bar(tx, command.bar_id)
        return tx.answer(200, bar_view(withdrawn), version=withdrawn["version"])


async def _proposal(tx: Transaction, bar_id: UUID) -> tuple[Row, UUID, Rulebook]:
    """A bar that waits for its second person, behind its provider's lock; who acts, and the text it rests on."""
    await lock_provider(tx, (await store.bar(tx, bar_id))["provider_id"])
    row = await tx.lock_row(bars, bar_id)
    person = tx.require("bar_provider", row["organisation"], row["jurisdiction"])
    book = apart(tx, row["rulebook"], {row["provider_id"]})
    tx.expect(row["version"])
    if row["state"] != "proposed":
        raise WrongState(row["state"], "proposed")
    return row, person, book


def _proposed(row: Row, *, withdrawn: bool = False) -> BarProposed:
    about = {name: row[name] for name in ("jurisdiction", "organisation", "provider_id", "ground", "months")}
    return BarProposed(**about, bar_id=row["id"], withdrawn=withdrawn, facts=ORDERED(row))
