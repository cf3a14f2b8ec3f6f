"""Places: one spelling each, every code beginning with the one above, read alike by Python and PostgreSQL."""

import asyncpg
import pytest
from pydantic import TypeAdapter, ValidationError

from shared.fields.ids import new_id
from shared.fields.places import PATTERN, LocalPlace, Place, city_of, on_one_path, upwards, within
from shared.law.rulebook import RulebookFile
from shared.work.identity import Post, Scope
from tests.support.servers import in_database

PLACES = (
    "000000",
    "5101",
    "5101/510104",
    "5101/510104/510104001",
    "5101/510104/510104001/510104001005",
    "4419",
    "4419/441900003",
    "4419/441900003/441900003001",
    "3100",
    "3100/310104",
    "3100/310104/310104003/310104003001",
    "5000/500241",
    "5101/510199",  # of the right form; whether the code exists no form tells
)

NO_PLACES = (
    "",
    "5",
    "510104",
    "5101/",
    "/5101",
    "5101//510104",
    "5101/510104/",
    " 5101",
    "5101\n",
    "５１０１",
    "5101/440104",  # a district of another city
    "5101/5101051",  # seven digits
    "5101/51010",
    "5101/510100",  # the city again, by its other code
    "5101/510104001",  # a street of a district, without the district
    "5101/510104/510105001",  # a street of the district beside
    "5101/510104/510104000",  # the district again
    "5101/510104/510104001/510104002005",
    "5101/510104/510104001/510104001005/1",
    "5101/510104/510104001005",
    "4404/4404",
    "4404/440402/01",
    "5100",  # a province
    "3101",  # Shanghai again, by its other code
    "3100/320104",
    "3100/310000",
    "0000",
    "9901",
    "000000/510104",
    "5101/000000",
    "5101/%",
    "____",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_path_of_codes_is_a_place(place: str) -> None:
    assert TypeAdapter(Place).validate_python(place) == place


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_does_not_extend_the_code_above_is_no_place(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Place).validate_python(text)

    assert refused.value.errors()[0]["type"] == "place"


@pytest.mark.parametrize("given", [None, 5101, b"5101", ["5101"]])
def test_only_text_is_a_place(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Place).validate_python(given)


def test_the_nation_is_no_place_of_a_city() -> None:
    assert TypeAdapter(LocalPlace).validate_python("5101") == "5101"
    with pytest.raises(ValidationError):
        TypeAdapter(LocalPlace).validate_python("000000")


async def test_postgresql_reads_places_as_python_does(database_url: str, template: str) -> None:
    connection = await asyncpg.connect(in_database(database_url, template))
    try:
        read = {text: await connection.fetchval("SELECT $1 ~ $2", text, PATTERN) for text in (*PLACES, *NO_PLACES)}
        await connection.execute("SET search_path = registry")
        pairs = [(one, other) for one in PLACES for other in PLACES]
        lying = {pair: await connection.fetchval("SELECT place_within($1, $2)", *pair) for pair in pairs}
    finally:
        await connection.close()

    assert read == {**dict.fromkeys(PLACES, True), **dict.fromkeys(NO_PLACES, False)}
    assert lying == {pair: within(*pair) for pair in pairs}


@pytest.mark.parametrize(
    ("place", "area", "lies"),
    [
        ("5101/510104", "5101/510104", True),
        ("5101/510104", "5101", True),
        ("5101", "5101/510104", False),
        ("5101/510104", "5101/510105", False),
        ("5101/510104", "510", False),
        ("5101", "000000", True),
        ("000000", "5101", False),
    ],
)
def test_a_place_lies_in_itself_and_in_what_is_above(place: str, area: str, lies: bool) -> None:
    assert within(place, area) is lies


def test_two_places_are_on_one_path_when_one_lies_in_the_other() -> None:
    assert on_one_path("5101", "5101/510104")
    assert on_one_path("5101/510104", "5101")
    assert not on_one_path("5101/510104", "5101/510105")


def test_upwards_ends_at_the_city() -> None:
    assert upwards("5101/510104/510104001") == ["5101/510104/510104001", "5101/510104", "5101"]
    assert city_of("5101/510104/510104001") == "5101"


@pytest.mark.parametrize("place", ["5101/440104", "5100", "000000/", "nowhere"])
def test_a_rulebook_speaks_for_a_place_or_not_at_all(place: str) -> None:
    given = {"id": "x", "title_zh": "x", "title_en": "x", "issuer": "x", "level": "city"}
    given |= {"jurisdiction": place, "effective_from": "2020-01-01"}
    with pytest.raises(ValidationError):
        RulebookFile.model_validate(given)


# --- seeing and acting

HERE, BELOW, BESIDE, CITY, OTHER = "5101/510104", "5101/510104/510104001", "5101/510105", "5101", "4404/440402"
PURCHASER, PROVIDER = new_id(), new_id()


def post(organisation: object, place: str, *duties: str) -> Post:
    return Post(new_id(), organisation, place, frozenset(duties))  # type: ignore[arg-type]


def sees(found: Post, place: str) -> bool:
    return Scope(None, (found,)).sees((PURCHASER,), place, PROVIDER)


@pytest.mark.parametrize(("place", "seen"), [(HERE, True), (BELOW, True), (CITY, False), (BESIDE, False)])
def test_a_purchasers_post_sees_and_acts_in_its_place_and_below(place: str, seen: bool) -> None:
    buys = post(PURCHASER, HERE, "approve_payment")

    assert sees(buys, place) is seen
    assert buys.covers("approve_payment", PURCHASER, place) is seen


@pytest.mark.parametrize("place", [HERE, BELOW, CITY, BESIDE, OTHER])
def test_a_providers_post_sees_and_acts_for_it_everywhere(place: str) -> None:
    provides = post(PROVIDER, OTHER, "submit_bid")

    assert sees(provides, place)
    assert provides.covers("submit_bid", PROVIDER, place)
    assert not provides.covers("submit_bid", PURCHASER, place)


def test_a_providing_duty_opens_nothing_of_a_purchaser_elsewhere() -> None:
    both = post(PURCHASER, OTHER, "submit_bid", "approve_payment")

    assert not sees(both, HERE)
    assert not both.covers("approve_payment", PURCHASER, HERE)


@pytest.mark.parametrize(("place", "seen"), [(HERE, True), (BELOW, True), (CITY, False), (BESIDE, False)])
def test_oversight_sees_its_place_and_below_whoever_owns_it_and_owns_nothing(place: str, seen: bool) -> None:
    scope = Scope(None, (post(new_id(), HERE, "audit"),), (HERE,))

    assert scope.sees((PURCHASER,), place, PROVIDER) is seen
    assert not scope.owns((PURCHASER,), place, PROVIDER)
