from decimal import Decimal
from uuid import UUID

import pytest

from services.evaluation.rulebook import SurveySection
from services.evaluation.surveys.rules import Answered, Counts, Fault, close_survey, is_thin, read_csv, take_answers
from shared.law.rulebook import rulebooks

CHENGDU = rulebooks().get("chengdu-2017").section(SurveySection)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def test_a_csv_is_read_in_both_languages_and_its_bad_rows_are_named() -> None:
    rows = read_csv(f"respondent,satisfied,remark\n{A},是,很好\n{B},no,\nnobody,1,\n{C},perhaps,\n{C},1\n")

    assert rows == [
        Answered(A, True, "很好"),
        Answered(B, False),
        Fault(3, "respondent_unreadable"),
        Fault(4, "satisfied_unreadable"),
        Answered(C, True),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("respondent,liked\n1,1\n", "columns_missing"),
        ("", "columns_missing"),
        ('respondent,satisfied\n"1', "unreadable"),
    ],
)
def test_a_text_that_is_no_such_table_is_one_fault_in_its_header(text: str, code: str) -> None:
    assert read_csv(text) == [Fault(0, code)]


def test_a_person_counts_once_and_no_more_than_were_invited() -> None:
    rows = [Answered(A, True), Answered(A, False), Answered(B, True), Answered(C, True), Answered(UUID(int=4), True)]

    batch = take_answers(rows, before=frozenset({B}), places=2)

    assert [answer.respondent for answer in batch.taken] == [A, C]
    assert batch.faults == (Fault(2, "answered_before"), Fault(3, "answered_before"), Fault(5, "more_than_invited"))


@pytest.mark.parametrize(
    ("satisfied", "answers", "points"),
    [(61, 100, "61.00"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.12"), (3, 800, "0.38"), (0, 5, "0.00")],
)
def test_satisfaction_is_the_share_of_those_who_answered_half_even(satisfied: int, answers: int, points: str) -> None:
    assert close_survey(Counts(answers, answers, satisfied), CHENGDU).or_refuse() == Decimal(points)


@pytest.mark.parametrize(
    ("rulebook", "clause"),
    [("chengdu-2017", "CD17-32.8"), ("zhuhai-2021", "ZH21-26.1"), ("national-procurement", "GPR-45.2")],
)
def test_a_survey_that_nobody_answered_has_no_result(rulebook: str, clause: str) -> None:
    decision = close_survey(Counts(10, 0, 0), rulebooks().get(rulebook).section(SurveySection))

    assert [(f.code, f.clause.id) for f in decision.findings if f.refuses] == [("nobody_answered", clause)]


@pytest.mark.parametrize(
    ("invited", "answers", "thin"),
    [(1, 1, True), (2, 2, True), (3, 3, False), (6, 3, False), (7, 3, True), (100, 50, False), (100, 49, True)],
)
def test_what_few_people_said_counts_with_a_reason(invited: int, answers: int, thin: bool) -> None:
    counts = Counts(invited, answers, answers)

    bare, reasoned = close_survey(counts, CHENGDU), close_survey(counts, CHENGDU, reasoned=True)

    assert ([f.code for f in bare.findings if f.refuses] == ["reason_missing"], bare.refused) == (thin, thin)
    assert reasoned.outcome == Decimal("100.00")
    assert is_thin(counts, CHENGDU) is thin
