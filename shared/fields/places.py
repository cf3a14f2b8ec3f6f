"""Places: where a record lies and how far a post reaches, as a path of administrative codes.

A path begins with a city and each code in it begins with the code above: city 4 digits (`5101`), district 6
(`5101/510104`), street 9, community 12 (GB/T 2260, GB/T 10114 and the statistical codes below them). The nation is
`000000`. A city without districts has its streets directly below it (`4419/441900003`). The four municipalities are
written with the province's code (`3100`), below which districts begin with its first two digits (`3100/310104`). So a
place has one spelling. Whether a code of this form exists cannot be told without a register of codes.
"""

import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

NATION = "000000"
"""The whole country, in which every place lies."""

_CITY = r"(?!11|12|31|50)([1-8][0-9](?!00)[0-9]{2})"
_BELOW_CITY = r"(\1(?!00)[0-9]{2})(?:/(\2(?!000)[0-9]{3})(?:/\3(?!000)[0-9]{3})?)?"
_WITHOUT_DISTRICTS = r"(\1[0]0(?!000)[0-9]{3})(?:/\4(?!000)[0-9]{3})?"
_MUNICIPALITY = r"(11|12|31|50)00"
_BELOW_MUNICIPALITY = r"(\5(?!00)[0-9]{2}(?!00)[0-9]{2})(?:/(\6(?!000)[0-9]{3})(?:/\7(?!000)[0-9]{3})?)?"
LOCAL = rf"(?:{_CITY}(?:/(?:{_BELOW_CITY}|{_WITHOUT_DISTRICTS}))?|{_MUNICIPALITY}(?:/{_BELOW_MUNICIPALITY})?)"
PATTERN = rf"^(?:{LOCAL}|{NATION})$"
"""A place as a regular expression that Python, PostgreSQL and JSON Schema read alike."""

HELD = f"jurisdiction ~ '{PATTERN}'"
"""The constraint of a table whose column `jurisdiction` holds places."""


class PlaceText:
    """Marks a string field that holds a place, the nation only where that is said."""

    def __init__(self, *, nation: bool) -> None:
        self._pattern = PATTERN if nation else f"^{LOCAL}$"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(self._pattern, value, re.ASCII):
            raise PydanticCustomError(
                "place",
                "give a path of administrative codes, each beginning with the code above: city 4 digits, district 6,"
                ' street 9, community 12, such as "5101/510104"',
            )
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read, serialization=core_schema.to_string_ser_schema())

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": self._pattern, "examples": ["5101/510104", "4404"]}


Place = Annotated[str, PlaceText(nation=True)]
"""A place of the path above, or the nation."""

LocalPlace = Annotated[str, PlaceText(nation=False)]
"""A city, or what lies in one."""


def within(place: str, area: str) -> bool:
    """Whether a place is the area or lies in it: a district in its city, everything in the nation."""
    return area in (place, NATION) or place.startswith(f"{area}/")


def on_one_path(one: str, other: str) -> bool:
    """Whether one of the two lies in the other."""
    return within(one, other) or within(other, one)


def upwards(place: str) -> list[str]:
    """The place and every place above it, the nearest first, without the nation: `5101/510104`, `5101`."""
    parts = place.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]


def city_of(place: str) -> str:
    """The first code of the path."""
    return upwards(place)[-1]
