"""Queries about panels, their members and the posts that these hold."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.tendering.tables import metadata, panel_members, panels
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.people.interest import interest_id
from shared.work.database import Reader, Row, Transaction
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
_DECLARED = sa.select(panel_members.c.person_id, panel_members.c.interests).where(
    panel_members.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid))),
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
_SCORED = sa.update(panel_members).where(_OF_MEMBER).values(scored_at=sa.bindparam("at"))


_SEAT = itemgetter("person_id", "role", "declared_at", "interests", "scored_at")


async def of_procurement(reader: Reader, procurement_id: UUID) -> Row | None:
    """The procurement's panel, if it is formed; the procurement must be locked for a change."""
    return await reader.one(_PANEL, procurement_id=procurement_id)


async def members(reader: Reader, panel_id: UUID) -> list[Row]:
    return await reader.all(_MEMBERS, panel_id=panel_id)


def digest(panel: UUID, members: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over who sits on the panel as what, what they declared and whether they have scored; and over the panel's
    id, which is told nowhere, so that nobody guesses the names."""
    said = [
        [str(person), role, bool(declared_at), interests, bool(scored_at)]
        for person, role, declared_at, interests, scored_at in map(_SEAT, members)
    ]
    return hashlib.sha256(canonical([panel, sorted(said, key=lambda seat: seat[0])])).hexdigest()


async def sealed(reader: Reader, panel_id: UUID) -> str:
    """The digest of the panel as it stands."""
    return digest(panel_id, await members(reader, panel_id))


async def membership(reader: Reader, procurement_id: UUID, person: UUID) -> tuple[Row, Row]:
    """The panel and the person's place on it; raises NotAllowed for who has none."""
    panel = await of_procurement(reader, procurement_id)
    seats = await members(reader, panel["id"]) if panel else []
    member = next((seat for seat in seats if seat["person_id"] == person), None)
    if panel is None or member is None:
        raise NotAllowed("panel_member")
    return panel, member


async def posts_of(reader: Reader, persons: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """All posts that these persons ever held or will hold."""
    found: dict[UUID, list[Row]] = {person: [] for person in persons}
    for row in await reader.all(_POSTS, persons=list(found)):
        found[row["person_id"]].append(row)
    return found


def in_force(posts: Iterable[Row], today: date) -> set[UUID]:
    """The organisations in which one of these posts is held today."""
    held = (p for p in posts if p["valid_from"] <= today and (p["valid_until"] is None or today <= p["valid_until"]))
    return {post["organisation_id"] for post in held}


async def declared(reader: Reader, person: UUID) -> dict[UUID, str]:
    """The providers in which this person declared an interest as a member of any panel, each with its ground; and those
    that are the same by another name. What was annulled never was, and what has ended counts by its last day, as every
    tie does."""
    rows = await reader.all(_DECLARED, persons=[person])
    over = {row["organisation_id"] for row in await reader.all(_OVER, person=person)} if rows else set()
    found = {UUID(each["provider_id"]): each["ground"] for row in rows for each in row["interests"]}
    said = {provider: ground for provider, ground in found.items() if provider not in over}
    same = await reader.all(_SAME, providers=list(said)) if said else []
    return {row["same"]: said[row["provider"]] for row in same}


async def interests_of(reader: Reader, person: UUID) -> list[Tie]:
    """What is declared of this person, here or to the registry."""
    return [Tie(row["organisation_id"], row["until"]) for row in await reader.all(_INTERESTS, person=person)]


async def keep_interest(tx: Transaction, person: UUID, provider: UUID) -> None:
    """What is declared counts from this moment on, before the registry has heard it and tells everybody."""
    await tx.run(_KEEP_INTEREST, interest=interest_id(person, provider), person=person, provider=provider)


async def save(
    tx: Transaction, panel: Row | None, procurement: Row, roles: dict[UUID, str], draw_reference: str, person: UUID
) -> Row:
    """The panel with exactly these members; who sat on it before keeps their declaration."""
    if panel is None:
        panel_id = new_id()
        await tx.insert(
            panels,
            id=panel_id,
            key=procurement["key"],
            version=1,
            jurisdiction=procurement["jurisdiction"],
            organisation=procurement["organisation"],
            procurement_id=procurement["id"],
            draw_reference=draw_reference,
            formed_by=person,
            state="formed",
        )
    else:
        panel_id = panel["id"]
        await tx.update(panels, panel_id, draw_reference=draw_reference, formed_by=person)
    kept = {m["person_id"] for m in await members(tx, panel_id) if roles.get(m["person_id"]) == m["role"]}
    await tx.run(_REMOVE, panel_id=panel_id, persons=await _leaving(tx, panel_id, kept))
    await tx.insert_many(
        panel_members,
        [
            {"panel_id": panel_id, "person_id": member, "role": role, "interests": []}
            for member, role in roles.items()
            if member not in kept
        ],
    )
    saved = await of_procurement(tx, procurement["id"])
    assert saved is not None
    return saved


async def _leaving(tx: Transaction, panel_id: UUID, kept: set[UUID]) -> list[UUID]:
    return [m["person_id"] for m in await members(tx, panel_id) if m["person_id"] not in kept]


async def set_declared(tx: Transaction, panel: Row, person: UUID, interests: Sequence[dict[str, str]]) -> None:
    await tx.run(_DECLARE, panel=panel["id"], person=person, at=tx.now, found=list(interests))


async def set_scored(tx: Transaction, panel: Row, person: UUID) -> None:
    await tx.run(_SCORED, panel=panel["id"], person=person, at=tx.now)


async def set_done(tx: Transaction, panel: Row) -> None:
    await tx.update(panels, panel["id"], state="scored")
