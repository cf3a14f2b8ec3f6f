"""Queries about panels, their members and the posts that these hold."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.tendering.panels.records import FormedPanel, HeldPost, PanelState, Replacement, Role, Seat
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.tables import metadata, panel_members, panel_replacements, panels
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.people.interest import interest_id
from shared.work.database import Reader, Transaction
from shared.work.identity import NotAllowed, Tie

_posts, _interests = metadata.tables["posts"], metadata.tables["interests"]
_PANEL = sa.select(panels).where(panels.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
_MEMBERS = (
    sa.select(panel_members)
    .where(panel_members.c.panel_id == sa.bindparam("panel_id", type_=sa.Uuid))
    .order_by(panel_members.c.person_id)
)
_KIN = sa.func.kin_of(_posts.c.organisation_id, type_=sa.Uuid).label("organisation_id")
_POSTS = sa.select(_posts.c.person_id, _KIN, _posts.c.valid_from, _posts.c.valid_until).where(
    _posts.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid))),
)
_DECLARED = sa.select(panel_members).where(
    panel_members.c.person_id == sa.bindparam("person", type_=sa.Uuid),
    sa.func.jsonb_array_length(panel_members.c.interests) > 0,
)
_PROVIDERS = sa.func.unnest(sa.bindparam("providers", type_=ARRAY(sa.Uuid)), type_=sa.Uuid).column_valued("provider")
_SAME = sa.select(_PROVIDERS.label("provider"), sa.func.kin_of(_PROVIDERS, type_=sa.Uuid).label("same"))
_REMOVE = sa.delete(panel_members).where(
    panel_members.c.panel_id == sa.bindparam("panel_id", type_=sa.Uuid),
    panel_members.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid))),
)
_OF_MEMBER = (panel_members.c.panel_id == sa.bindparam("panel", type_=sa.Uuid)) & (
    panel_members.c.person_id == sa.bindparam("person", type_=sa.Uuid)
)
_DECLARE = (
    sa.update(panel_members)
    .where(_OF_MEMBER)
    .values(declared_at=sa.bindparam("at"), interests=sa.bindparam("found", type_=panel_members.c.interests.type))
)
_INTERESTS = sa.select(_interests.c.organisation_id, _interests.c.until).where(
    _interests.c.person_id == sa.bindparam("person", type_=sa.Uuid), ~_interests.c.annulled
)
_OVER = sa.select(_interests.c.organisation_id).where(
    _interests.c.person_id == sa.bindparam("person", type_=sa.Uuid),
    _interests.c.annulled | _interests.c.until.is_not(None),
)
_KEEP_INTEREST = (
    insert(_interests)
    .values(
        id=sa.bindparam("interest", type_=sa.Uuid),
        person_id=sa.bindparam("person", type_=sa.Uuid),
        organisation_id=sa.bindparam("provider", type_=sa.Uuid),
        source_version=0,
    )
    .on_conflict_do_update(index_elements=["id"], set_={"until": None, "annulled": False})
)
_REPLACED = (
    sa.select(panel_replacements)
    .where(panel_replacements.c.panel_id == sa.bindparam("panel_id", type_=sa.Uuid))
    .order_by(panel_replacements.c.number)
)
_SCORED = sa.update(panel_members).where(_OF_MEMBER).values(scored_at=sa.bindparam("at"))


async def of_procurement(reader: Reader, procurement_id: UUID) -> FormedPanel | None:
    """The procurement's panel, if it is formed; the procurement must be locked for a change."""
    return await reader.one(_PANEL, FormedPanel, procurement_id=procurement_id)


async def members(reader: Reader, panel_id: UUID) -> list[Seat]:
    return await reader.all(_MEMBERS, Seat, panel_id=panel_id)


