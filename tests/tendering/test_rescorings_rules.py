"""How many members find a fault."""

import pytest

from services.tendering.rescorings.rules import found
from services.tendering.rulebook import RescoringSection
from shared.law.rulebook import rulebooks
from shared.law.scope import Case

CONSULTATION, OPEN_TENDER = "competitive_consultation", "open_tender"


@pytest.mark.parametrize(
    ("method", "ground", "agree", "is_found"),
    [
        (CONSULTATION, "abnormal", 2, False),
        (CONSULTATION, "abnormal", 3, True),
        (CONSULTATION, "out_of_range", 2, True),
        (CONSULTATION, "out_of_range", 1, False),
        (OPEN_TENDER, "abnormal", 2, True),
        (OPEN_TENDER, "abnormal", 1, False),
    ],
)
def test_in_a_consultation_all_members_find_points_abnormal(
    method: str, ground: str, agree: int, is_found: bool
) -> None:
    section = rulebooks().get("zhuhai-2021").section(RescoringSection, Case(method=method))
    voices = [True] * agree + [False] * (3 - agree)

    assert found(voices, 3, ground, section) is is_found
