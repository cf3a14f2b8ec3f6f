"""What people are told of the law: its clauses with their values, where those are read, and what it says today."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError

from deploy.law_uses import text, uses
from deploy.serve import sections
from services.contracts.rulebook import ContractSection
from services.tendering.rulebook import FileSection, PanelSection
from shared.events import SERVICES
from shared.law.instruments import Conflict
from shared.law.rulebook import USES, fields_of, rulebooks
from shared.law.scope import Case
from shared.reading.law import LawView, SaidView, law_of
from shared.reading.rulebooks import clause_view
from shared.work.database import WrongState
from tests.abuse.surface import EVERY
from tests.support.world import World

DAY = date(2022, 3, 1)
ZHUHAI, CHENGDU = "4404", "5101"
TENDER = Case(method="open_tender")


def said(view: LawView, name: str) -> SaidView:
    return next(each for section in view.sections for each in section.values if each.name == name)


# --- where values are read


def test_the_file_of_uses_is_what_the_source_says() -> None:
    assert USES.read_text(encoding="utf-8") == text(), "run make api"


def test_every_value_is_read_by_a_rule_and_comes_to_an_operation() -> None:
    found = uses()

    assert found.keys() == rulebooks().vocabulary.terms.keys()
    assert [name for name, each in found.items() if not all(one["rules"] and one["operations"] for one in each)] == []


def test_operations_of_uses_are_routes_or_happen_by_themselves() -> None:
    known = {route.operation for route in EVERY}
    named = {one for each in uses().values() for use in each for one in use["operations"]}

    assert sorted(one for one in named - known if not one.startswith("on_")) == []


def test_the_cap_on_advances_is_read_where_files_contracts_and_payments_are_decided() -> None:
    found = {each["section"]: each["operations"] for each in uses()["advance_max_ratio"]}

    assert "check_file" in found["FileSection"]
    assert found["ContractSection"] == ["write_contract"]
    assert found["PaymentSection"] == ["request_payment"]


# --- clauses with their values


async def test_a_clause_shows_its_days_its_values_and_where_they_are_read(world: World) -> None:
    reader = await world.person("reader", duties=())
    name = "zhuhai-2021@1:2021-04-01"

    clauses = (await reader.get("contracts", f"/v1/rulebooks/{name}/clauses")).ok()

    found = {each["id"]: each for each in clauses}
    [cap] = found["ZH21-23.1"]["values"]
    assert (cap["value"], cap["title_zh"], cap["unit_zh"]) == ("0.40", "预付款上限", "占合同价款的比例")
    assert {"contracts", "tendering"} == {each["service"] for each in cap["uses"]}
    assert found["ZH21-23.1"]["effective_from"] == "2021-04-01"
    assert found["ZH21-23.1"]["text"]
    fields = found["ZH21-8.2"]["values"][0]
    assert {each["word"]: each["title_zh"] for each in fields["words"]}["basic_service/health"] == "卫生健康"


async def test_a_clause_shows_to_which_cases_it_applies(world: World) -> None:
    reader = await world.person("reader", duties=())
    pages = [(await reader.get("catalog", f"/v1/rulebooks/{book.name}/clauses")).ok() for book in rulebooks()]

    shown = {each["id"] for page in pages for each in page if each["applies"].get("methods")}
    assert shown
    assert shown <= {entry.id for file in rulebooks().files.all() for entry in file.clause if entry.applies.methods}


def test_a_clause_shows_which_higher_one_it_contradicts_and_which_of_the_two_holds() -> None:
    book = rulebooks().get("zhuhai-2021")
    entry = book.file.clause[0]
    conflict = Conflict.model_validate({"with": "GPL-46.1", "holds": entry.id, "reading": "it is later"})

    shown = clause_view(book, entry.model_copy(update={"conflict": conflict})).conflict

    assert shown is not None
    assert (shown.against, shown.holds, shown.reading) == ("GPL-46.1", entry.id, "it is later")
    assert clause_view(book, entry).conflict is None


# --- what the law says today


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("place", [ZHUHAI, CHENGDU, "4401"])
def test_every_section_is_shown_as_it_is_filled(service: str, place: str) -> None:
    book = rulebooks().governing(place, DAY, TENDER)
    assert book is not None

    view = law_of(rulebooks(), place, DAY, TENDER, sections(service))

    assert view.hypothetical
    assert view.rulebook == book.name
    cited = {each.id for each in view.clauses}
    for section, shown in zip(sections(service), view.sections, strict=True):
        assert not shown.needs
        assert shown.unfilled or [each.name for each in shown.values] == [name for name, _ in fields_of(section)]
        for each in shown.values:
            assert {one for one in (each.clause, *(item.clause for item in each.items)) if one} <= cited


def test_two_cities_say_otherwise_to_one_question() -> None:
    caps = [
        said(law_of(rulebooks(), place, DAY, TENDER, [ContractSection]), "advance_max_ratio")
        for place in (ZHUHAI, "4401")
    ]

    assert [(each.value, each.clause) for each in caps] == [("0.40", "ZH21-23.1"), (None, None)]


def test_a_day_and_a_method_change_what_is_said() -> None:
    tender = law_of(rulebooks(), CHENGDU, DAY, TENDER, [FileSection])
    talks = law_of(rulebooks(), CHENGDU, DAY, Case(method="competitive_consultation"), [FileSection])

    weights = [said(each, "price_weight_max").value for each in (tender, talks)]
    assert weights == [None, "0.30"]
    assert (
        law_of(rulebooks(), ZHUHAI, date(2021, 3, 31), TENDER, []).rulebook
        != law_of(rulebooks(), ZHUHAI, date(2021, 4, 1), TENDER, []).rulebook
    )


def test_a_section_whose_facts_are_not_given_says_which_it_needs() -> None:
    view = law_of(rulebooks(), CHENGDU, DAY, Case(), [FileSection, ContractSection])

    assert [(each.section, each.needs, bool(each.values)) for each in view.sections] == [
        ("FileSection", ["method"], False),
        ("ContractSection", [], True),
    ]


@pytest.mark.parametrize(("amount", "reached"), [("9999999.99", False), ("10000000.00", True)])
def test_an_amount_is_held_against_amounts(amount: str, reached: bool) -> None:
    view = law_of(rulebooks(), CHENGDU, DAY, TENDER, [PanelSection], Decimal(amount))

    assert said(view, "panel_large_budget").reached is reached
    assert said(view, "panel_min").reached is None


def test_what_the_law_cannot_be_asked_is_refused_in_words() -> None:
    with pytest.raises(RequestValidationError, match="unknown_word"):
        law_of(rulebooks(), CHENGDU, DAY, Case(method="barter"), [FileSection])
    with pytest.raises(WrongState):
        law_of(rulebooks(), CHENGDU, date(1990, 1, 1), TENDER, [FileSection])


async def test_one_call_says_what_the_law_of_a_place_says_today(world: World) -> None:
    reader = await world.person("reader", duties=())
    asked: dict[str, Any] = {"jurisdiction": ZHUHAI, "on": "2022-03-01", "purchaser_kind": "street_office"}

    answer = (await reader.get("contracts", "/v1/law", section="ContractSection", **asked)).ok()

    assert answer["hypothetical"] is True
    assert answer["rulebook"].startswith("zhuhai-2021@1")
    [section] = answer["sections"]
    cap = next(each for each in section["values"] if each["name"] == "advance_max_ratio")
    clause = next(each for each in answer["clauses"] if each["id"] == cap["clause"])
    assert (cap["value"], clause["article"][:2], bool(clause["text"])) == ("0.40", "珠海", True)
    assert len(json.dumps(answer)) < 60_000
    bureau = {**asked, "purchaser_kind": "administrative_organ"}
    assert (await reader.get("contracts", "/v1/law", **bureau)).ok()["rulebook"].startswith("national")
    (await reader.get("contracts", "/v1/law", section="Whatever", **asked)).problem(422, "field")
