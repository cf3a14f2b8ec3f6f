"""Under every text, as it reads on each day: what a tender file may let a payment wait for, somebody can give."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.evaluation.conclusions.rules import Evidence, conclude
from services.evaluation.rulebook import ConclusionSection
from services.tendering.files.contents import Contents
from services.tendering.files.terms import terms_findings
from services.tendering.rulebook import FileSection
from shared.law.rulebook import Rulebook, rulebooks
from tests.tendering.examples import a_tender_file

BOOKS = rulebooks().named
LINE = {"number": 1, "kind": "final", "amount": "220000.00", "gate": "evaluation"}
TERMS = Contents.model_validate(a_tender_file(terms={**a_tender_file()["terms"], "payments": [LINE]})).terms


def waits(book: Rulebook) -> bool:
    """Whether a file may let a payment wait for an evaluation there, by whatever method it is bought."""
    sections = [book.section(FileSection, case) for case in book.cases(["method"])]
    return any(not any(found.refuses for found in terms_findings(TERMS, section)) for section in sections)


def ways(section: ConclusionSection) -> Iterator[Evidence]:
    """Everything that anybody could bring to an evaluation: of each class, by the purchaser or a third party."""
    for service_class in (None, 1, 2, 3):
        for organiser in ("purchaser", "entrusted_third_party"):
            yield Evidence(
                person=UUID(int=1),
                signer=UUID(int=2),
                organiser=organiser,
                service_class=service_class,
                line_id=UUID(int=3),
                parts=dict.fromkeys(("purchaser", "beneficiary", "third_party"), Decimal("90.00")),
                judged=frozenset(section.evaluation_items),
                added_items=frozenset(),
                targets=frozenset({"visits"}),
                attained=frozenset({"visits"}),
                opinions=frozenset({"committee", "residents"}),
            )


@pytest.mark.parametrize("book", BOOKS, ids=[book.name for book in BOOKS])
def test_a_payment_waits_for_no_evaluation_that_nobody_can_conclude(book: Rulebook) -> None:
    section = book.section(ConclusionSection)

    concluded = any(not conclude(each, section, date(2022, 12, 1)).refused for each in ways(section))

    assert concluded or not waits(book)


def test_some_texts_let_a_payment_wait_for_an_evaluation_and_some_do_not() -> None:
    assert {book.file.id for book in BOOKS if waits(book)} == {"zhuhai-2021"}
    assert {"changchun-2014", "dongguan-2011", "shanghai-2015", "national-procurement"} <= {
        book.file.id for book in BOOKS if not waits(book)
    }
