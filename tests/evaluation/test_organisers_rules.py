"""Who organises acceptance, assessment and evaluation, in every city: a text that names nobody never means anybody."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.evaluation.acceptance.rules import Service, open_acceptance
from services.evaluation.conclusions.rules import open_evaluation
from services.evaluation.conduct.rules import Conductor, conductor_findings
from services.evaluation.mandates.rules import Organiser
from services.evaluation.rulebook import AcceptanceSection, ConclusionSection, ConductSection
from shared.law.decision import Decision
from shared.law.rulebook import Items, Rulebook, rulebooks

BOOKS = tuple(book for book in rulebooks() if "/" not in book.file.jurisdiction)
"""Those that a purchase can be bound to."""
NOBODY = Items({})


def named(book: Rulebook) -> str:
    return book.name


def codes(decision: Decision[Organiser] | Decision[Conductor]) -> set[str]:
    return {f.code for f in decision.findings if f.refuses}


def accepts(organiser: Organiser, section: AcceptanceSection) -> bool:
    conductor = Conductor(UUID(int=1), organiser, UUID(int=2))
    return "organiser_not_entitled" not in codes(open_acceptance(conductor, Service("deliverable", None), section))


def evaluates(organiser: Organiser, section: ConclusionSection) -> bool:
    return "organiser_not_entitled" not in codes(open_evaluation(organiser, section))


@pytest.mark.parametrize("book", BOOKS, ids=named)
@pytest.mark.parametrize("organiser", ["provider", "nobody"])
def test_neither_provider_nor_stranger_accepts_or_evaluates_under_any_text(
    book: Rulebook, organiser: Organiser
) -> None:
    accepting, concluding = book.section(AcceptanceSection), book.section(ConclusionSection)

    assert not accepts(organiser, accepting)
    assert not accepts(organiser, replace(accepting, acceptance_organisers=NOBODY))
    assert not evaluates(organiser, concluding)
    assert not evaluates(organiser, replace(concluding, evaluation_organisers=NOBODY, evaluation_organiser=None))


@pytest.mark.parametrize("book", ["national-procurement@1", "shanghai-2015@1"])
@pytest.mark.parametrize("organiser", ["purchaser", "entrusted_third_party"])
def test_where_the_text_names_nobody_the_purchaser_and_whom_it_entrusts_may(book: str, organiser: Organiser) -> None:
    assert accepts(organiser, rulebooks().get(book).section(AcceptanceSection))
    assert evaluates(organiser, rulebooks().get(book).section(ConclusionSection))


@pytest.mark.parametrize(
    ("organiser", "may"), [("purchaser", True), ("entrusted_third_party", True), ("provider", False)]
)
def test_a_text_that_names_the_purchaser_leaves_it_whom_it_entrusts_by_law(organiser: Organiser, may: bool) -> None:
    assert accepts(organiser, rulebooks().get("changchun-2014@1").section(AcceptanceSection)) is may


@pytest.mark.parametrize("book", BOOKS, ids=named)
def test_somebody_who_can_be_there_accepts_and_evaluates_under_every_text(book: Rulebook) -> None:
    there: tuple[Organiser, ...] = ("purchaser", "entrusted_third_party")

    assert any(accepts(organiser, book.section(AcceptanceSection)) for organiser in there)
    assert any(evaluates(organiser, book.section(ConclusionSection)) for organiser in there)


def test_it_is_the_law_on_acceptance_that_refuses_the_provider_in_shanghai() -> None:
    section = rulebooks().get("shanghai-2015").section(ConductSection)

    [found] = [f for f in conductor_findings(Conductor(UUID(int=1), "provider", UUID(int=2)), section) if f.refuses]

    assert (found.code, found.clause.id) == ("organiser_not_entitled", "GPL-41.1")
