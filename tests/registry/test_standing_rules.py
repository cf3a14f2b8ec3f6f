"""What a result does to standing, and what a record says under five texts."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from services.registry.rulebook import StandingSection
from services.registry.standing.rules import (
    Mark,
    Record,
    Result,
    as_if_here,
    known_by,
    standing_findings,
    standings_due,
    watch_for_conduct,
)
from shared.law.decision import Effect, Finding
from shared.law.rulebook import Items, rulebooks

TODAY = date(2023, 3, 1)
STREET, OFFICE = UUID(int=1), UUID(int=2)


def section(rulebook: str) -> StandingSection:
    return rulebooks().get(rulebook).section(StandingSection)


def a_result(grade: str, day: str = "2022-12-20", organisation: UUID = STREET, place: str = "4404") -> Result:
    return Result(uuid4(), place, organisation, grade, date.fromisoformat(day))


def given(rulebook: str, *results: Result) -> list[tuple[str, str, str]]:
    due = standings_due(results, section(rulebook)).or_refuse()
    return [(each.kind, each.clause.id, each.effect.value) for each in due]


def a_bar(place: str = "4404", until: str = "2023-12-31") -> Mark:
    clause = rulebooks().get("zhuhai-2021").clause("GPL-77.1")
    return Mark("barred", uuid4(), clause, Effect.BAR, place, date(2023, 1, 1), date.fromisoformat(until))


def judged(
    record: Record,
    rulebook: str = "zhuhai-2021",
    place: str = "4404/440402",
    on: date = TODAY,
    acknowledged: frozenset[str] | None = frozenset(),
) -> list[Finding]:
    return list(standing_findings(record, section(rulebook), place, on, acknowledged))


def failed(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.code, f.clause.id, f.effect.value) for f in findings if not f.satisfied]


@pytest.mark.parametrize(
    ("rulebook", "kind", "clause", "effect"),
    [
        ("zhuhai-2021", "watched", "ZH21-27.6", "reference"),
        ("chengdu-2017", "watched", "CD17-33.3", "reference"),
        ("changchun-2014", "watched", "CC14-8.5", "reference"),
        ("shanghai-2015", "watched", "SH15-2.4.17", "reference"),
        ("dongguan-2011", "barred", "DG11-7.4d", "qualification"),
    ],
)
def test_a_poor_result_gives_what_the_text_says(rulebook: str, kind: str, clause: str, effect: str) -> None:
    assert given(rulebook, a_result("poor")) == [(kind, clause, effect)]


@pytest.mark.parametrize(
    ("rulebook", "expected"),
    [
        ("zhuhai-2021", [("preferred", "ZH21-5.2", "reference")]),
        ("changchun-2014", [("preferred", "CC14-2.2.3c", "reference")]),
        ("chengdu-2017", [("preferred", "CD17-33.3", "reference")]),
        ("shanghai-2015", [("preferred", "SH15-2.4.18", "reference")]),
        ("dongguan-2011", []),
    ],
)
def test_a_good_result_gives_what_the_text_says(rulebook: str, expected: list[tuple[str, str, str]]) -> None:
    assert given(rulebook, a_result("good")) == expected


def test_a_fair_result_gives_nothing() -> None:
    assert given("zhuhai-2021", a_result("fair")) == []


def test_a_text_that_is_silent_moves_no_standing() -> None:
    assert given("national-procurement", a_result("poor")) == []


def test_moving_standing_cites_the_principle_beside_the_clause() -> None:
    assert standings_due([a_result("poor")], section("zhuhai-2021")).clauses == ("ZH21-5.2", "ZH21-27.6")


def test_a_later_result_of_the_same_purchaser_takes_the_place_of_the_earlier() -> None:
    poor, fair = a_result("poor", "2021-12-20"), a_result("fair", "2022-12-20")

    assert given("zhuhai-2021", fair, poor) == []


def test_a_good_result_elsewhere_does_not_cover_a_poor_one() -> None:
    poor, good = a_result("poor", "2021-12-20"), a_result("good", "2022-12-20", OFFICE)

    assert [kind for kind, _, _ in given("zhuhai-2021", poor, good)] == ["watched", "preferred"]


def test_in_dongguan_the_latest_result_alone_counts() -> None:
    poor, fair = a_result("poor", "2021-12-20"), a_result("fair", "2022-12-20", OFFICE)

    assert given("dongguan-2011", poor, fair) == []
    assert [kind for kind, _, _ in given("dongguan-2011", poor)] == ["barred"]


def test_a_poor_result_without_reason_refuses_by_a_finding_of_its_own() -> None:
    findings = judged(Record((a_result("poor"),)))

    assert failed(findings) == [("poor_result", "ZH21-27.6", "reference"), ("reason_missing", "ZH21-27.6", "bar")]
    assert [f.code for f in findings if f.refuses] == ["reason_missing"]


def test_a_poor_result_with_its_reason_refuses_nothing() -> None:
    findings = judged(Record((a_result("poor"),)), acknowledged=frozenset({"ZH21-27.6"}))

    assert not any(f.refuses for f in findings)
    assert failed(findings) == [("poor_result", "ZH21-27.6", "reference")]


def test_a_reason_given_under_another_clause_is_none() -> None:
    findings = judged(Record((a_result("poor"),)), acknowledged=frozenset({"CD17-33.3"}))

    assert [f.code for f in findings if f.refuses] == ["reason_missing"]


def test_no_reason_is_asked_of_a_bid() -> None:
    findings = judged(Record((a_result("poor"),)), acknowledged=None)

    assert failed(findings) == [("poor_result", "ZH21-27.6", "reference")]


def test_a_newcomer_has_nothing_against_it() -> None:
    assert failed(judged(Record())) == []


def test_a_bar_binds_through_its_last_day() -> None:
    record = Record(marks=(a_bar(until="2023-03-01"),))

    assert failed(judged(record, on=date(2023, 3, 1))) == [("provider_barred", "GPL-77.1", "bar")]
    assert failed(judged(record, on=date(2023, 3, 2))) == []


@pytest.mark.parametrize(
    ("origin", "place", "bars"),
    [
        ("4404", "4404", True),
        ("4404", "4404/440402", True),
        ("4404/440402", "4404", False),
        ("4404/440402", "4404/440403", False),
        ("5101", "4404/440402", False),
        ("000000", "4404/440402", True),
    ],
)
def test_a_bar_binds_in_its_jurisdiction_and_below(origin: str, place: str, bars: bool) -> None:
    findings = judged(Record(marks=(a_bar(origin),)), place=place)

    assert any(f.refuses for f in findings) is bars
    assert any(f.code == "standing_elsewhere" for f in findings) is not bars


def test_a_bar_of_another_city_binds_where_the_text_recognises_it() -> None:
    clause = rulebooks().get("zhuhai-2021").clause("ZH21-5.2")
    recognising = replace(section("zhuhai-2021"), recognised_standings=Items({"5101": clause}))

    findings = list(standing_findings(Record(marks=(a_bar("5101"),)), recognising, "4404", TODAY, frozenset()))

    assert [f.code for f in findings if f.refuses] == ["provider_barred"]


def test_a_result_of_another_city_is_shown_and_asks_for_nothing() -> None:
    findings = judged(Record((a_result("poor", place="5101"),)))

    assert failed(findings) == []
    [shown] = [f for f in findings if f.code == "result_elsewhere"]
    assert shown.facts["place"] == "5101"


def test_a_watch_for_misconduct_asks_for_a_reason_by_its_own_clause() -> None:
    clause = rulebooks().get("zhuhai-2021").clause("GPR-72.1")
    watch = Mark("watched", uuid4(), clause, Effect.REFERENCE, "4404", date(2023, 1, 1), date(2025, 12, 31))

    findings = judged(Record(marks=(watch,)))

    assert failed(findings) == [("provider_watched", "GPR-72.1", "reference"), ("reason_missing", "GPR-72.1", "bar")]


@pytest.mark.parametrize(
    ("rulebook", "place", "expected"),
    [
        ("zhuhai-2021", "4404", ("ZH21-27.6", "reference", False)),
        ("chengdu-2017", "5101", ("CD17-33.3", "reference", False)),
        ("changchun-2014", "2201", ("CC14-8.5", "reference", False)),
        ("dongguan-2011", "4419", ("DG11-7.4d", "qualification", True)),
        ("shanghai-2015", "3100", ("SH15-2.4.17", "reference", False)),
    ],
)
def test_one_record_under_five_texts(rulebook: str, place: str, expected: tuple[str, str, bool]) -> None:
    record = as_if_here(Record((a_result("poor"),)), place)

    findings = judged(record, rulebook, place, acknowledged=None)

    [found] = [f for f in findings if f.code == "poor_result"]
    assert (found.clause.id, found.effect.value, found.refuses) == expected


@pytest.mark.parametrize(
    ("grade", "preferred"), [("excellent", "true"), ("good", "true"), ("fair", "false"), ("poor", "false")]
)
def test_shanghai_bars_nobody_for_a_poor_result_and_prefers_a_good_one_alone(grade: str, preferred: str) -> None:
    findings = judged(as_if_here(Record((a_result(grade),)), "3100"), "shanghai-2015", "3100", acknowledged=None)

    said = {(f.code, f.clause.id): (f.satisfied, f.facts) for f in findings}
    assert said["preference", "SH15-2.4.18"] == (True, {"preferred": preferred})
    assert said["provider_barred", "SH15-2.5.10"] == (True, {})


def test_chengdu_says_that_the_panel_sees_the_result() -> None:
    findings = judged(as_if_here(Record((a_result("poor"),)), "5101"), "chengdu-2017", "5101", acknowledged=None)

    assert [(f.clause.id, f.is_note) for f in findings if f.code == "result_shown_to_panel"] == [("CD17-33.3", True)]


def test_a_record_as_of_a_day_knows_no_later_result() -> None:
    record = Record((a_result("poor", "2022-12-20"),))

    assert known_by(record, date(2022, 12, 20)) == record
    assert known_by(record, date(2022, 12, 19)) == Record()


@pytest.mark.parametrize(
    ("ground", "rulebook", "clause"),
    [
        ("collusion", "zhuhai-2021", "GPL-77.1"),
        ("transfer", "chengdu-2017", "GPR-72.1"),
        ("fraud", "shanghai-2015", "SH15-2.5.9a"),
        ("left_the_elderly_alone", "zhuhai-2021", "ZH21-5.2"),
        (None, "chengdu-2017", "CD17-38.2"),
        (None, "national-procurement", "GPL-22.1"),
    ],
)
def test_misconduct_is_watched_for_three_years(ground: str | None, rulebook: str, clause: str) -> None:
    watch = watch_for_conduct(ground, section(rulebook), date(2022, 3, 1)).or_refuse()

    assert (watch.clause.id, watch.until_day) == (clause, date(2025, 2, 28))
