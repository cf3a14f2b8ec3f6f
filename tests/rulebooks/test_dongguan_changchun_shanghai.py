"""The rulebooks of Dongguan, Changchun and Shanghai: they load, say in which days they hold, and answer the same
questions by the same names, each answer with the clause of its own text. Beside them the first directory editions.
"""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

import services
import shared.law.rulebook
from shared.law.decision import Effect
from shared.law.rulebook import ClauseEntry, Items, Rulebook, Rulebooks, Value, load

SHIPPED = Path(shared.law.rulebook.__file__).parent / "rulebooks"
EDITIONS = Path(services.__path__[0]) / "catalog" / "directories" / "editions"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HERE = ("dongguan-2011", "changchun-2014", "shanghai-2015")
FIVE = (*HERE, "chengdu-2017", "zhuhai-2021")


@dataclass(frozen=True)
class ProviderSection:
    provider_kinds: Items
    required_conditions: Items
    required_assessment_grade: Value[str] | None
    assessment_grade_from_years: Value[int] | None


@dataclass(frozen=True)
class ResultSection:
    evaluation_effect: Value[Effect]
    poor_result_bars: Value[bool] | None
    poor_result_needs_reason: Value[bool] | None
    result_shown_to_panel: Value[bool] | None
    good_result_preferred: Value[bool] | None
    preferred_result: Value[str] | None
    blacklist_years: Value[int] | None
    blacklist_grounds: Items


@dataclass(frozen=True)
class PurchaserSection:
    purchaser_kinds: Items
    group_organisation_requires: Items


@dataclass(frozen=True)
class DirectorySection:
    service_classes: Items
    directory_fields: Items


@dataclass(frozen=True)
class PaymentSection:
    payment_gates: Items


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Rulebooks:
    folder = tmp_path_factory.mktemp("rulebooks")
    for name in FIVE:
        shutil.copy(SHIPPED / f"{name}.toml", folder)
    for name in ("national-procurement", "internal-control-2012", "small-enterprises-2020"):
        shutil.copy(SHIPPED / f"{name}.toml", folder)
    return load(folder)


@pytest.fixture(scope="module")
def dongguan(books: Rulebooks) -> Rulebook:
    return books.get("dongguan-2011@1")


@pytest.fixture(scope="module")
def changchun(books: Rulebooks) -> Rulebook:
    return books.get("changchun-2014@1")


@pytest.fixture(scope="module")
def shanghai(books: Rulebooks) -> Rulebook:
    return books.get("shanghai-2015@1")


def own_entries(books: Rulebooks) -> Iterator[tuple[str, ClauseEntry]]:
    for name in HERE:
        for entry in books.get(name).file.clause:
            yield name, entry


def named_by(items: Items) -> dict[str, str]:
    """Each member with the id of the clause that names it."""
    return {member: clause.id for member, clause in items.members.items()}


# -- The instruments and their days ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title", "issuer", "jurisdiction"),
    [
        ("dongguan-2011", "东莞市政府购买社会工作服务实施办法（试行）", "东莞市人民政府", "4419"),
        (
            "changchun-2014",
            "长春市人民政府办公厅关于加快推进政府向社会力量购买服务的意见",
            "长春市人民政府办公厅",
            "2201",
        ),
        ("shanghai-2015", "上海市人民政府关于进一步建立健全本市政府购买服务制度的实施意见", "上海市人民政府", "3100"),
    ],
)
def test_each_instrument_is_its_citys_and_extends_national_law(
    books: Rulebooks, name: str, title: str, issuer: str, jurisdiction: str
) -> None:
    book = books.get(name)

    assert (book.file.title_zh, book.file.issuer, book.file.jurisdiction) == (title, issuer, jurisdiction)
    assert [parent.id for parent in book.parents] == ["national-procurement"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2011, 2, 28), set()),
        (date(2011, 3, 1), {"dongguan-2011"}),
        (date(2013, 2, 28), {"dongguan-2011"}),
        (date(2013, 3, 1), set()),
        (date(2014, 7, 30), set()),
        (date(2014, 7, 31), {"changchun-2014"}),
        (date(2015, 12, 30), {"changchun-2014"}),
        (date(2015, 12, 31), {"changchun-2014", "shanghai-2015"}),
        (date(2017, 9, 1), {"changchun-2014", "shanghai-2015", "chengdu-2017"}),
        (date(2020, 3, 31), {"changchun-2014", "shanghai-2015", "chengdu-2017"}),
        (date(2020, 4, 1), {"changchun-2014", "chengdu-2017"}),
        (date(2022, 3, 1), {"changchun-2014", "chengdu-2017", "zhuhai-2021"}),
    ],
)
def test_on_each_boundary_day_exactly_these_cities_have_a_text_in_force(
    books: Rulebooks, day: date, expected: set[str]
) -> None:
    in_force = {name for name in FIVE if books.in_force(books.get(name).file.jurisdiction, day)}

    assert in_force == expected


