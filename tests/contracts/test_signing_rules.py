from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.contracts.accounts.rules import Account, Change, Named, may_change
from services.contracts.endings.rules import may_end
from services.contracts.rulebook import AccountSection, EndingSection, SigningSection, TermSection
from services.contracts.signing.rules import Bar, Signing, may_file, may_propose, may_sign
from services.contracts.terms.rules import Cover
from shared.law.decision import Decision, Effect, Finding
from shared.law.rulebook import Rulebook, rulebooks

ZHUHAI = rulebooks().get("zhuhai-2021")
CHENGDU = rulebooks().get("chengdu-2017")
TODAY = date(2022, 3, 15)
ONE, TWO = UUID(int=1), UUID(int=2)
ACCOUNT = Named(Account("云澳社区服务中心", "中国银行", "640001234567"), frozenset({"云澳社区服务中心"}))
SIGNING = Signing(noticed_on=date(2022, 3, 1), sign_by=date(2022, 3, 31), bars=(), account=ACCOUNT)
BAR = Bar(ZHUHAI.clause("GPL-77.1"), date(2023, 2, 28))


def sign(signing: Signing, other: UUID | None = None, today: date = TODAY, book: Rulebook = ZHUHAI) -> Decision[UUID]:
    return may_sign(signing, ONE, other, book.section(SigningSection), book.section(TermSection), today)


def refusals(decision: Decision[UUID]) -> list[tuple[str, str]]:
    return [(f.clause.id, f.code) for f in decision.findings if f.refuses]


def test_with_nothing_against_it_a_contract_is_signed() -> None:
    decision = sign(SIGNING)

    assert decision.outcome == ONE
    assert decision.clauses == ("ZH21-30.2", "GPL-46.1", "D102-23.1")


@pytest.mark.parametrize(("noticed_on", "refused"), [(date(2024, 3, 31), False), (date(2024, 4, 1), True)])
def test_the_instruments_last_day_is_the_last_for_a_notice(noticed_on: date, refused: bool) -> None:
    decision = sign(replace(SIGNING, noticed_on=noticed_on), today=date(2024, 5, 1))

    assert (("ZH21-30.2", "noticed_after_last_day") in refusals(decision)) is refused


def test_an_instrument_without_a_last_day_sets_none() -> None:
    assert "ZH21-30.2" not in sign(SIGNING, book=CHENGDU).clauses


def test_a_bar_stops_the_signature_by_its_own_clause() -> None:
    decision = sign(replace(SIGNING, bars=(BAR,)))

    assert refusals(decision) == [("GPL-77.1", "provider_barred")]


def test_a_bar_stops_the_proposal_too() -> None:
    section, terms = ZHUHAI.section(SigningSection), ZHUHAI.section(TermSection)

    assert may_propose(replace(SIGNING, bars=(BAR,)), section, terms, TODAY).refused
    assert not may_propose(SIGNING, section, terms, TODAY).refused


def test_what_the_registry_found_refuses_with_its_clauses() -> None:
    found = Finding("barred", ZHUHAI.clause("GPL-77.1"), satisfied=False)
    reference = Finding("poor", ZHUHAI.clause("ZH21-27.6"), satisfied=False, effect=Effect.REFERENCE)

    decision = sign(replace(SIGNING, blocked=(found, reference)))

    assert refusals(decision) == [("GPL-77.1", "barred")]
    assert reference in decision.findings


@pytest.mark.parametrize(("other", "refused"), [(None, False), (TWO, False), (ONE, True)])
def test_the_other_party_is_signed_for_by_another_person(other: UUID | None, refused: bool) -> None:
    assert sign(SIGNING, other).refused is refused


@pytest.mark.parametrize(("today", "in_time"), [(date(2022, 3, 31), True), (date(2022, 4, 1), False)])
def test_signing_on_the_thirtieth_day_is_in_time_and_later_is_shown(today: date, in_time: bool) -> None:
    decision = sign(SIGNING, today=today)

    [timely] = [f for f in decision.findings if f.code == "signed_late"]
    assert (timely.satisfied, decision.refused) == (in_time, False)


def test_a_renewal_whose_year_is_not_covered_is_not_signed() -> None:
    cover = Cover(2023, None, Decimal("200000.00"))

    assert refusals(sign(replace(SIGNING, cover=cover))) == [("D102-24.1", "year_not_covered")]
    assert refusals(sign(replace(SIGNING, cover=cover), book=CHENGDU)) == [("CD17-23.4", "year_not_covered")]


@pytest.mark.parametrize(("today", "in_time"), [(date(2022, 3, 24), True), (date(2022, 3, 25), False)])
def test_filing_after_its_seventh_working_day_is_shown(today: date, in_time: bool) -> None:
    decision = may_file(date(2022, 3, 24), ZHUHAI.section(SigningSection), today)

    [timely] = decision.findings
    assert (timely.clause.id, timely.satisfied, decision.refused) == ("GPL-47.1", in_time, False)


@pytest.mark.parametrize(("confirmer", "refused"), [(ONE, True), (TWO, False)])
def test_nobody_ends_a_contract_alone(confirmer: UUID, refused: bool) -> None:
    decision = may_end(ONE, confirmer, ZHUHAI.section(EndingSection))

    assert (decision.refused, decision.clauses) == (refused, ("GPL-50.1",))


def test_what_one_party_signed_before_accounts_were_asked_for_the_other_signs_as_it_stands() -> None:
    bare = replace(SIGNING, account=None)

    assert refusals(sign(bare)) == [("D102-23.1", "account_missing")]
    assert refusals(sign(bare, other=TWO)) == []


@pytest.mark.parametrize(("agrees", "refused"), [(ONE, True), (TWO, False)])
def test_an_account_is_changed_by_two_persons(agrees: UUID, refused: bool) -> None:
    decision = may_change(Change(ACCOUNT, ONE, agrees), ZHUHAI.section(AccountSection), TODAY)

    assert ("account_changed_by_one" in [found.code for found in decision.findings if found.refuses]) is refused
