from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.conduct.rules import (
    Conductor,
    Observer,
    Occasion,
    conductor_findings,
    observers_needed,
    occasion_findings,
)
from services.evaluation.rulebook import ConductSection
from shared.fields.calendar import BEIJING
from shared.law.rulebook import rulebooks

ZHUHAI = rulebooks().get("zhuhai-2021").section(ConductSection)
CHENGDU = rulebooks().get("chengdu-2017").section(ConductSection)
HELD = datetime(2022, 9, 5, 10, 0, tzinfo=BEIJING)
SIGNER, COLLEAGUE = UUID(int=9), UUID(int=8)


def an_observer(number: int, **changes: Any) -> Observer:
    seen = Observer(UUID(int=number), "beneficiary", False, HELD - timedelta(days=3))
    return replace(seen, **changes)


def an_occasion(*observers: Observer, **changes: Any) -> Occasion:
    return replace(Occasion(HELD, observers, True, False, 3), **changes)


def refusing(occasion: Occasion, section: ConductSection = CHENGDU) -> set[tuple[str, str]]:
    return {(f.code, f.clause.id) for f in occasion_findings(occasion, section) if f.refuses}


def test_three_distinct_beneficiaries_told_beforehand_are_enough() -> None:
    assert refusing(an_occasion(an_observer(1), an_observer(2, kind="actual_user"), an_observer(3))) == set()


def test_two_are_not_enough() -> None:
    refused = refusing(an_occasion(an_observer(1), an_observer(2)))

    assert refused == {("too_few_observers", "CD17-25.2"), ("observers_not_counted", "CD17-25.3")}


@pytest.mark.parametrize(
    "third",
    [
        an_observer(2),
        an_observer(3, tied=True),
        an_observer(3, kind="neighbour"),
        an_observer(3, notified_at=HELD),
        an_observer(3, notified_at=HELD + timedelta(days=1)),
    ],
    ids=["repeated", "tied to a party", "no user", "at the same instant", "afterwards"],
)
def test_a_third_who_does_not_count_refuses_by_the_clause_on_who_counts(third: Observer) -> None:
    assert refusing(an_occasion(an_observer(1), an_observer(2), third)) == {("observers_not_counted", "CD17-25.3")}


def test_a_fourth_who_does_not_count_does_no_harm() -> None:
    occasion = an_occasion(an_observer(1), an_observer(2), an_observer(3), an_observer(4, tied=True))

    assert refusing(occasion) == set()


def test_a_notice_a_second_before_is_in_time() -> None:
    third = an_observer(3, notified_at=HELD - timedelta(seconds=1))

    assert refusing(an_occasion(an_observer(1), an_observer(2), third)) == set()


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),
        ({"procurement_project": False}, False),
        ({"purchaser_is_user": True, "service_class": 1}, False),
        ({"purchaser_is_user": True, "service_class": 3}, True),
    ],
)
def test_observers_are_for_procurements_whose_purchaser_is_not_the_user(changes: dict[str, Any], needed: bool) -> None:
    assert observers_needed(an_occasion(**changes), CHENGDU) is needed


def test_a_text_without_observers_asks_for_none() -> None:
    assert refusing(an_occasion(), ZHUHAI) == set()


@pytest.mark.parametrize(("section", "clause"), [(CHENGDU, "CD17-17.3"), (ZHUHAI, "IC12-33.1")])
def test_the_signer_does_not_accept_and_a_colleague_does(section: ConductSection, clause: str) -> None:
    signer, colleague = (Conductor(person, "purchaser", SIGNER) for person in (SIGNER, COLLEAGUE))

    assert [(f.code, f.clause.id) for f in conductor_findings(signer, section) if f.refuses] == [
        ("acceptor_signed_contract", clause)
    ]
    assert not [f for f in conductor_findings(colleague, section) if f.refuses]


@pytest.mark.parametrize(
    ("organiser", "refused"),
    [("purchaser", False), ("entrusted_third_party", False), ("provider", True), ("nobody", True)],
)
def test_purchaser_and_entrusted_third_party_organise_and_nobody_else(organiser: Any, refused: bool) -> None:
    found = [f for f in conductor_findings(Conductor(COLLEAGUE, organiser, SIGNER), CHENGDU) if f.refuses]

    assert [f.clause.id for f in found] == (["CD17-25.1"] if refused else [])
