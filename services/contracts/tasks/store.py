"""What waits, by the duty that would do it: one question a kind of task, asked for the posts that hold its duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.tables import IN_FORCE, contracts, metadata, payment_lines, payments, receipts
from shared.database import Reader, Row
from shared.identity import Post

LONGEST = 200
"""Tasks shown of one kind, the most urgent first."""

_deadlines = metadata.tables["deadlines"]
_ME = sa.bindparam("me", type_=sa.Uuid)
_TODAY = sa.bindparam("today", type_=sa.Date)
_lines = payment_lines.alias("earlier")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: the duties that do it, for which side of the contract (None: for any in the jurisdiction), what
    waits, and the deadline that runs."""

    task: str
    duties: frozenset[str]
    side: Literal["organisation", "provider_id"] | None
    of: Literal["contract", "line"]
    where: sa.ColumnElement[bool]
    deadline: str | None = None


def _among(column: sa.ColumnElement[str], states: Sequence[str]) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.literal(list(states), ARRAY(sa.Text)))


_c, _l = contracts.c, payment_lines.c
_drafted, _in_force = _c.state == "drafted", _among(_c.state, IN_FORCE)
_cleared = sa.and_(_drafted, _c.standing == "cleared")
_earlier_unasked = sa.exists().where(
    _lines.c.contract_id == _l.contract_id, _lines.c.number < _l.number, _lines.c.state == "planned"
)
_unresolved = sa.exists().where(_lines.c.contract_id == _c.id, sa.not_(_among(_lines.c.state, ("settled", "withheld"))))
_without_receipt = sa.exists().where(
    payments.c.line_id == _l.id,
    payments.c.kind != "return",
    ~sa.exists().where(receipts.c.payment_id == payments.c.id),
)

KINDS = (
    Kind(
        "write_contract",
        frozenset({"draft_contract"}),
        "organisation",
        "contract",
        sa.and_(_drafted, _c.text_hash.is_(None)),
        "contract_signing",
    ),
    Kind(
        "put_to_signature",
        frozenset({"sign_contract"}),
        "organisation",
        "contract",
        sa.and_(_drafted, _c.text_hash.is_not(None), sa.or_(_c.standing.is_(None), _c.standing == "blocked")),
        "contract_signing",
    ),
    Kind(
        "sign_contract",
        frozenset({"sign_contract"}),
        "organisation",
        "contract",
        sa.and_(_cleared, _c.signed_by.is_(None)),
        "contract_signing",
    ),
    Kind(
        "countersign_contract",
        frozenset({"sign_for_provider"}),
        "provider_id",
        "contract",
        sa.and_(_cleared, _c.provider_signed_by.is_(None)),
        "contract_signing",
    ),
    Kind("file_contract", frozenset({"file_contract"}), None, "contract", _c.state == "signed", "contract_filing"),
    Kind(
        "request_payment",
        frozenset({"request_payment"}),
        "organisation",
        "line",
        sa.and_(_in_force, _among(_l.state, ("planned", "returned")), ~_earlier_unasked),
    ),
    Kind(
        "approve_payment",
        frozenset({"approve_payment"}),
        "organisation",
        "line",
        sa.and_(_in_force, _l.state == "requested", _l.requested_by != _ME),
    ),
    Kind(
        "record_receipt",
        frozenset({"record_receipt"}),
        None,
        "line",
        sa.and_(_among(_l.state, ("approved", "released", "reduced", "withheld")), _without_receipt),
        "payment_due",
    ),
    Kind(
        "close_contract",
        frozenset({"sign_contract"}),
        "organisation",
        "contract",
        sa.and_(_in_force, _c.ends_on < _TODAY, ~_unresolved),
    ),
    Kind(
        "confirm_termination",
        frozenset({"sign_contract"}),
        "organisation",
        "contract",
        sa.and_(_in_force, _c.ending_ground != "agreement", _c.ending_proposed_by != _ME),
    ),
    Kind(
        "confirm_termination",
        frozenset({"sign_for_provider"}),
        "provider_id",
        "contract",
        sa.and_(_in_force, _c.ending_ground == "agreement"),
    ),
    Kind(
        "watch_overdue_payment",
        frozenset({"audit", "supervise", "review_budget"}),
        None,
        "line",
        sa.and_(_among(_l.state, ("released", "reduced")), _l.due_on < _TODAY),
        "payment_due",
    ),
)


async def waiting(reader: Reader, kind: Kind) -> list[Row]:
    """What of this kind waits for the caller, the most urgent first; nothing when no post of theirs does it."""
    posts = [post for post in reader.actor.posts if post.duties & kind.duties]
    if not posts:
        return []
    source = contracts if kind.of == "contract" else payment_lines.join(contracts, _c.id == _l.contract_id)
    subject = _c.id if kind.of == "contract" else _l.id
    number = sa.null() if kind.of == "contract" else _l.number
    due = sa.and_(_deadlines.c.kind == kind.deadline, _deadlines.c.subject == subject, _deadlines.c.state != "met")
    statement = (
        sa.select(
            subject.label("subject"),
            _c.id.label("contract_id"),
            _c.reference,
            number.label("line"),
            _deadlines.c.due_at,
            _deadlines.c.provisional,
            _deadlines.c.clause,
        )
        .select_from(sa.outerjoin(source, _deadlines, due))
        .where(kind.where, sa.or_(*(_covered(post, kind) for post in posts)))
        .order_by(_deadlines.c.due_at.nulls_last(), subject)
        .limit(LONGEST)
    )
    return await reader.all(statement, me=reader.actor.person_id, today=reader.today)


def _covered(post: Post, kind: Kind) -> sa.ColumnElement[bool]:
    """What lies in the post's jurisdiction and, where the kind has a side, is its organisation's."""
    below = _c.jurisdiction.startswith(f"{post.jurisdiction}/", autoescape=True)
    place = sa.true() if post.jurisdiction == "000000" else sa.or_(_c.jurisdiction == post.jurisdiction, below)
    return place if kind.side is None else sa.and_(place, contracts.c[kind.side] == post.organisation)
