"""Directory editions over HTTP: import, dry run, publication, lists, export."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import services.catalog.directories
from tests.support.law import bound_in
from tests.support.world import Person, Reply, World

EDITIONS = Path(services.catalog.directories.__file__).parent / "editions"
HEADER = "code,parent,level,name_zh,name_en,note\n"
CITY = "4404"


async def finance(world: World, jurisdiction: str = CITY) -> tuple[Person, Person]:
    """Two persons of one finance bureau: one drafts, one publishes."""
    bureau = uuid4()
    return (
        await world.person("drafter", duties={"draft_directory"}, organisation=bureau, jurisdiction=jurisdiction),
        await world.person("publisher", duties={"publish_directory"}, organisation=bureau, jurisdiction=jurisdiction),
    )


async def an_edition(person: Person, jurisdiction: str = CITY, **changes: Any) -> dict[str, Any]:
    items = (await person.get("catalog", "/v1/negative-items", jurisdiction=jurisdiction)).ok()
    edition = {
        "jurisdiction": jurisdiction,
        "organisation": str(person.organisation),
        "kind": "guidance",
        "title": "珠海市镇街购买社会组织服务目录",
        "valid_from": "2022-03-01",
        "sheet": (EDITIONS / "zhuhai-2021.csv").read_text(encoding="utf-8"),
        "negative_declaration": {item["item"]: False for item in items},
    }
    return {**edition, **changes}


@pytest.mark.clause("ZH21-8.0", "accepts")
async def test_the_zhuhai_list_is_imported_with_the_clause_of_each_class(world: World) -> None:
    drafter, _ = await finance(world)

    answer = await drafter.post("catalog", "/v1/directories", await an_edition(drafter))

    draft = answer.ok()
    assert (draft["state"], draft["items"], draft["rulebook"]) == ("drafted", 30, bound_in("4404"))
    assert {f"ZH21-8.{n}" for n in range(6)} <= {finding["clause"] for finding in draft["explain"]}
    assert answer.headers["location"] == f"/v1/directories/{draft['id']}"


@pytest.mark.clause("CC14-5.0.1", "accepts")
async def test_the_changchun_directory_is_imported_with_its_six_classes(world: World) -> None:
    drafter, _ = await finance(world, "2201")
    sheet = (EDITIONS / "changchun-2014.csv").read_text(encoding="utf-8")

    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, "2201", sheet=sheet))).ok()

    classes = (await drafter.get("catalog", f"/v1/directories/{draft['id']}/items", level="1")).ok()["items"]
    domains = (await drafter.get("catalog", f"/v1/directories/{draft['id']}/items", parent="1")).ok()["items"]
    assert (len(classes), len(domains)) == (6, 18)
    assert {f"CC14-5.{n}" for n in range(1, 6)} <= {finding["clause"] for finding in draft["explain"]}


@pytest.mark.parametrize(
    ("jurisdiction", "number", "clause"),
    [
        pytest.param("4404", 6, "ZH21-8.0", marks=pytest.mark.clause("ZH21-8.0", "refuses")),
        pytest.param("2201", 7, "CC14-5.0.1", marks=pytest.mark.clause("CC14-5.0.1", "refuses")),
    ],
)
async def test_an_entry_of_an_unknown_class_is_refused(
    world: World, jurisdiction: str, number: int, clause: str
) -> None:
    drafter, _ = await finance(world, jurisdiction)
    sheet = HEADER + f"{number},,1,另一类,Another,\n"

    answer = await drafter.post("catalog", "/v1/directories", await an_edition(drafter, jurisdiction, sheet=sheet))

    assert answer.refused(clause)["code"] == "class_unknown"


async def test_a_class_beyond_the_main_five_of_zhuhai_passes_with_its_reason(world: World) -> None:
    drafter, _ = await finance(world)
    sheet = HEADER + "6,,1,另一类,Another,群众需要，五类都不合\n"

    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, sheet=sheet))).ok()

    assert "ZH21-8.0" in {found["clause"] for found in draft["explain"] if found["satisfied"]}


def fields_of(code: int, number: int, note: str = "") -> str:
    """A class with so many fields; the last has the note."""
    places = range(1, number + 1)
    lines = [f"{code}.{n:02d},{code},2,服务{n},Service {n},{note if n == number else ''}" for n in places]
    return HEADER + "\n".join([f"{code},,1,类别,Class,", *lines]) + "\n"


NAMED = {
    "4404": {"ZH21-8.1": 3, "ZH21-8.2": 6, "ZH21-8.3": 4, "ZH21-8.4": 6, "ZH21-8.5": 6},
    "2201": {"CC14-5.1": 18, "CC14-5.2": 11, "CC14-5.3": 2, "CC14-5.4": 8, "CC14-5.5": 12},
}


@pytest.mark.parametrize(
    ("jurisdiction", "clause", "number"),
    [
        pytest.param(
            place, clause, number, marks=[pytest.mark.clause(clause, "accepts"), pytest.mark.clause(clause, "refuses")]
        )
        for place, classes in NAMED.items()
        for clause, number in classes.items()
    ],
)
async def test_a_class_has_the_fields_its_clause_names_and_one_more_only_with_a_reason(
    world: World, jurisdiction: str, clause: str, number: int
) -> None:
    drafter, _ = await finance(world, jurisdiction)
    code = int(clause.rpartition(".")[2])

    async def tried(sheet: str) -> Reply:
        edition = await an_edition(drafter, jurisdiction, sheet=sheet)
        return await drafter.post("catalog", "/v1/directories?dry_run=true", edition)

    exact, more = await tried(fields_of(code, number)), await tried(fields_of(code, number + 1))
    reasoned = await tried(fields_of(code, number + 1, "居民需要且市场可提供"))

    for accepted in (exact, reasoned):
        assert clause in {finding["clause"] for finding in accepted.ok()["explain"]}
    assert more.refused(clause)["facts"] == {"named": str(number), "entries": f"{code}.{number + 1:02d}"}


@pytest.mark.clause("CC14-5.6", "refuses")
async def test_an_entry_of_the_sixth_changchun_class_without_reason_is_refused(world: World) -> None:
    drafter, _ = await finance(world, "2201")
    sheet = HEADER + "6,,1,其他,Other,\n6.01,6,2,导盲犬,Guide dogs,\n"

    answer = await drafter.post("catalog", "/v1/directories", await an_edition(drafter, "2201", sheet=sheet))

    answer.refused("CC14-5.6")


@pytest.mark.clause("CC14-5.6", "accepts")
async def test_an_entry_of_the_sixth_changchun_class_with_its_reason_is_accepted(world: World) -> None:
    drafter, _ = await finance(world, "2201")
    sheet = HEADER + "6,,1,其他,Other,\n6.01,6,2,导盲犬,Guide dogs,视障居民需要且市场可提供\n"

    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, "2201", sheet=sheet))).ok()

    assert "CC14-5.6" in {finding["clause"] for finding in draft["explain"]}


@pytest.mark.clause("ZH21-11.3", "refuses")
async def test_an_edition_declared_to_hold_a_negative_item_is_refused(world: World) -> None:
    drafter, _ = await finance(world)
    edition = await an_edition(drafter)
    edition["negative_declaration"]["municipal_road_maintenance"] = True

    answer = await drafter.post("catalog", "/v1/directories", edition)

    assert answer.refused("ZH21-11.3")["facts"] == {"item": "municipal_road_maintenance"}


async def test_a_dry_run_reports_and_keeps_nothing(world: World) -> None:
    drafter, _ = await finance(world)
    before = await world.rows("SELECT count(*) AS n FROM catalog.editions")

    answer = await drafter.post("catalog", "/v1/directories?dry_run=true", await an_edition(drafter))

    assert answer.status == 200
    assert (answer.json["items"], answer.json["classes"]) == (30, 5)
    assert await world.rows("SELECT count(*) AS n FROM catalog.editions") == before


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_every_fault_of_a_sheet_is_told_with_line_and_column(world: World, query: str) -> None:
    drafter, _ = await finance(world)
    sheet = HEADER + "1,,1,甲,First,\n1,,1,乙,Second,\n2.01,2,2,,Third,\n"

    answer = await drafter.post("catalog", f"/v1/directories{query}", await an_edition(drafter, sheet=sheet))

    errors = answer.problem(422, "field")["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("body.sheet.3.code", "code_twice"),
        ("body.sheet.4.parent", "parent"),
        ("body.sheet.4.name_zh", "text_length"),
    ]
    assert errors[1]["message"] == "give the code of an item of level 1"


async def test_where_no_text_of_the_place_is_in_force_national_law_alone_governs(world: World) -> None:
    drafter, _ = await finance(world, "4419")
    edition = {**await an_edition(drafter, "4404"), "jurisdiction": "4419"}

    draft = (await drafter.post("catalog", "/v1/directories", edition)).ok()

    assert (draft["rulebook"], draft["items"]) == ("national-procurement@1:2022-03-01", 30)


async def test_somebody_without_the_duty_imports_nothing(world: World) -> None:
    _, publisher = await finance(world)

    answer = await publisher.post("catalog", "/v1/directories", await an_edition(publisher))

    answer.problem(403, "not_allowed")


@pytest.mark.clause("ZH21-11.0", "accepts")
async def test_another_person_publishes_and_everybody_is_told(world: World) -> None:
    drafter, publisher = await finance(world, "4404/440403")
    edition = await an_edition(drafter, "4404/440403")
    draft = (await drafter.post("catalog", "/v1/directories", edition)).ok()

    published = (await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")).ok()

    assert (published["state"], published["published_on"]) == ("published", "2022-03-01")
    assert [finding["clause"] for finding in published["explain"]] == ["ZH21-11.0"]
    (entry,) = await world.rows(
        "SELECT audience FROM catalog.journal WHERE type LIKE '%.directory_published.v1' AND subject::text = $1",
        draft["id"],
    )
    assert entry["audience"] == "public"


@pytest.mark.clause("ZH21-11.0", "refuses")
async def test_the_drafter_does_not_publish_whatever_posts_they_hold(world: World) -> None:
    drafter, _ = await finance(world)
    await world.post_for(drafter, {"publish_directory"}, drafter.organisation, CITY)
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter))).ok()

    answer = await drafter.post("catalog", f"/v1/directories/{draft['id']}/publish")

    assert answer.refused("ZH21-11.0")["code"] == "confirmed_by_declarer"


async def test_a_published_edition_is_not_published_again(world: World) -> None:
    drafter, publisher = await finance(world, "4404/440404")
    edition = await an_edition(drafter, "4404/440404")
    draft = (await drafter.post("catalog", "/v1/directories", edition)).ok()
    (await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")).ok()

    answer = await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")

    answer.problem(409, "wrong_state")


async def test_the_services_own_role_cannot_change_an_item(world: World) -> None:
    drafter, _ = await finance(world)
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter))).ok()

    rights = await world.rows(
        "SELECT has_table_privilege(r.rolname, 'catalog.edition_items', 'UPDATE, DELETE') AS may FROM pg_roles r"
        " WHERE r.rolname = $1",
        f"{world.roles_of}_catalog",
    )

    assert rights == [{"may": False}]
    assert draft["items"] == 30


async def test_a_draft_of_another_bureau_is_not_there(world: World) -> None:
    drafter, _ = await finance(world)
    stranger, _ = await finance(world)
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter))).ok()

    answer = await stranger.get("catalog", f"/v1/directories/{draft['id']}")

    answer.problem(404, "not_found")


async def test_the_later_edition_is_in_force_from_its_day_and_the_earlier_stays_readable(world: World) -> None:
    drafter, publisher = await finance(world, "4404/440405")
    ids = []
    for valid_from in ("2022-03-01", "2022-06-01"):
        edition = await an_edition(drafter, "4404/440405", valid_from=valid_from)
        draft = (await drafter.post("catalog", "/v1/directories", edition)).ok()
        ids.append((await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")).ok()["id"])

    in_force = {}
    for day in ("2022-02-28", "2022-05-31", "2022-06-01"):
        rows = (await drafter.get("catalog", "/v1/directories", jurisdiction="4404/440405", in_force_on=day)).ok()
        in_force[day] = [row["id"] for row in rows if row["jurisdiction"] == "4404/440405"]

    every = (await drafter.get("catalog", "/v1/directories", jurisdiction="4404/440405")).ok()
    assert [row["id"] for row in every if row["id"] in ids] == [ids[1], ids[0]]
    assert in_force == {"2022-02-28": [], "2022-05-31": [ids[0]], "2022-06-01": [ids[1]]}
    (await drafter.get("catalog", f"/v1/directories/{ids[0]}/items")).ok()


async def test_a_district_extends_the_edition_of_its_city(world: World) -> None:
    drafter, publisher = await finance(world, "5101")
    sheet = HEADER + "A,,1,公共服务,Public services,\nA01,A,2,养老,Elderly care,\n"
    city = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, "5101", sheet=sheet))).ok()
    (await publisher.post("catalog", f"/v1/directories/{city['id']}/publish")).ok()
    district, _ = await finance(world, "5101/510104")
    extension = HEADER + "A0101,A01,3,居家养老,Home care,\nA01,A,2,养老,Elderly care,\n"

    taken = await district.post(
        "catalog", "/v1/directories", await an_edition(district, "5101/510104", sheet=extension)
    )
    own = HEADER + "A0101,A01,3,居家养老,Home care,\n"
    draft = (
        await district.post("catalog", "/v1/directories", await an_edition(district, "5101/510104", sheet=own))
    ).ok()

    assert [error["code"] for error in taken.problem(422, "field")["errors"]] == ["code_taken"]
    assert draft["items"] == 1


async def test_items_come_page_by_page(world: World) -> None:
    drafter, _ = await finance(world)
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter))).ok()
    path = f"/v1/directories/{draft['id']}/items"

    first = (await drafter.get("catalog", path, limit=20)).ok()
    second = (await drafter.get("catalog", path, limit=20, after=first["next"])).ok()

    codes = [item["code"] for item in first["items"] + second["items"]]
    assert (len(codes), second["next"]) == (30, None)
    assert codes == sorted(codes)


async def test_the_export_makes_formulas_harmless_and_can_be_imported_again(world: World) -> None:
    drafter, _ = await finance(world)
    sheet = HEADER + "1,,1,=HYPERLINK(甲),@First,+SUM\n"
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, sheet=sheet))).ok()

    export = await drafter.get("catalog", f"/v1/directories/{draft['id']}/items.csv")

    assert export.headers["content-type"] == "text/csv; charset=utf-8"
    text = export.body.decode("utf-8-sig")
    assert "1,,1,'=HYPERLINK(甲),'@First,'+SUM" in text
    again = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter, sheet=text))).ok()
    (item,) = (await drafter.get("catalog", f"/v1/directories/{again['id']}/items")).ok()["items"]
    assert item["name_zh"] == "=HYPERLINK(甲)"


async def test_an_unknown_filter_is_refused(world: World) -> None:
    drafter, _ = await finance(world)
    draft = (await drafter.post("catalog", "/v1/directories", await an_edition(drafter))).ok()

    answer = await drafter.get("catalog", f"/v1/directories/{draft['id']}/items", name="养老")

    answer.problem(422, "field")


async def test_the_negative_items_are_told_with_their_clauses(world: World) -> None:
    drafter, _ = await finance(world)

    items = (await drafter.get("catalog", "/v1/negative-items", jurisdiction="5101/510104")).ok()

    clauses = {item["item"]: item["clause"] for item in items}
    assert clauses["must_be_provided_by_government"] == "CD17-3.2"
    assert clauses["labour_dispatch"] == "D102-10.5"
