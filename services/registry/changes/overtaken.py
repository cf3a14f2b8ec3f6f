"""What one person proposed about an organisation ends with it: nobody could confirm it any more."""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.registry.changes.events import OrganisationChangeProposed
from services.registry.changes.records import ChangeState, OrganisationChange
from services.registry.persons.records import ProposalState
from services.registry.posts.events import PostProposed
from services.registry.posts.records import PostProposal
from services.registry.tables import CHANGE as CHANGE_SAID
from services.registry.tables import organisation_changes, persons, post_proposals
from shared.work.database import Reader, Transaction

_OF = sa.bindparam("organisation", type_=sa.Uuid)
_CHANGES = sa.select(organisation_changes).where(
    organisation_changes.c.key == _OF, organisation_changes.c.state == ChangeState.PROPOSED
)
_POSTS = sa.select(post_proposals).where(
    post_proposals.c.organisation == _OF, post_proposals.c.state == ProposalState.PROPOSED
)


async def proposed_posts(reader: Reader, organisation: UUID) -> list[PostProposal]:
    return await reader.all(_POSTS, PostProposal, organisation=organisation)


async def end_changes(tx: Transaction, organisation: UUID) -> None:
    """Changes of it that wait for another person."""
    for proposed in await tx.all(_CHANGES, OrganisationChange, organisation=organisation):
        change = await tx.save(proposed, replace(proposed, state=ChangeState.WITHDRAWN))
        told = {"jurisdiction": change.jurisdiction, "organisation": organisation, "change_id": change.id}
        said = {"facts": [], "withdrawn": True, "state": change.state.value, "change": CHANGE_SAID(change)}
        tx.emit(OrganisationChangeProposed.model_validate({**told, **said}))


async def end_posts(tx: Transaction, organisation: UUID) -> None:
    """Posts in it that wait for another administrator; whose they would be is locked."""
    for proposed in await proposed_posts(tx, organisation):
        post = await tx.save(proposed, replace(proposed, state=ProposalState.WITHDRAWN))
        tx.emit(
            PostProposed(
                jurisdiction=post.jurisdiction,
                organisation=organisation,
                post_id=post.id,
                person_id=post.person_id,
                duties=post.duties,
                valid_from=post.valid_from,
                valid_until=post.valid_until,
                withdrawn=True,
            )
        )
        await tx.update(persons, post.person_id)
