"""Interest: who is, or was within the years that the regulation names, with a supplier keeps away from every decision
about a purchase in which that supplier takes part (GPR-9.1): by person, whatever post they act in now.

What a service knows: the posts of all persons, also those that have ended or have not begun (employment), and what was
declared of them to the registry or on a panel. Ownership, seats on boards and kinship are known only when declared; a
declared tie that has ended keeps away as long as employment that has ended does.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from pydantic_core import from_json

from shared.fields.places import NATION
from shared.law.decision import Decision, decide, of_person
from shared.law.rulebook import Items, Rulebook, Value, rulebooks
from shared.road.migrations import metadata_of
from shared.work.database import Transaction
from shared.work.identity import Tie


def interest_id(person: UUID, provider: UUID) -> UUID:
    """The record of what was declared of this person about that provider: one, however often it is declared."""
    return uuid5(person, provider.hex)


@dataclass(frozen=True)
class InterestSection:
    """Which ties keep a person away, and how long one that has ended still does."""

    recusal_grounds: Items
    recusal_lookback_years: Value[int]


def years_before(day: date, years: int) -> date:
    """The same day so many years before; for a 29 February that year lacks, the day after."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def employed(ties: Iterable[Tie], suppliers: Collection[UUID], section: InterestSection, today: date) -> set[UUID]:
    """Those of the suppliers with whom these ties are, or were within the years that count; the last day counts."""
    since = years_before(today, section.recusal_lookback_years.value)
    held = {tie.organisation for tie in ties if tie.until is None or tie.until >= since}
    return held.intersection(suppliers)


def may_decide(
    ties: Iterable[Tie], declared: Collection[UUID], suppliers: Collection[UUID], section: InterestSection, today: date
) -> Decision[bool]:
    """May a person with these ties and declared interests decide about a purchase of these suppliers?"""
    with_them = employed(ties, suppliers, section, today) | set(declared).intersection(suppliers)
    clause = section.recusal_grounds.clause("employment")
    return decide([of_person("person_interested", clause, not with_them)], True)


async def apart_from_event(tx: Transaction, entry: bytes) -> None:
    """Who leaves an event out has no interest in a supplier that it is about: one that it names, by whatever field, or
    one with whom this service has a record that it names or that belongs to one: the provider of a contract, or once
    the bids are opened those who bid for a project.
    The office in which the operator operates is no supplier unless the event says so. Raises Refused. `entry` is what
    was held, which may be no event at all."""
    try:
        event, named = from_json(entry)["event"], named_in(entry)
        office = {post.organisation for post in tx.actor.posts if "operate" in post.duties}
        suppliers = named - office.difference(_ids(event.get("provider_id")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    with_them = await tx.connection.fetch(_with_whom(tx.database.service), list(named))
    book = rulebooks().governing(NATION, tx.today)
    if book is not None:
        apart(tx, book.name, suppliers | {row["provider_id"] for row in with_them})


def named_in(entry: bytes) -> set[UUID]:
    """Every id that the event of this entry names; none where it is no event."""
    try:
        return set(_ids(from_json(entry)["event"]))
    except (ValueError, KeyError, TypeError):
        return set()


@cache
def _with_whom(service: str) -> str:
    """Asks every table of the service that says whose a record is, by each id that a record or what it belongs to is
    known by: the suppliers of those in `$1`, and of whatever belongs to one of these: an event that names a project
    alone is about the bidders of its procurement. A table that has bidders before the opening is not asked: an
    answer that depends on it would tell who has bid."""
    tables = metadata_of(service).sorted_tables
    asked = [table for table in tables if "provider_id" in table.c and not table.info.get("sealed_bidders")]
    between = {key.column.table for table in asked for key in table.foreign_keys} - set(asked)
    named = [f'SELECT "id" FROM "{table.name}" WHERE "{name}" = ANY($1)' for table, name in _known_by(between)]
    suppliers = [
        f'SELECT provider_id FROM "{table.name}" WHERE "{name}" IN (SELECT id FROM named)'
        for table, name in _known_by(asked)
    ]
    return f"WITH named AS ({' UNION '.join(['SELECT unnest($1::uuid[]) AS id', *named])}) {' UNION '.join(suppliers)}"


def _known_by(tables: Iterable[sa.Table]) -> list[tuple[sa.Table, str]]:
    """Each of the tables with each column that says which record a row is, or belongs to."""
    columns = [(table, column) for table in tables for column in table.c if isinstance(column.type, sa.Uuid)]
    return sorted(((t, c.name) for t, c in columns if c.name in _KNOWN_BY), key=lambda at: (at[0].name, at[1]))


_KNOWN_BY = frozenset(("id", "key", "project_id", "procurement_id", "contract_id", "award_id", "bid_id"))


def _ids(told: Any) -> Iterator[UUID]:
    """Every id in what was told, however deep."""
    if isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _ids(part)
    elif isinstance(told, str):
        try:
            yield UUID(told)
        except ValueError:
            return


def apart(
    tx: Transaction, rulebook: str, suppliers: Collection[UUID], declared: Collection[UUID] = frozenset()
) -> Rulebook:
    """The rulebook that this decision is bound to, for a person who has no interest in these suppliers. Raises Refused
    for one who has; whoever has none finds nothing of it in the answer."""
    book = tx.under(rulebooks().get(rulebook))
    may_decide(tx.actor.ties, declared, suppliers, book.section(InterestSection), tx.today).or_refuse()
    return book
