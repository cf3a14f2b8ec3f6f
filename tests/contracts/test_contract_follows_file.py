"""Whatever draft contract the check of a tender file accepts can be written as the contract, under every text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from services.contracts.contracts.rules import Draft, Terms, may_write
from services.contracts.rulebook import ContractSection
from services.tendering.files.contents import Terms as FileTerms
from services.tendering.files.terms import terms_findings
from services.tendering.rulebook import FileSection
from shared.fields.payment_terms import PaymentTerms
from shared.law.rulebook import rulebooks
from tests.support.law import OPEN_TENDER

GATES = ("acceptance", "assessment", "evaluation", "contract")
BANDS = [{"from_points": "90", "share": "1.0000"}]
ENDS = (date(2022, 12, 31), date(2023, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1))
CITIES = [book.id for book in rulebooks() if book.file.level != "national" and not book.file.opt_in]


def drafts() -> Iterator[FileTerms]:
    """An advance, an instalment and a final line behind each gate, with bands and without, of terms up to three years
    and a day."""
    for gates, bands, ends_on in product(product(GATES, repeat=3), (BANDS, []), ENDS):
        lines = [("advance", "30.00"), ("instalment", "30.00"), ("final", "40.00")]
        payments = [
            {"number": n, "kind": kind, "amount": amount, "gate": gate, "bands": bands if gate == "assessment" else []}
            for n, ((kind, amount), gate) in enumerate(zip(lines, gates, strict=True), 1)
        ]
        yield FileTerms.model_validate({"starts_on": date(2022, 3, 1), "ends_on": ends_on, "payments": payments})


def as_contract(file: FileTerms, section: ContractSection) -> Draft:
    """The contract exactly as awarded, with every part that the text asks for and every trait declared."""
    given = file.for_award({line.number: line.amount for line in file.payments})
    payments = tuple(PaymentTerms.of(term) for term in given.payments)
    price = sum((p.amount for p in payments), Decimal("0.00"))
    awarded = Terms(price, file.starts_on, file.ends_on, frozenset(), payments)
    contents = frozenset(section.contract_fields) | frozenset(section.payment_standard_kinds)
    traits = frozenset(section.multi_year_conditions)
    return Draft(awarded, replace(awarded, contents=contents, objection_window=5), 3, traits)


@pytest.mark.parametrize("city", CITIES)
def test_what_the_file_promises_the_contract_takes(city: str) -> None:
    book, seen = rulebooks().get(city), Counter[str]()
    section = book.section(ContractSection)

    for file in drafts():
        accepted = all(found.satisfied for found in terms_findings(file, book.section(FileSection, OPEN_TENDER)))
        refused = [
            found.code for found in may_write(as_contract(file, section), section).findings if not found.satisfied
        ]
        seen["accepted" if accepted else "refused"] += 1
        assert not (accepted and refused), (file, refused)

    assert seen["accepted"] > 0
