"""A mark says which side of a clause its test proves, and is earned only by what the test saw.

    @pytest.mark.clause("ZH21-23.1", "refuses")             a finding of that clause refused, in some answer
    @pytest.mark.clause("ZH21-23.1", "accepts")             a 2xx answer explains itself by that clause
    @pytest.mark.clause("CD17-26.1", "shows", mode="daily") the named value stands in a 2xx answer or in an event

A finding that refused is one of `findings` and not satisfied. An explanation counts when it is satisfied, or when the
finding only asks for a reason; a note proves nothing. Several named values must stand in the same answer or event.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from shared.law.rulebook import ClauseEntry, Side
from tests.proof.seen import Seen

SIDES: tuple[Side, ...] = get_args(Side)


class WrongMark(Exception):
    """A mark that no test could earn; the message says how to write it."""


@dataclass(frozen=True)
class Mark:
    """One mark on one test; `values` are those that `shows` names."""

    clause: str
    side: str
    values: Mapping[str, Any]


def marked(arguments: tuple[Any, ...], named: Mapping[str, Any], law: Mapping[str, ClauseEntry]) -> Mark:
    """The mark as written. Raises WrongMark for a clause, side or value that it cannot have."""
    if len(arguments) != 2 or arguments[1] not in SIDES:
        raise WrongMark(f'write clause("<id>", side) with a side of {", ".join(SIDES)}, not {arguments}')
    clause, side = arguments
    if clause not in law:
        raise WrongMark(f"no rulebook has a clause {clause}")
    if side not in law[clause].sides:
        raise WrongMark(f"{clause} has no side {side!r}: its entry in the rulebook says {list(law[clause].sides)}")
    if (side == "shows") != bool(named):
        raise WrongMark(f'{clause}: only "shows" names values, and it names at least one: shows, grade="good"')
    return Mark(clause, side, dict(named))


def missing(mark: Mark, seen: Seen) -> str | None:
    """Why the mark is not earned, in a sentence that says what was seen instead; None when it is."""
    if mark.side == "shows":
        return _not_shown(mark, seen)
    refused, explained = cited(seen)
    if mark.side == "refuses":
        lacks, found = "no answer refused by it", refused
    else:
        lacks, found = "no 2xx answer explains itself by it", explained
    if mark.clause in found:
        return None
    return (
        f"{mark.clause} {mark.side}: not earned, {lacks}. {len(seen.answers)} answers"
        f" refused by [{', '.join(refused)}] and explained by [{', '.join(explained)}]."
    )


def cited(seen: Seen) -> tuple[list[str], list[str]]:
    """The clauses that refused, and those that explained what was allowed."""
    refused: dict[str, None] = {}
    explained: dict[str, None] = {}
    for status, body in seen.answers:
        document = _json(body)
        refused.update((f["clause"], None) for f in _listed(document, "findings") if f.get("satisfied") is not True)
        if 200 <= status < 300:
            explained.update((f["clause"], None) for f in _listed(document, "explain") if _allows(f))
    return list(refused), list(explained)


def _allows(finding: Mapping[str, Any]) -> bool:
    if finding.get("effect") == "note":
        return False
    return bool(finding.get("satisfied")) or finding.get("effect") == "reference"


def _not_shown(mark: Mark, seen: Seen) -> str | None:
    documents = [_json(body) for status, body in seen.answers if 200 <= status < 300]
    documents += [json.loads(text) for text in seen.events]
    wanted = ", ".join(f"{name}={value}" for name, value in mark.values.items())
    if any(all(_stands(document, *pair) for pair in mark.values.items()) for document in documents):
        return None
    there = sorted({shown for document in documents for name in mark.values for shown in _texts(document, name)})
    return (
        f"{mark.clause} shows: not earned, {wanted} stands in none of {len(documents)} answers and events;"
        f" seen under {', '.join(mark.values)}: [{', '.join(there[:20])}]."
    )


def _stands(document: Any, name: str, value: Any) -> bool:
    return _text(value) in _texts(document, name)


def _texts(document: Any, name: str) -> list[str]:
    """What stands under that name anywhere in the document; of a list, its members."""
    found = [_object[name] for _object in _objects(document) if name in _object]
    return [_text(one) for each in found for one in (each if isinstance(each, list) else [each])]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _listed(document: Any, name: str) -> Iterator[Mapping[str, Any]]:
    for each in _objects(document):
        if isinstance(each.get(name), list):
            yield from (one for one in each[name] if isinstance(one, dict) and "clause" in one)


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, dict):
        yield document
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from _objects(each)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:  # a list as CSV, a document: nothing is explained there
        return None
