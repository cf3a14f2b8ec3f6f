"""How places are written and compared stands in one file: nowhere else is there a pattern or a comparison by hand."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Source, dotted, read

HOME = ("shared/fields/places.py", "shared/reading/visibility.py")
SPEAKS_OF_PLACES = re.compile(r"jurisdiction|\bplaces?\b|\bareas?\b|\bcity\b|POST\.c|lies_at", re.IGNORECASE)
TEXT_WORK = {"startswith", "removeprefix", "starts_with", "split", "partition", "rpartition", "split_part", "like"}
A_PATTERN = re.compile(r"(\[0-9\]|\\d)\{[469](,\d*)?\}.{0,12}/|/\(?(\[0-9\]|\\d)\{(6|9|12)")
IN_SQL = re.compile(r"(jurisdiction|place)\s+(LIKE|~)|starts_with\(|split_part\(", re.IGNORECASE)


def by_hand(source: Source) -> Iterator[str]:
    for node, text in source.texts():
        if text == "000000" or "'000000'" in text:
            yield source.at(node, "the nation: take NATION from shared.fields.places")
        if A_PATTERN.search(text):
            yield source.at(node, "a pattern of places: take Place from shared.fields.places")
        if IN_SQL.search(text):
            yield source.at(node, "places compared in SQL: place_within does")
    for call, name in source.calls():
        if name.split(".")[-1] in TEXT_WORK and SPEAKS_OF_PLACES.search(about := ast.unparse(call)):
            yield source.at(call, f"{about}: within, upwards, city_of and lies_in do this")
    for field in ast.walk(source.tree):
        if source.name in ("api.py", "rulebooks.py") and isinstance(field, ast.AnnAssign | ast.arg):
            named = dotted(field.target) if isinstance(field, ast.AnnAssign) else field.arg
            if named == "jurisdiction" and field.annotation is not None and _takes_text(source, field.annotation):
                yield source.at(field, "a place that is asked for is a Place")


def _takes_text(source: Source, annotation: ast.expr) -> bool:
    """A field of a request's body or query; what a view shows was a place when it came in."""
    asked = ast.unparse(annotation)
    return "Place" not in asked and ("Parameter" in asked or source.name == "api.py")


def test_places_are_written_and_compared_in_one_file_only() -> None:
    """A migration keeps the constraint that was made, whatever is written today."""
    files = [one for one in read("services/**/*.py", "shared/**/*.py", "deploy/**/*.py") if one.path not in HOME]
    files = [one for one in files if not {"migrations", "versions"} & set(one.parts)]

    assert [offence for source in files for offence in by_hand(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "city = row['jurisdiction'].split('/')[0]",
        "below = place.startswith(f'{area}/')",
        "mine = column.startswith(f'{place}/', autoescape=True)",
        "below = sa.func.starts_with(lies_at, POST.c.place + '/')",
        "PATTERN = r'^[0-9]{4}(/[0-9]{6,12}){0,3}$'",
        "PATTERN = r'^\\d{4}(/\\d{6})?$'",
        "SQL = 'SELECT 1 FROM posts WHERE jurisdiction LIKE ANY($1)'",
        "everywhere = area == '000000'",
        "SQL = \"SELECT '000000' = ANY($1)\"",
        "class LineBody(Body):\n    jurisdiction: str",
        "def page(jurisdiction: Annotated[str, Parameter()]) -> None: ...",
    ],
)
def test_a_comparison_or_a_pattern_by_hand_would_be_found(line: str) -> None:
    assert list(by_hand(Source("services/contracts/payments/api.py", line)))


@pytest.mark.parametrize(
    "line",
    ["allowed = name.startswith('goufu.')", "place = within(row['jurisdiction'], area)", "jurisdiction: Place"],
)
def test_what_is_no_comparison_of_places_is_let_be(line: str) -> None:
    assert list(by_hand(Source("services/contracts/payments/api.py", line))) == []