def test_no_day_has_the_texts_of_all_five_cities_in_force(books: Rulebooks) -> None:
    starts = {name: books.get(name).file.effective_from for name in FIVE}
    ends = [books.get(name).file.effective_to for name in FIVE]

    first_possible = max(starts.values())
    last_possible = min(end for end in ends if end)

    assert (starts["zhuhai-2021"], last_possible) == (first_possible, date(2013, 2, 28))
    assert first_possible > last_possible


def test_dongguan_shares_no_day_with_any_other_city(books: Rulebooks) -> None:
    dongguan_ends = books.get("dongguan-2011").file.effective_to

    others = [books.get(name).file.effective_from for name in FIVE if name != "dongguan-2011"]

    assert dongguan_ends is not None
    assert dongguan_ends + timedelta(days=1) < min(others)


def test_the_unknown_day_of_issue_of_shanghai_is_marked_as_a_reading(shanghai: Rulebook) -> None:
    (entry,) = [e for e in shanghai.file.clause if e.id == "SH15-4.1"]

    assert not entry.verified
    assert entry.reading
    assert shanghai.file.effective_from == date(2015, 12, 31)


# -- How the clauses are written -------------------------------------------------------------------------------------


def test_every_clause_id_stands_once_and_carries_the_prefix_of_its_text(books: Rulebooks) -> None:
    prefixes = {"dongguan-2011": "DG11-", "changchun-2014": "CC14-", "shanghai-2015": "SH15-"}

    ids = [entry.id for _, entry in own_entries(books)]
    strangers = [entry.id for name, entry in own_entries(books) if not entry.id.startswith(prefixes[name])]

    assert [clause_id for clause_id, times in Counter(ids).items() if times > 1] == []
    assert strangers == []


def test_every_line_is_chinese_in_zh_and_english_in_en(books: Rulebooks) -> None:
    for _, entry in own_entries(books):
        assert CHINESE.search(entry.zh), entry.id
        assert not CHINESE.search(entry.en), entry.id
        assert CHINESE.search(entry.article), entry.id


def test_a_scalar_is_given_by_one_clause_of_a_text_only(books: Rulebooks) -> None:
    given = Counter(
        (book, name)
        for book, entry in own_entries(books)
        for name, value in entry.values.items()
        if not isinstance(value, list)
    )

    assert [key for key, times in given.items() if times > 1] == []


def test_every_count_of_years_or_cases_has_its_unit(books: Rulebooks) -> None:
    for _, entry in own_entries(books):
        counts = {name for name, value in entry.values.items() if type(value) is int}

        assert set(entry.units) == counts, entry.id


# -- Who may be provider ---------------------------------------------------------------------------------------------


def test_dongguan_requires_3a_of_bodies_three_years_old_and_counts_only_city_assessors(dongguan: Rulebook) -> None:
    section = dongguan.section(ProviderSection)

    assert section.required_assessment_grade is not None
    assert section.required_assessment_grade.value == "3A"
    assert section.required_assessment_grade.clause.article == "东莞购买社工办法 第七条(一)"
    assert section.assessment_grade_from_years is not None
    assert section.assessment_grade_from_years.value == 3
    assert section.assessment_grade_from_years.clause.id == "DG11-7.1b"


def test_no_grade_is_required_in_changchun_or_shanghai(changchun: Rulebook, shanghai: Rulebook) -> None:
    for book in (changchun, shanghai):
        assert [e.id for e in book.file.clause if "required_assessment_grade" in e.values] == []


def test_dongguan_takes_social_organisations_only(dongguan: Rulebook) -> None:
    section = dongguan.section(ProviderSection)

    assert named_by(section.provider_kinds) == {"social_organisation": "DG11-2.2"}
    assert not section.provider_kinds.open


def test_dongguan_names_each_condition_with_its_own_clause_and_leaves_bad_records_open(dongguan: Rulebook) -> None:
    section = dongguan.section(ProviderSection)

    assert named_by(section.required_conditions) == {
        "lawful_registration": "DG11-7.1a",
        "public_benefit": "DG11-7.2a",
        "non_profit": "DG11-7.2a",
        "good_operation": "DG11-7.2b",
        "internal_governance": "DG11-7.2b",
        "innovation_capacity": "DG11-7.2c",
        "sustainable_development": "DG11-7.2c",
        "professional_staff_majority": "DG11-7.3a",
        "professional_ability": "DG11-7.3b",
        "social_work_method": "DG11-7.3b",
        "no_registration_penalty": "DG11-7.4a",
        "annual_inspection_passed": "DG11-7.4b",
        "annual_inspection_undergone": "DG11-7.4c",
        "legal_person": "DG11-F1.3",
    }
    assert section.required_conditions.open


