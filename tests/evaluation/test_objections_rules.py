from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.evaluation.objections.rules import Notice, Objection, Reply, answer_objection, file_objection
from services.evaluation.rulebook import ObjectionSection
from shared.law.rulebook import rulebooks

CHENGDU = rulebooks().get("chengdu-2017").section(ObjectionSection)
COMPLETE, LAST_DAY = Objection(True, 1), date(2022, 10, 8)
ASSESSOR, OTHER = UUID(int=1), UUID(int=2)
SCORE = Decimal("84.00")


def refusing(reply: Reply, person: UUID = OTHER) -> list[tuple[str, str]]:
    decision = answer_objection(reply, SCORE, ASSESSOR, person, CHENGDU)
    return [(f.code, f.clause.id) for f in decision.findings if f.refuses]


def test_a_complete_objection_is_answered_within_five_working_days() -> None:
    assert file_objection(COMPLETE, Notice(LAST_DAY, False), CHENGDU, LAST_DAY).or_refuse() == 5


@pytest.mark.parametrize(
    ("today", "provisional", "refused"),
    [(date(2022, 10, 8), False, False), (date(2022, 10, 9), False, True), (date(2022, 10, 9), True, False)],
    ids=["on the last day", "the day after", "after a provisional end"],
)
def test_the_last_day_is_in_time_and_the_next_is_late(today: date, provisional: bool, refused: bool) -> None:
    decision = file_objection(COMPLETE, Notice(LAST_DAY, provisional), CHENGDU, today)

    assert [(f.code, f.clause.id) for f in decision.findings if f.refuses] == (
        [("objection_late", "CD17-27.3")] if refused else []
    )


@pytest.mark.parametrize(
    ("objection", "missing"),
    [
        (Objection(False, 1), ["written_statement"]),
        (Objection(True, 0), ["evidence"]),
        (Objection(False, 0), ["written_statement", "evidence"]),
    ],
)
def test_statement_and_evidence_are_each_asked_for(objection: Objection, missing: list[str]) -> None:
    decision = file_objection(objection, Notice(LAST_DAY, False), CHENGDU, LAST_DAY)

    assert [f.facts["field"] for f in decision.findings if f.refuses] == missing
    assert decision.clauses == ("CD17-27.3",)


def test_an_upheld_objection_corrects_the_score_and_a_rejected_one_leaves_it() -> None:
    upheld = answer_objection(Reply(True, True, Decimal(91)), SCORE, ASSESSOR, OTHER, CHENGDU)
    rejected = answer_objection(Reply(False, True, None), SCORE, ASSESSOR, OTHER, CHENGDU)

    assert (upheld.or_refuse(), rejected.or_refuse()) == (Decimal(91), SCORE)


def test_the_assessor_does_not_verify_the_assessment() -> None:
    assert refusing(Reply(False, True, None), ASSESSOR) == [("assessor_answers", "IC12-12.1")]


def test_an_answer_without_a_verification_is_none() -> None:
    assert refusing(Reply(False, False, None)) == [("verification_missing", "CD17-27.4")]


@pytest.mark.parametrize("corrected", [None, SCORE], ids=["no score", "the same score"])
def test_an_objection_is_not_upheld_without_a_correction(corrected: Decimal | None) -> None:
    assert refusing(Reply(True, True, corrected)) == [("correction_missing", "CD17-27.5")]


def test_a_rejected_objection_corrects_nothing() -> None:
    assert refusing(Reply(False, True, Decimal(91))) == [("correction_without_error", "CD17-27.5")]
