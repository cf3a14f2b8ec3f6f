"""The cases of the law are decided as they say, and a case that could not go wrong is refused."""

from pathlib import Path

import pytest

from deploy.cases import Answers, questions, texts_of_places
from shared.events import SERVICES
from shared.law.cases import CASES, Case, CaseError, Player, books_of_cases, changed, differences, read_cases

FILE = """
place = "4404"
day = 2022-03-01

[base.overdue]
last = 2022-03-31
unpaid = true

[[case]]
question = "overdue"
fact = "day"
passes = 2022-03-31
refuses = 2022-04-01
finding = "payment_overdue"
clause = "ZH21-23.4"
"""


@pytest.fixture(scope="module")
def player() -> Player:
    return Player(books_of_cases(), questions())


def written(folder: Path, text: str = FILE) -> list[Case]:
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return read_cases(folder)


def faults(player: Player, folder: Path, before: str, after: str) -> str:
    assert before in FILE
    return "\n".join(fault for case in written(folder, FILE.replace(before, after)) for fault in player.faults(case))


def test_every_case_is_decided_as_it_says(player: Player) -> None:
    cases = read_cases()

    assert [fault for case in cases for fault in player.faults(case)] == []
    assert len(cases) > 150


def test_a_case_that_the_law_decides_otherwise_is_told(player: Player, tmp_path: Path) -> None:
    wrong = {
        "refuses = 2022-04-01": "refuses = 2022-03-30",
        "passes = 2022-03-31": "passes = 2022-04-02",
        "ZH21-23.4": "ZH21-23.1",
        "payment_overdue": "paid_late",
        'clause = "ZH21-23.4"': 'clause = "ZH21-23.4"\neffect = "reference"',
        'clause = "ZH21-23.4" ': 'clause = "ZH21-23.4"\nalso = ["advance_over_cap ZH21-23.1"]',
        'question = "overdue"': 'question = "no_question"\nbase = "overdue"',
        "unpaid = true": 'unpaid = "perhaps"',
        "last = 2022-03-31": "last = 2022-03-31\nlast_day = 2022-03-31",
    }

    assert faults(player, tmp_path, "unpaid = true", "unpaid = true") == ""
    assert [before for before, after in wrong.items() if not faults(player, tmp_path, before.strip(), after)] == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("refuses = 2022-04-01", "refuses = 2022-03-31", "differ in 0 facts"),
        ('fact = "day"', 'fact = "lines.1.day"', "the base has nothing there"),
        ("refuses = 2022-04-01\n", "gives = [{ value = 2022-04-01, outcome = 1 }]\n", "each of two values"),
        ('finding = "payment_overdue"\n', "", "by which finding and clause"),
        ("[base.overdue]", "[base.other]", "no base overdue"),
        ("clause =", "clauses =", "Extra inputs"),
        ('place = "4404"', 'place = "Zhuhai"', "administrative codes"),
        ("[[case]]", "[[case]", "city.toml"),
    ],
)
def test_a_case_that_cannot_be_asked_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(CaseError, match=says):
        written(tmp_path, FILE.replace(before, after))


def test_neighbours_are_counted_by_the_facts_in_which_they_differ() -> None:
    base = {"price": "1", "lines": [{"amount": "1"}, {"amount": "2"}], "words": ["a", "b"], "no": None}

    assert differences(base, changed(base, "lines.2.amount", "3")) == 1
    assert differences(base, changed(base, "words", {"without": "a"})) == 1
    assert differences(base, changed(base, "words", {"with": "c"})) == 1
    assert differences(base, changed(base, "words", ["c", "d"])) == 2
    assert differences(base, changed(base, "words", [])) == 2
    assert differences(base, changed(base, "price", {"absent": True})) == 1
    assert differences(base, changed(changed(base, "price", "2"), "no", "x")) == 2


def test_a_question_has_one_name_in_all_services_and_every_file_is_of_a_text() -> None:
    by_service = [__import__(f"services.{service}.cases", fromlist=["QUESTIONS"]).QUESTIONS for service in SERVICES]

    assert sum(map(len, by_service)) == len(questions())
    texts = set(books_of_cases().files.instruments) | {"national", "bases"}
    assert {path.stem for path in CASES.glob("*.toml")} <= texts


def test_the_same_record_is_answered_by_each_city_with_its_own_clauses(player: Player, tmp_path: Path) -> None:
    books = books_of_cases()

    columns = list(texts_of_places(books))
    _, late = Answers(player, books, texts_of_places(books)).rows(written(tmp_path))

    answers = dict(zip(columns, late[2], strict=True))
    assert answers["zhuhai-2021"] == "payment_overdue ZH21-23.4"
    assert answers["chengdu-2017"] == "payment_overdue CD17-29.1"
    assert columns[-1] == "national-procurement"
    assert answers["national-procurement"] == "✓"
