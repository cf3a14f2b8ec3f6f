"""Queries about explanations of low prices and the panel's voices on them."""

import hashlib
import os
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.explanations.records import (
    Explanation,
    ExplanationShown,
    ExplanationText,
    ExplanationVote,
    PriceLook,
)
from services.tendering.opening.records import ReadOut
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.reviews.records import ConditionResult
from services.tendering.tables import (
    bids,
    explanation_votes,
    explanations,
    price_looks,
    private_explanations,
)
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction

CONDITION = "panel:low_price"
"""How the panel's finding on a price stands among the results of the review; no file can name a condition so."""

_OF_PROCUREMENT = explanations.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid)
_LAST_TEXT = (
    sa.select(private_explanations.c.text)
    .where(private_explanations.c.explanation_id == explanations.c.id)
    .order_by(private_explanations.c.number.desc())
    .limit(1)
    .scalar_subquery()
    .label("text")
)
_WITH_TEXT = sa.select(explanations, _LAST_TEXT)
_ANSWERS = sa.select(private_explanations).where(
    private_explanations.c.explanation_id == sa.bindparam("explanation_id", type_=sa.Uuid)
)
_ALL = _WITH_TEXT.where(_OF_PROCUREMENT).order_by(explanations.c.id)
_READ = _WITH_TEXT.where(explanations.c.id == sa.bindparam("id", type_=sa.Uuid))
_OPEN = sa.select(sa.exists().where(_OF_PROCUREMENT, explanations.c.proven.is_(None)))
_OF_BID = sa.select(sa.exists().where(explanations.c.bid_id == sa.bindparam("bid_id", type_=sa.Uuid)))
_VOTES = sa.select(explanation_votes).where(
    explanation_votes.c.explanation_id == sa.bindparam("explanation_id", type_=sa.Uuid)
)
_ASKED = sa.select(explanations.c.bid_id).where(_OF_PROCUREMENT)
_LOOKS = (
    sa.select(price_looks)
    .join(bids, bids.c.id == price_looks.c.bid_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
)
_IN_ORDER = _LOOKS.order_by(price_looks.c.number)
_SAID = sa.select(sa.func.count()).where(
    price_looks.c.bid_id == sa.bindparam("bid_id", type_=sa.Uuid),
    price_looks.c.person_id == sa.bindparam("person_id", type_=sa.Uuid),
)
_UNQUALIFY = (
    sa.update(bids)
    .where(bids.c.id == sa.bindparam("bid", type_=sa.Uuid))
    .values(qualified=False, version=bids.c.version + 1)
)


async def undecided(reader: Reader, procurement_id: UUID) -> bool:
    """Whether a price was asked about and the panel has not decided: until then nothing is ranked."""
    return bool(await reader.value(_OPEN, procurement_id=procurement_id))


async def read(reader: Reader, explanation_id: UUID) -> ExplanationShown:
    """One with what the bidder said; raises NotFound."""
    found = await reader.one(_READ, ExplanationShown, id=explanation_id)
    if found is None:
        raise NotFound
    return found


async def asked_before(reader: Reader, bid_id: UUID) -> bool:
    return bool(await reader.value(_OF_BID, bid_id=bid_id))


async def ask(tx: Transaction, procurement: Procurement, bid: ReadOut, person: UUID, until: datetime) -> Explanation:
    return await tx.add(
        Explanation(
            id=new_id(),
            version=1,
            **procurements.owner(procurement),
            bid_id=bid.bid_id,
            provider_id=bid.provider_id,
            asked_by=person,
            asked_at=tx.now,
            answer_until=until,
        )
    )


async def answer(
    tx: Transaction, explanation: Explanation, text: str, person: UUID, number: int = 1, reason: str | None = None
) -> tuple[Explanation, ExplanationText]:
    """Keeps the answer, with a salt for its hash, in the place of the one before, which stays."""
    answered = await tx.save(explanation, replace(explanation, answered_by=person, answered_at=tx.now))
    given = ExplanationText(
        explanation_id=explanation.id,
        number=number,
        text=text,
        salt=os.urandom(16),
        given_by=person,
        given_at=tx.now,
        was_by=explanation.answered_by,
        reason=reason,
    )
    return answered, await tx.add(given)


async def answers_given(reader: Reader, explanation_id: UUID) -> int:
    """How many answers the bidder gave so far."""
    counted = _ANSWERS.with_only_columns(sa.func.count())
    return int(await reader.value(counted, explanation_id=explanation_id))


async def list_answers(reader: Reader, explanation_id: UUID, shown: Slice) -> list[ExplanationText]:
    """A page of all that the bidder said, the last one counts."""
    return await reader.all(shown.of(_ANSWERS), ExplanationText, explanation_id=explanation_id)


def hash_of(kept: ExplanationText) -> str:
    """SHA-256 over salt and text, in hex."""
    return hashlib.sha256(kept.salt + kept.text.encode()).hexdigest()


async def votes(reader: Reader, explanation_id: UUID) -> dict[UUID, bool]:
    """What each member has said, by person."""
    said = await reader.all(_VOTES, ExplanationVote, explanation_id=explanation_id)
    return {vote.person_id: vote.proven for vote in said}


async def vote(tx: Transaction, explanation: Explanation, person: UUID, proven: bool) -> None:
    await tx.add(ExplanationVote(explanation_id=explanation.id, person_id=person, proven=proven, voted_at=tx.now))


async def decide(tx: Transaction, explanation: Explanation, proven: bool, clause: Clause, person: UUID) -> Explanation:
    """The panel has decided: the finding stands among the results, and a price that is not proven leaves."""
    decided = await tx.save(explanation, replace(explanation, proven=proven, decided_at=tx.now))
    await tx.add(
        ConditionResult(
            bid_id=explanation.bid_id,
            condition=CONDITION,
            procurement_id=explanation.procurement_id,
            met=proven,
            basis="panel",
            clause=clause.id,
            reviewed_by=person,
        )
    )
    if not proven:
        await tx.run(_UNQUALIFY, bid=explanation.bid_id)
    return decided


async def list_seen(
    reader: Reader, procurement_id: UUID, shown: Slice, providers: frozenset[UUID] | None
) -> list[ExplanationShown]:
    """A page of the procurement's; with `providers` of those about bids of these."""
    seen = _ALL
    if providers is not None:
        seen = _ALL.where(explanations.c.provider_id == sa.any_(sa.literal(list(providers), ARRAY(sa.Uuid))))
    return await reader.all(shown.of(seen), ExplanationShown, procurement_id=procurement_id)


async def asked_about(reader: Reader, procurement_id: UUID) -> set[UUID]:
    """The bids whose price was asked about."""
    return {bid for (bid,) in await reader.all(_ASKED, procurement_id=procurement_id)}


async def looks(reader: Reader, procurement_id: UUID) -> dict[UUID, dict[UUID, PriceLook]]:
    """What each member said last of the prices that it looked at, by bid."""
    found: dict[UUID, dict[UUID, PriceLook]] = {}
    for look in await reader.all(_IN_ORDER, PriceLook, procurement_id=procurement_id):
        found.setdefault(look.bid_id, {})[look.person_id] = look
    return found


async def list_looks(reader: Reader, procurement_id: UUID, shown: Slice) -> list[PriceLook]:
    """A page of all that members said, also what they set right."""
    return await reader.all(shown.of(_LOOKS), PriceLook, procurement_id=procurement_id)


async def look(tx: Transaction, bid_id: UUID, person: UUID, needless: bool, reason: str) -> PriceLook:
    """Keeps what a member says of a price, beside what the member said before."""
    number = int(await tx.value(_SAID, bid_id=bid_id, person_id=person)) + 1
    said = PriceLook(bid_id=bid_id, person_id=person, number=number, needless=needless, reason=reason, given_at=tx.now)
    return await tx.add(said)
