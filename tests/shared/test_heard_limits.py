"""What one service accepts no other's constraint refuses: every event that is heard elsewhere, with the values at the
limits that its publisher's own fields let in, is applied or waits, and never parks by a constraint of the receiver."""

import types
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel

from shared.events import SERVICES, Event
from tests.support.world import World

CONSTRAINTS = ("CheckViolation", "NotNullViolation", "NumericValueOutOfRange", "StringDataRight", "DatetimeField")
MOST = Decimal("9999999999999999.99")
PLACES = ("0.01", str(MOST))
POINTS = ("0.00", "100.00")
TEXTS = {
    "jurisdiction": ("4404/440402", "5101"),
    "city": ("4404", "5101"),
    "rulebook": ("zhuhai-2021@1", "chengdu-2017@1"),
    "source": ("zhuhai-2021@1", "chengdu-2017@1"),
}


def heard() -> list[type[Event]]:
    """Every event type that some service listens to and another publishes."""
    found: dict[str, type[Event]] = {}
    for service in SERVICES:
        consumers = import_module(f"services.{service}.consumers")
        for each in (*consumers.COPIES, *consumers.REACTIONS):
            if each.event.service != service:
                found[each.event.type_name()] = each.event
    return [found[name] for name in sorted(found)]


def at_limit(model: type[BaseModel], high: bool, one: bool) -> dict[str, Any]:
    """Every field at its lower or upper limit; what may be left out is left out at the lower one, when `one`."""
    return {name: value(name, info.annotation, high, one) for name, info in model.model_fields.items()}


def value(name: str, annotation: Any, high: bool, one: bool) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return None if one and len(kinds) < len(get_args(annotation)) else value(name, kinds[0], high, one)
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1 if high else 0]
    if get_origin(annotation) is list:
        return [] if one and not high else [value(name, get_args(annotation)[0], high, one)]
    if get_origin(annotation) is tuple:
        return [value(name, each, high, one) for each in get_args(annotation) if each is not Ellipsis]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_validate(at_limit(annotation, high, one))
    return plain(name, annotation, high)


def plain(name: str, annotation: Any, high: bool) -> Any:
    if annotation is UUID:
        return uuid4()
    if annotation is bool:
        return high
    if annotation is int:
        return 100 if high else 1
    if annotation is Decimal:
        return Decimal((POINTS if "score" in name or "points" in name else PLACES)[high])
    if annotation is date:
        return date(2199, 12, 31) if high or name.startswith(("ends", "until")) else date(2000, 1, 1)
    if annotation is datetime:
        return datetime.fromisoformat("2199-12-31T00:00:00+08:00" if high else "2000-01-01T00:00:00+08:00")
    return TEXTS.get(name, ("x", "长" * 200))[high]


def variants(event: type[Event]) -> Iterator[Event]:
    for high in (False, True):
        for one in (False, True):
            yield event.model_validate(at_limit(event, high, one))


@pytest.mark.parametrize("event", heard(), ids=lambda event: event.type_name())
async def test_no_constraint_of_a_receiver_refuses_what_a_publisher_lets_in(world: World, event: type[Event]) -> None:
    for sent in variants(event):
        await world.emit(event.service, sent)
        await world.pump()

    parked = [row for row in await world.parked() if row["state"] == "parked" and row["type"] == event.type_name()]
    assert [row for row in parked if any(each in row["reason"] for each in CONSTRAINTS)] == []