def test_changchun_names_its_six_groups_of_conditions_and_closes_the_list(changchun: Rulebook) -> None:
    conditions = changchun.section(ProviderSection).required_conditions

    assert named_by(conditions) == {
        "independent_liability": "CC14-4.2.1",
        "facilities": "CC14-4.2.2",
        "staff": "CC14-4.2.2",
        "professional_ability": "CC14-4.2.2",
        "internal_governance": "CC14-4.2.3",
        "financial_system": "CC14-4.2.3",
        "asset_management": "CC14-4.2.3",
        "good_record": "CC14-4.2.4",
        "tax_paid": "CC14-4.2.5a",
        "social_security_paid": "CC14-4.2.5b",
        "registration_authority_conditions": "CC14-4.2.6",
    }
    assert not conditions.open


@pytest.mark.parametrize(
    ("name", "social", "enterprise", "institution"),
    [
        ("changchun-2014", "CC14-4.1.1a", "CC14-4.1.2", "CC14-4.1.3"),
        ("shanghai-2015", "SH15-2.2.1", "SH15-2.2.4", "SH15-2.2.3"),
    ],
)
def test_changchun_and_shanghai_admit_organisations_firms_and_institutions_each_by_its_clause(
    books: Rulebooks, name: str, social: str, enterprise: str, institution: str
) -> None:
    kinds = books.get(name).section(ProviderSection).provider_kinds

    assert named_by(kinds) == {
        "social_organisation": social,
        "enterprise": enterprise,
        "agency": enterprise,
        "other_registered_body": enterprise,
        "public_institution": institution,
    }
    assert not kinds.open


# -- What a result does to the next award ----------------------------------------------------------------------------


def test_dongguan_shuts_out_whoever_was_below_qualified_last_time(dongguan: Rulebook) -> None:
    section = dongguan.section(ResultSection)

    assert section.evaluation_effect.value is Effect.QUALIFICATION
    assert section.evaluation_effect.clause.article == "东莞购买社工办法 第七条(四)"
    assert section.poor_result_bars is not None
    assert section.poor_result_bars.value is True


@pytest.mark.parametrize(
    ("name", "clause_id", "article"),
    [
        ("changchun-2014", "CC14-8.5", "长府办发〔2014〕18号 八"),
        ("shanghai-2015", "SH15-2.4.17", "沪府发〔2015〕21号 二(四)第三段"),
    ],
)
def test_changchun_and_shanghai_take_a_poor_result_as_a_reference_that_asks_for_a_reason(
    books: Rulebooks, name: str, clause_id: str, article: str
) -> None:
    section = books.get(name).section(ResultSection)

    assert section.evaluation_effect.value is Effect.REFERENCE
    assert (section.evaluation_effect.clause.id, section.evaluation_effect.clause.article) == (clause_id, article)
    assert section.poor_result_needs_reason is not None
    assert section.poor_result_needs_reason.value is True
    assert section.result_shown_to_panel is not None
    assert section.result_shown_to_panel.value is True
    assert section.poor_result_bars is None


def test_shanghai_alone_prefers_and_only_the_excellent(
    dongguan: Rulebook, changchun: Rulebook, shanghai: Rulebook
) -> None:
    section = shanghai.section(ResultSection)

    assert section.good_result_preferred is not None
    assert (section.good_result_preferred.value, section.good_result_preferred.clause.id) == (True, "SH15-2.4.18")
    assert section.preferred_result is not None
    assert section.preferred_result.value == "excellent"
    assert dongguan.section(ResultSection).good_result_preferred is None
    assert changchun.section(ResultSection).good_result_preferred is None


def test_shanghai_bars_for_three_years_for_fraud_and_violations_not_for_a_poor_result(shanghai: Rulebook) -> None:
    section = shanghai.section(ResultSection)

    assert section.blacklist_years is not None
    assert (section.blacklist_years.value, section.blacklist_years.clause.id) == (3, "SH15-2.5.10")
    assert named_by(section.blacklist_grounds) == {
        "fraud": "SH15-2.5.9a",
        "false_claim_of_fiscal_funds": "SH15-2.5.9b",
        "other_violation": "SH15-2.5.9c",
    }