def digest(panel: UUID, seats: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over who sits on the panel as what, whether they have declared, what, and whether they have scored; and
    over the panel's id, which is told nowhere, so that nobody guesses the names."""
    said = [
        [str(person), role, bool(declared), interests, bool(scored)]
        for person, role, declared, interests, scored in seats
    ]
    return hashlib.sha256(canonical([panel, sorted(said, key=lambda seat: seat[0])])).hexdigest()


def sealed(panel: FormedPanel, members: Iterable[Seat]) -> str:
    """The digest of the panel with these members."""
    return digest(panel.id, [(one.person_id, one.role, one.declared, one.interests, one.scored) for one in members])


async def membership(reader: Reader, procurement_id: UUID, person: UUID) -> tuple[FormedPanel, list[Seat], Seat]:
    """The panel, its members and the person's place on it; raises NotAllowed for who has none."""
    panel = await of_procurement(reader, procurement_id)
    seats = await members(reader, panel.id) if panel else []
    mine = next((seat for seat in seats if seat.person_id == person), None)
    if panel is None or mine is None:
        raise NotAllowed("panel_member")
    return panel, seats, mine


def with_seat(members: Iterable[Seat], seat: Seat) -> list[Seat]:
    """The members, with this one as they are now."""
    return [seat if one.person_id == seat.person_id else one for one in members]


async def posts_of(reader: Reader, persons: Iterable[UUID]) -> dict[UUID, list[HeldPost]]:
    """All posts that these persons ever held or will hold."""
    found: dict[UUID, list[HeldPost]] = {person: [] for person in persons}
    for post in await reader.all(_POSTS, persons=list(found)):
        held = HeldPost(*post)
        found[held.person_id].append(held)
    return found


def in_force(posts: Iterable[HeldPost], today: date) -> set[UUID]:
    """The organisations in which one of these posts is held today."""
    held = (p for p in posts if p.valid_from <= today and (p.valid_until is None or today <= p.valid_until))
    return {post.organisation_id for post in held}


async def declared(reader: Reader, person: UUID) -> dict[UUID, str]:
    """The providers in which this person declared an interest as a member of any panel, each with its ground; and those
    that are the same by another name. What was annulled never was, and what has ended counts by its last day, as every
    tie does."""
    seats = await reader.all(_DECLARED, Seat, person=person)
    over = {organisation for (organisation,) in await reader.all(_OVER, person=person)} if seats else set()
    found = {provider: ground for seat in seats for provider, ground in seat.grounds.items()}
    said = {provider: ground for provider, ground in found.items() if provider not in over}
    same = await reader.all(_SAME, providers=list(said)) if said else []
    return {now: said[provider] for provider, now in same}


async def interests_of(reader: Reader, person: UUID) -> list[Tie]:
    """What is declared of this person, here or to the registry."""
    return [Tie(*declared) for declared in await reader.all(_INTERESTS, person=person)]


async def keep_interest(tx: Transaction, person: UUID, provider: UUID) -> None:
    """What is declared counts from this moment on, before the registry has heard it and tells everybody."""
    await tx.run(_KEEP_INTEREST, interest=interest_id(person, provider), person=person, provider=provider)


async def save(
    tx: Transaction,
    before: FormedPanel | None,
    seated: Sequence[Seat],
    procurement: Procurement,
    roles: Mapping[UUID, Role],
    draw_reference: str,
    person: UUID,
) -> tuple[FormedPanel, list[Seat]]:
    """The panel with exactly these members, by person; who sat on it before (`seated`) keeps their declaration."""
    if before is None:
        owner = procurements.owner(procurement)
        formed = FormedPanel(id=new_id(), version=1, **owner, draw_reference=draw_reference, formed_by=person)
        panel = await tx.add(formed)
    else:
        panel = await tx.save(before, replace(before, draw_reference=draw_reference, formed_by=person))
    kept = {seat.person_id: seat for seat in seated if roles.get(seat.person_id) == seat.role}
    leaving = [seat.person_id for seat in seated if seat.person_id not in kept]
    if leaving:
        await tx.run(_REMOVE, panel_id=panel.id, persons=leaving)
    added = [Seat(panel_id=panel.id, person_id=who, role=role) for who, role in roles.items() if who not in kept]
    seats = [*kept.values(), *[await tx.add(seat) for seat in added]]
    return panel, sorted(seats, key=lambda seat: seat.person_id)


async def replacements(reader: Reader, panel_id: UUID) -> list[Replacement]:
    """Whose place others took, the first one first."""
    return await reader.all(_REPLACED, Replacement, panel_id=panel_id)


async def keep_replaced(
    tx: Transaction, panel: FormedPanel, before: UUID, leaving: Iterable[Seat], reason: str, person: UUID
) -> list[Replacement]:
    """Keeps who left and why; `before` had named the panel."""
    known = len(await replacements(tx, panel.id))
    return [
        await tx.add(
            Replacement(
                panel_id=panel.id,
                number=number,
                person_id=seat.person_id,
                role=seat.role,
                reason=reason,
                was_formed_by=before,
                replaced_by=person,
                replaced_at=tx.now,
            )
        )
        for number, seat in enumerate(leaving, known + 1)
    ]


async def set_declared(tx: Transaction, seat: Seat, grounds: Mapping[UUID, str]) -> Seat:
    interests = [{"provider_id": str(provider), "ground": ground} for provider, ground in grounds.items()]
    at = seat.declared_at if seat.interested else tx.now
    await tx.run(_DECLARE, panel=seat.panel_id, person=seat.person_id, at=at, found=interests)
    return replace(seat, declared_at=at, interests=interests)


async def set_scored(tx: Transaction, seat: Seat) -> Seat:
    await tx.run(_SCORED, panel=seat.panel_id, person=seat.person_id, at=tx.now)
    return replace(seat, scored_at=tx.now)


async def set_unscored(tx: Transaction, seat: Seat) -> Seat:
    """The member scores again."""
    await tx.run(_SCORED, panel=seat.panel_id, person=seat.person_id, at=None)
    return replace(seat, scored_at=None)


async def set_done(tx: Transaction, panel: FormedPanel) -> None:
    await tx.save(panel, replace(panel, state=PanelState.SCORED))
