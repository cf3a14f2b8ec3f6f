"""Commands on bars: proposal by one person, confirmation by another."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.registry.bars import store
from services.registry.bars.records import Bar, BarReason, BarState
from services.registry.bars.rules import Order, may_bar, may_confirm_bar
from services.registry.bars.views import bar_view
from services.registry.clearances.handlers import lock_purchases, recheck
from services.registry.law import governing, is_national
from services.registry.papers import BAR, keep_papers
from services.registry.providers.records import Provider
from services.registry.rulebook import BarSection
from services.registry.standing.handlers import begin_for_all, standing_from
from services.registry.tables import ORDERED
from shared.events.registry import BarProposed
from shared.fields.days import last_day, years_later
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.law.decision import Effect
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, must_be

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
        await lock_purchases(tx, command.provider_id)
        by, at = command.organisation, command.jurisdiction
        _, person = await tx.open(Provider, command.provider_id, "bar_provider", by=by, at=at, fresh=False)
        book, order = apart(tx, governing(command.jurisdiction, tx.today).name, {command.provider_id}), command.order
        section = book.section(BarSection)
        clause = tx.decided(may_bar(order, section))
        proposed = Bar(
            id=new_id(),
            key=command.provider_id,
            version=1,
            jurisdiction=command.jurisdiction,
            organisation=command.organisation,
            provider_id=command.provider_id,
            rulebook=book.name,
            clause=clause.id,
            ground=order.ground,
            months=order.months,
            document_hash=order.document_hash,
            proposed_by=person,
            proposed_on=tx.today,
        )
        papers = [order.document_hash] if order.document_hash else []
        await keep_papers(tx, papers, "bar", proposed.id, BAR, command.jurisdiction)
        bar = await tx.add(proposed)
        keep_until = years_later(tx.today, section.file_retention_years.value)
        await tx.add(BarReason(bar_id=bar.id, reason=command.reason, purpose=REASON_PURPOSE, keep_until=keep_until))
        tx.emit(_proposed(bar))
        return tx.answer(201, bar_view(bar, command.reason), version=1, location=f"/v1/bars/{bar.id}")


async def confirm_bar(call: Call, command: ConfirmBar) -> Answer:
    async with call.transaction() as tx:
        bar, reason, person, book = await _proposal(tx, command.bar_id)
        clause = book.clause(bar.clause)
        tx.decided(may_confirm_bar(bar.proposed_by, person, clause, book.section(BarSection)))
        until = last_day(tx.today, bar.months)
        confirmed = replace(bar, state=BarState.CONFIRMED, confirmed_by=person, from_day=tx.today, until_day=until)
        confirmed = await tx.save(bar, confirmed)
        standing = standing_from(
            tx,
            bar.provider_id,
            bar.organisation,
            NATION if is_national(clause) else bar.jurisdiction,
            clause,
            kind="barred",
            origin="bar",
            effect=Effect.BAR,
            cause=bar.id,
            until_day=until,
        )
        await begin_for_all(tx, standing)
        await recheck(tx, bar.provider_id)
        return tx.answer(200, bar_view(confirmed, reason), version=confirmed.version)


async def withdraw_bar(call: Call, command: WithdrawBar) -> Answer:
    async with call.transaction() as tx:
        bar, reason, _, _ = await _proposal(tx, command.bar_id)
        withdrawn = await tx.save(bar, replace(bar, state=BarState.WITHDRAWN))
        tx.emit(_proposed(withdrawn, withdrawn=True))
        return tx.answer(200, bar_view(withdrawn, reason), version=withdrawn.version)


async def _proposal(tx: Transaction, bar_id: UUID) -> tuple[Bar, str | None, UUID, Rulebook]:
    """A bar that waits for its second person, behind its provider's lock, with its reason; who acts, and the text it
    rests on."""
    known = await store.bar(tx, bar_id)
    await lock_purchases(tx, known.provider_id)
    bar, person = await tx.open(Bar, bar_id, "bar_provider")
    book = apart(tx, bar.rulebook, {bar.provider_id})
    must_be(bar, (BarState.PROPOSED,))
    return bar, known.reason, person, book


def _proposed(bar: Bar, *, withdrawn: bool = False) -> BarProposed:
    return BarProposed(
        jurisdiction=bar.jurisdiction,
        organisation=bar.organisation,
        provider_id=bar.provider_id,
        bar_id=bar.id,
        ground=bar.ground,
        months=bar.months,
        withdrawn=withdrawn,
        facts=ORDERED(bar),
    )
