"""The money of a year's budget is committed to the last fen, and a refusal cites what asks for it."""

from decimal import Decimal

from services.catalog.commitments.rules import Asked, commit
from services.catalog.rulebook import CommitmentSection
from shared.law.rulebook import rulebooks


def asked(budget: str | None, held: str, needed: str, *, renewal: bool = False) -> Asked:
    approved = None if budget is None else Decimal(budget)
    return Asked(2022, Decimal(needed), approved, Decimal(held), renewal)


def test_an_award_takes_what_is_left_to_the_fen_and_a_renewal_cites_its_year() -> None:
    section = rulebooks().get("chengdu-2017").section(CommitmentSection)

    assert not commit(asked("100.00", "40.00", "60.00"), section).refused
    assert [f.clause.id for f in commit(asked("100.00", "40.00", "60.01"), section).findings] == ["CD17-4.1"]
    refused = commit(asked(None, "0.00", "0.01", renewal=True), section)
    assert (refused.refused, refused.findings[0].clause.id) == (True, "CD17-23.4")
