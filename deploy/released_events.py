"""What an event may change into: a field may be added, optional, and an enum may take on values; nothing else.

Who knows the released schemas reads the events of today, and the classes of today read the older entries of a ledger.
`make release-events` writes `docs/api/released-events.json` at a release: one line an event, without titles and
descriptions. A test compares the classes with it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from deploy.event_schemas import schemas

FILE = Path(__file__).resolve().parents[1] / "docs/api/released-events.json"

BREAKS: dict[str, str] = {}
"""Before 1.0 alone: event types that differ from what is released in another way, each with what integrators have to
do, which CHANGELOG.md says as well. A release empties it. From 1.0 on such an event gets a new version of its type."""

Schema: TypeAlias = dict[str, Any]

_WORDS = frozenset({"title", "description", "examples", "$id", "$defs", "$ref", "const"})
_COMPARED = frozenset({"properties", "required", "items", "additionalProperties", "prefixItems", "anyOf", "enum"})
_REACH = ("internal", "services", "public")


def current() -> dict[str, Schema]:
    """Event type → what its schema asks for, of the classes as they are."""
    return {name.removesuffix(".json"): plain(json.loads(text)) for name, text in schemas().items()}


def released() -> dict[str, Schema]:
    """The same, as it was released last."""
    return json.loads(FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def plain(schema: Any, root: Schema | None = None) -> Any:
    """The schema without words for people, with what it refers to in place. No event holds itself."""
    root = schema if root is None else root
    if isinstance(schema, list):
        return [plain(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}
    fields = {name: plain(each, root) for name, each in schema.get("properties", {}).items()}
    rest = {name: plain(each, root) for name, each in schema.items() if name not in _WORDS | {"properties"}}
    return {**rest, "properties": fields} if fields else rest


def breaks(before: dict[str, Schema], after: dict[str, Schema]) -> dict[str, list[str]]:
    """Event type → what whoever knows `before` would not read of it now, or `after` not of what came before."""
    found = {name: list(_event(old, after.get(name))) for name, old in before.items()}
    return {name: offences for name, offences in found.items() if offences}


def _event(old: Schema, new: Schema | None) -> Iterator[str]:
    if new is None:
        yield "the event is gone"
        return
    if "audience" in old and _REACH.index(new["audience"]) < _REACH.index(old["audience"]):
        yield f"it was for {old['audience']} and is for {new['audience']}"
    if old.get("key") != new.get("key"):
        yield f"its key was {old.get('key')} and is {new.get('key')}"
    yield from _object(old, new, "")


def _object(old: Schema, new: Schema, at: str) -> Iterator[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    always, required = set(old.get("required", ())), set(new.get("required", ()))
    for name, value in fields.items():
        place = f"{at}.{name}".lstrip(".")
        if name not in now:
            yield f"{place}: removed"
            continue
        if name in always - required:
            yield f"{place}: was always there and may be missing"
        if name in required - always:
            yield f"{place}: older entries may lack it"
        yield from _value(value, now[name], place)
    for name in sorted(required - set(fields)):
        yield f"{at}.{name}".lstrip(".") + ": a new field is optional, since older entries lack it"


def _value(old: Any, new: Any, at: str) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{at}: was {old} and is {new}"
        return
    kinds, now = _kinds(old), _kinds(new)
    if kinds.keys() != now.keys():
        yield f"{at}: was {_said(kinds)} and is {_said(now)}"
        return
    if old.get("default") != new.get("default"):
        yield f"{at}: what a missing one means was {old.get('default')} and is {new.get('default')}"
    for kind, one in kinds.items():
        yield from _kind(one, now[kind], at)


def _kind(one: Schema, other: Schema, at: str) -> Iterator[str]:
    if gone := [value for value in one.get("enum", ()) if value not in other.get("enum", ())]:
        yield f"{at}: {', '.join(map(str, gone))} can be said no more"
    if ("enum" in one) != ("enum" in other):
        yield f"{at}: was {'one of a list' if 'enum' in one else 'free'} and is not"
    for rule in sorted((one.keys() | other.keys()) - _COMPARED - {"default"}):
        if one.get(rule) != other.get(rule):
            yield f"{at}: {rule} was {one.get(rule)} and is {other.get(rule)}"
    yield from _object(one, other, at)
    for part in ("items", "additionalProperties"):
        yield from _value(one.get(part), other.get(part), f"{at}[]")
    before, after = one.get("prefixItems", []), other.get("prefixItems", [])
    if len(before) != len(after):
        yield f"{at}: had {len(before)} places and has {len(after)}"
    for place, (first, second) in enumerate(zip(before, after, strict=False)):
        yield from _value(first, second, f"{at}[{place}]")


def _kinds(schema: Schema) -> dict[tuple[str, str, int], Schema]:
    """What a value may be, by type and format; the number tells apart those that have both alike."""
    kinds: dict[tuple[str, str, int], Schema] = {}
    for each in schema.get("anyOf", [schema]):
        kind = str(each.get("type", "anything")), str(each.get("format", ""))
        kinds[*kind, sum(known[:2] == kind for known in kinds)] = each
    return kinds


def _said(kinds: Iterable[tuple[str, str, int]]) -> str:
    return " or ".join(f"{form or name}" for name, form, _ in kinds)


def main() -> None:
    """Writes what is released from now on."""
    lines = (f"{json.dumps(name)}: {json.dumps(schema, sort_keys=True)}" for name, schema in current().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
