"""A project's row as the rules of the pool read it."""

from services.catalog.pool.rules import Progress
from shared.database import Row


def progress_of(row: Row) -> Progress:
    votes = (row["votes_for"], row["votes_against"]) if row["voted_on"] else None
    return Progress(
        row["way"],
        row["purchaser_kind"],
        row["estimate"],
        row["deliberated_on"],
        row["voted_on"],
        votes,
        row["consented_by"] is not None,
        row["chosen_by"] is not None,
    )
