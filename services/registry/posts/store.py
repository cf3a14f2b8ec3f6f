"""Queries about posts, given and proposed, and about who administers them."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.registry.persons.records import ProposalState
from services.registry.posts.records import HeldPost, Post, PostProposal, ProposedPost
from services.registry.posts.rules import Desk
from services.registry.tables import accounts, organisations, post_proposals, posts
from shared.fields.places import within
from shared.reading.visibility import lies_in
from shared.work.database import NotFound, Reader, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_DAY = sa.bindparam("day", type_=sa.Date)
_PLACE = sa.bindparam("place", type_=sa.Text)


def _lasting(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.valid_until.is_(None), table.c.valid_until >= _DAY)


_LIES_AT = sa.func.coalesce(organisations.c.jurisdiction, posts.c.jurisdiction).label("lies_at")
_POST = sa.select(posts).where(posts.c.id == _ID)
_PROPOSAL = sa.select(post_proposals).where(post_proposals.c.id == _ID)
_with_organisation = posts.outerjoin(organisations, organisations.c.id == posts.c.organisation_id)
_HELD = sa.select(posts, _LIES_AT).select_from(_with_organisation).where(posts.c.person_id == _ID, _lasting(posts))
_before = (
    sa.select(posts, sa.func.acts_for(posts.c.organisation_id, type_=sa.Uuid).label("before"))
    .where(posts.c.person_id == _ID, _lasting(posts))
    .subquery()
)
_INHERITED = sa.select(_before, organisations.c.jurisdiction.label("lies_at")).join_from(
    _before, organisations, organisations.c.id == _before.c.before
)
_PLACES = (
    sa.select(organisations.c.jurisdiction)
    .where(
        sa.or_(
            organisations.c.id == _ID,
            organisations.c.id.in_(sa.select(sa.func.acts_for(_ID, type_=sa.Uuid).column_valued("before"))),
        )
    )
    .order_by(organisations.c.id != _ID, organisations.c.id)
)
_proposed_in = post_proposals.join(organisations, organisations.c.id == post_proposals.c.organisation)
_PROPOSED = (
    sa.select(post_proposals, organisations.c.jurisdiction.label("lies_at"))
    .select_from(_proposed_in)
    .where(post_proposals.c.person_id == _ID, post_proposals.c.state == ProposalState.PROPOSED)
    .order_by(post_proposals.c.id)
)
_COUNT = sa.select(
    sa.select(sa.func.count()).where(posts.c.person_id == _ID, _lasting(posts)).scalar_subquery()
    + sa.select(sa.func.count())
    .where(post_proposals.c.person_id == _ID, post_proposals.c.state == ProposalState.PROPOSED)
    .scalar_subquery()
)
_ADMINISTRATORS = (
    sa.select(posts.c.person_id, posts.c.id)
    .join(accounts, accounts.c.person_id == posts.c.person_id)
    .where(
        posts.c.duties.contains(["administer_posts"]),
        _lasting(posts),
        lies_in(_PLACE, posts.c.jurisdiction),
        accounts.c.enabled,
    )
    .order_by(posts.c.id, accounts.c.issuer, accounts.c.subject)
    .with_for_update()
)
_REACHED = sa.union(
    sa.select(_LIES_AT).select_from(_with_organisation).where(posts.c.person_id == _ID, _lasting(posts)),
    sa.select(organisations.c.jurisdiction)
    .select_from(_proposed_in)
    .where(post_proposals.c.person_id == _ID, post_proposals.c.state == ProposalState.PROPOSED),
)


async def post(tx: Transaction, post_id: UUID) -> Post:
    """One post; raises NotFound."""
    found = await tx.one(_POST, Post, id=post_id)
    if found is None:
        raise NotFound
    return found


async def proposal(tx: Transaction, post_id: UUID) -> PostProposal | None:
    return await tx.one(_PROPOSAL, PostProposal, id=post_id)


async def held(reader: Reader, person_id: UUID, day: date) -> list[HeldPost]:
    """The person's posts on that day or later, each with where its organisation lies."""
    return await reader.all(_HELD, HeldPost, id=person_id, day=day)


async def proposed(reader: Reader, person_id: UUID) -> list[ProposedPost]:
    """What was proposed for the person and waits, each with where its organisation lies."""
    return await reader.all(_PROPOSED, ProposedPost, id=person_id)


async def places_of(reader: Reader, organisation: UUID) -> list[str]:
    """Where it lies, then where those lay for which it acts."""
    return [place for (place,) in await reader.all(_PLACES, id=organisation)]


async def desks(reader: Reader, person_id: UUID, day: date, *, but: UUID | None = None) -> list[Desk]:
    """Every post the person holds or is to hold on that day or later, `but` that one, as the rules see it: once more
    where an organisation lay for which it acts."""
    inherited = await reader.all(_INHERITED, HeldPost, id=person_id, day=day)
    found: list[HeldPost | ProposedPost] = [*await held(reader, person_id, day), *inherited]
    found += await proposed(reader, person_id)
    return [
        Desk(each.lies_at, frozenset(each.duties), each.valid_from, each.valid_until)
        for each in found
        if each.id != but
    ]


async def places(reader: Reader, person_id: UUID) -> frozenset[str]:
    """Where the organisations lie in which the person holds or is to hold posts, today or later."""
    return frozenset(place for (place,) in await reader.all(_REACHED, id=person_id, day=reader.today))


async def administers(reader: Reader, person_id: UUID, place: str) -> bool:
    """Whether that person may give posts there today."""
    return any(
        "administer_posts" in post.duties
        and post.valid_from <= reader.today
        and within(place, post.jurisdiction)
        and within(post.lies_at, post.jurisdiction)
        for post in await held(reader, person_id, reader.today)
    )


async def administrators(
    reader: Reader, place: str, day: date, *, but: Collection[UUID] = frozenset()
) -> frozenset[UUID]:
    """Who can log in and may give posts there on that day or later, not counting those posts. Their posts and logins
    are locked, so that two who end one another's are counted one after the other."""
    found = await reader.all(_ADMINISTRATORS, place=place, day=day)
    return frozenset(person_id for person_id, post_id in found if post_id not in but)


async def posts_of(reader: Reader, person_id: UUID) -> int:
    """How many posts the person holds or is to hold, with those that wait for a second administrator."""
    return int(await reader.value(_COUNT, id=person_id, day=reader.today))