# -- Purchasers, and what money waits for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        (
            "dongguan-2011",
            {"city_government": "DG11-4.1", "town_government": "DG11-4.1", "street_office": "DG11-4.1"},
        ),
        (
            "changchun-2014",
            {
                "administrative_organ": "CC14-3.1",
                "institution_with_admin_functions": "CC14-3.2",
                "group_organisation": "CC14-3.3",
            },
        ),
        (
            "shanghai-2015",
            {
                "administrative_organ": "SH15-2.1.1",
                "institution_with_admin_functions": "SH15-2.1.1",
                "institution_managed_as_administrative": "SH15-2.1.1",
                "party_organ": "SH15-2.1.2",
                "group_organisation": "SH15-2.1.2",
            },
        ),
    ],
)
def test_each_city_names_who_may_purchase(books: Rulebooks, name: str, kinds: dict[str, str]) -> None:
    assert named_by(books.get(name).section(PurchaserSection).purchaser_kinds) == kinds


def test_a_group_organisation_purchases_only_if_staffed_and_paid_by_the_state(
    changchun: Rulebook, shanghai: Rulebook
) -> None:
    for book in (changchun, shanghai):
        demanded = book.section(PurchaserSection).group_organisation_requires

        assert set(demanded) == {"admin_staffing", "fiscal_funding"}


def test_money_waits_for_the_assessment_in_dongguan_and_for_the_contract_in_changchun(
    dongguan: Rulebook, changchun: Rulebook
) -> None:
    assert named_by(dongguan.section(PaymentSection).payment_gates) == {"assessment": "DG11-2.1"}
    assert named_by(changchun.section(PaymentSection).payment_gates) == {"contract": "CC14-6.7"}


def test_the_text_of_shanghai_names_no_payment_gate(shanghai: Rulebook) -> None:
    assert [entry.id for entry in shanghai.file.clause if "payment_gates" in entry.values] == []


# -- Directory classes and the first editions ------------------------------------------------------------------------


def test_changchun_has_six_classes_and_fifty_one_named_fields_which_stay_open(changchun: Rulebook) -> None:
    section = changchun.section(DirectorySection)

    per_clause = Counter(clause.id for clause in section.directory_fields.members.values())

    assert len(section.service_classes) == 6
    assert not section.service_classes.open
    assert per_clause == {"CC14-5.1": 18, "CC14-5.2": 11, "CC14-5.3": 2, "CC14-5.4": 8, "CC14-5.5": 12}
    assert section.directory_fields.open
    assert {field.split("/")[0] for field in section.directory_fields} < set(section.service_classes)


def test_shanghai_has_six_classes_and_no_seventh(shanghai: Rulebook) -> None:
    classes = shanghai.section(DirectorySection).service_classes

    assert len(classes) == 6
    assert not classes.open


def edition(name: str) -> list[dict[str, str]]:
    with (EDITIONS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["changchun-2014", "zhuhai-2021"])
def test_an_edition_lists_as_many_fields_in_each_class_as_the_rulebook(books: Rulebooks, name: str) -> None:
    section = books.get(name).section(DirectorySection)
    rows = edition(name)

    in_rulebook = Counter(field.split("/")[0] for field in section.directory_fields)
    in_edition = Counter(row["parent"] for row in rows if row["level"] == "2")

    expected = {str(n): in_rulebook[c] for n, c in enumerate(section.service_classes, 1) if in_rulebook[c]}
    assert in_edition == expected
    assert [row["code"] for row in rows if row["level"] == "1"] == [
        str(n) for n in range(1, len(section.service_classes) + 1)
    ]


@pytest.mark.parametrize("name", ["changchun-2014", "zhuhai-2021"])
def test_every_item_of_an_edition_has_its_own_code_under_its_class_and_both_names(name: str) -> None:
    rows = edition(name)
    codes = [row["code"] for row in rows]

    assert len(codes) == len(set(codes))
    for row in rows:
        assert row["code"].rpartition(".")[0] == row["parent"]
        assert CHINESE.search(row["name_zh"])
        assert row["name_en"]
        assert not CHINESE.search(row["name_en"])
        assert row["note"]


def test_the_editions_use_the_official_simplified_terms() -> None:
    changchun = {row["code"]: row["name_zh"] for row in edition("changchun-2014")}
    zhuhai = {row["code"]: row["name_zh"] for row in edition("zhuhai-2021")}

    assert (changchun["1"], changchun["1.18"], changchun["5.03"]) == (
        "公共服务类事项",
        "服务三农",
        "政策(立法)调研草拟论证",
    )
    assert (zhuhai["1"], zhuhai["1.01"], zhuhai["2.02"], zhuhai["5.06"]) == (
        "党组织服务类",
        "困难群众帮扶",
        "居家养老",
        "志愿服务",
    )
