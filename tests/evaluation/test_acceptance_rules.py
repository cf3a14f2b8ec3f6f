from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from services.evaluation.acceptance.rules import Outcome, Service, conclude_acceptance, open_acceptance
from services.evaluation.conduct.rules import Conductor, Occasion
from services.evaluation.rulebook import AcceptanceSection
from shared.fields.calendar import BEIJING
from shared.law.rulebook import Value, rulebooks

ZHUHAI = rulebooks().get("zhuhai-2021").section(AcceptanceSection)
CHENGDU = rulebooks().get("chengdu-2017").section(AcceptanceSection)
NOW = datetime(2022, 9, 5, 10, 0, tzinfo=BEIJING)
OFFICER = Conductor(UUID(int=1), "purchaser", UUID(int=9))
OCCASION = Occasion(NOW, (), False, False, None)
BOTH = frozenset({"committee", "residents"})


def refusing(outcome: Outcome, section: AcceptanceSection = ZHUHAI) -> set[tuple[str, str]]:
    decision = conclude_acceptance(OFFICER, OCCASION, outcome, section)
    return {(f.code, f.clause.id) for f in decision.findings if f.refuses}


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        (Service("continuous", 3), True),
        (Service("continuous", 2), False),
        (Service("deliverable", 3), False),
        (Service("continuous", None), False),
    ],
)
def test_a_continuing_public_service_is_not_accepted_as_a_delivery(service: Service, refused: bool) -> None:
    decision = open_acceptance(OFFICER, service, CHENGDU)

    assert [f.clause.id for f in decision.findings if f.refuses] == (["CD17-26.1"] if refused else [])


def test_a_text_without_classes_accepts_every_service() -> None:
    assert not open_acceptance(OFFICER, Service("continuous", 3), ZHUHAI).refused


def test_what_passes_has_a_satisfaction_result_and_both_opinions() -> None:
    assert refusing(Outcome(True, BOTH, Decimal("61.00"))) == set()
    assert refusing(Outcome(True, frozenset(), None)) == {
        ("satisfaction_missing", "ZH21-26.1"),
        ("opinion_missing", "ZH21-27.2"),
        ("opinion_missing", "ZH21-27.3"),
    }


def test_what_fails_needs_no_satisfaction_result() -> None:
    assert refusing(Outcome(False, BOTH, None)) == set()


@pytest.mark.parametrize(("satisfaction", "refused"), [("60.00", False), ("59.99", True)])
def test_a_floor_that_the_city_sets_is_itself_enough(satisfaction: str, refused: bool) -> None:
    assert ZHUHAI.satisfaction_required is not None
    floor = Value(Decimal("60.00"), ZHUHAI.satisfaction_required.clause)
    section = replace(ZHUHAI, satisfaction_floor=floor)

    found = refusing(Outcome(True, BOTH, Decimal(satisfaction)), section)

    assert found == ({("satisfaction_below_floor", "ZH21-26.1")} if refused else set())


def test_chengdu_asks_for_neither_opinions_nor_satisfaction_at_acceptance() -> None:
    assert refusing(Outcome(True, frozenset(), None), CHENGDU) == set()
