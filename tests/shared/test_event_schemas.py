"""The committed schemas of events are those of the classes, and read what the released ones read."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from deploy.event_schemas import FOLDER, all_events, schemas
from deploy.released_events import BREAKS, breaks, current, plain, released

ROOT = Path(__file__).resolve().parents[2]
Schema = dict[str, Any]


def test_the_committed_schemas_are_those_of_the_classes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}

    assert committed == schemas(), "`make api` writes them anew"


def test_every_event_names_a_key_and_a_subject_that_it_has() -> None:
    for name, event in all_events().items():
        assert event.key_field in event.model_fields, name
        assert event.subject_field in event.model_fields, name


# --- what is released


def test_events_only_gain_optional_fields() -> None:
    found = {name: offences for name, offences in breaks(released(), current()).items() if name not in BREAKS}

    assert found == {}, "make the field optional, or the event a new one; before 1.0 `BREAKS` may name it"


def test_a_named_break_is_one_is_told_to_integrators_and_comes_before_1_0() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert BREAKS.keys() == BREAKS.keys() & breaks(released(), current()).keys(), "what is no break any more goes"
    assert not BREAKS or version.startswith("0."), "from 1.0 on such an event gets a new version of its type"
    for name, remedy in BREAKS.items():
        assert remedy, name
        assert name.split(".")[2] in changelog, f"{name}: say in CHANGELOG.md what integrators have to do"


EVENT = {
    "$defs": {"Part": {"properties": {"kind": {"enum": ["a", "b"], "type": "string"}}, "required": ["kind"]}},
    "audience": "public",
    "key": "project_id",
    "properties": {
        "amount": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Amount"},
        "parts": {"items": {"$ref": "#/$defs/Part"}, "type": "array"},
        "project_id": {"format": "uuid", "type": "string"},
        "span": {"prefixItems": [{"type": "integer"}, {"type": "integer"}], "type": "array"},
        "title": {"maxLength": 20, "type": "string"},
        "way": {"const": "tender", "type": "string"},
    },
    "required": ["project_id", "parts", "span", "title", "way"],
}
PROPERTIES, PART = ("properties",), ("$defs", "Part")


def changed(path: tuple[str, ...], change: Callable[[Any], object]) -> Schema:
    event: Schema = deepcopy(EVENT)
    inner: Any = event
    for step in path:
        inner = inner[step]
    change(inner)
    return event


HARMLESS = {
    "a field more": changed(PROPERTIES, lambda fields: fields.update(more={"type": "string", "default": ""})),
    "a field more in a part": changed((*PART, "properties"), lambda fields: fields.update(more={"type": "string"})),
    "a value more": changed((*PART, "properties", "kind", "enum"), lambda values: values.append("c")),
    "a value beside the only one": changed((*PROPERTIES, "way"), lambda way: way.update(enum=["tender", "talks"])),
    "another title": changed((*PROPERTIES, "amount"), lambda amount: amount.update(title="Sum", description="CNY")),
    "another order": changed(("required",), lambda names: names.reverse()),
}
HARMLESS["a value beside the only one"]["properties"]["way"].pop("const")

OFFENCES = {
    "a field removed": changed(PROPERTIES, lambda fields: fields.pop("amount")),
    "a field of a part removed": changed((*PART, "properties"), lambda fields: fields.pop("kind")),
    "a field that may be missing": changed(("required",), lambda names: names.remove("title")),
    "a field of a part that may be missing": changed((*PART, "required"), lambda names: names.remove("kind")),
    "a field that older entries lack": changed(("required",), lambda names: names.append("amount")),
    "a new field that is required": changed(("required",), lambda names: names.append("more")),
    "a type narrowed": changed((*PROPERTIES, "amount", "anyOf"), lambda kinds: kinds.pop()),
    "a type widened": changed((*PROPERTIES, "title"), lambda title: title.update(anyOf=[{"type": "string"}, {}])),
    "another type": changed((*PROPERTIES, "project_id"), lambda each: each.update(type="integer")),
    "a format lost": changed((*PROPERTIES, "project_id"), lambda each: each.pop("format")),
    "another limit": changed((*PROPERTIES, "title"), lambda title: title.update(maxLength=10)),
    "a limit more": changed((*PROPERTIES, "title"), lambda title: title.update(pattern="^x")),
    "a value removed": changed((*PART, "properties", "kind", "enum"), lambda values: values.pop()),
    "a list of values where any text was": changed((*PROPERTIES, "title"), lambda title: title.update(enum=["a"])),
    "any text where a list of values was": changed((*PART, "properties", "kind"), lambda kind: kind.pop("enum")),
    "another default": changed((*PROPERTIES, "amount"), lambda amount: amount.update(default="0.00")),
    "another kind of part": changed((*PROPERTIES, "parts"), lambda parts: parts.update(items={"type": "string"})),
    "a place more": changed((*PROPERTIES, "span", "prefixItems"), lambda places: places.append({"type": "integer"})),
    "another kind of place": changed(
        (*PROPERTIES, "span", "prefixItems"), lambda places: places[0].update(type="null")
    ),
    "another key": changed((), lambda event: event.update(key="contract_id")),
    "fewer readers": changed((), lambda event: event.update(audience="services")),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_readers_of_either_time_can_read_is_no_break(name: str) -> None:
    assert breaks({"one": plain(EVENT)}, {"one": plain(HARMLESS[name])}) == {}


@pytest.mark.parametrize("name", OFFENCES)
def test_what_readers_of_either_time_cannot_read_is_a_break(name: str) -> None:
    assert breaks({"one": plain(EVENT)}, {"one": plain(OFFENCES[name])}).keys() == {"one"}


def test_an_event_that_is_gone_is_a_break_and_a_new_one_is_none() -> None:
    event = {"one": plain(EVENT)}

    assert breaks(event, {}) == {"one": ["the event is gone"]}
    assert breaks({}, event) == {}


def test_any_field_of_any_released_event_is_missed() -> None:
    before = released()
    fields = [(name, field) for name, schema in before.items() for field in schema["properties"]]

    for name, field in fields:
        without = {key: each for key, each in before[name]["properties"].items() if key != field}
        after = {name: {**before[name], "properties": without, "required": []}}
        assert f"{field}: removed" in breaks({name: before[name]}, after)[name]
    assert len(fields) > 500
