"""Events carry no personal data, say who may see them, and name the record and the key that they are about."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel

from deploy.event_schemas import all_events
from shared.events import EVENTS, SERVICES, Audience, Event, NamesDocuments

all_events()

PERSONAL = frozenset(
    (
        *("name", "full_name", "first_name", "surname", "phone", "mobile", "telephone", "email", "mail", "address"),
        *("id_card", "id_number", "identity", "birthday", "born_on", "gender", "sex", "age", "bank", "bank_account"),
        *("account", "contact", "wechat", "photo", "signature", "statement", "answer", "answers", "text", "remark"),
        *("reason", "comment", "note", "description"),
    )
)
ALLOWED = {
    ("AccountLinked", "account"): "a hash of issuer and subject, by which every service finds the person",
    ("ContractTerminated", "reason"): "one of three grounds, by its code",
}


def offences(event: type[Event]) -> Iterator[str]:
    """What is wrong with an event class."""
    name = event.__name__
    for attribute in ("service", "name", "audience", "subject_field", "key_field"):
        if not hasattr(event, attribute):
            yield f"{name} has no {attribute}"
    if getattr(event, "audience", None) not in get_args(Audience):
        yield f"{name}: audience is public, services or internal"
    if getattr(event, "service", None) not in SERVICES:
        yield f"{name}: no such service"
    for attribute in ("subject_field", "key_field"):
        field = event.model_fields.get(getattr(event, attribute, ""))
        if field is None or field.annotation is not UUID:
            yield f"{name}: {attribute} names no id that the event always carries"
    if not (event.__doc__ or "").strip() or event.__doc__ == Event.__doc__:
        yield f"{name}: say in a docstring what happened"
    yield from _personal(event, name, set())
    yield from _inexact(event)


def _personal(model: type[BaseModel], name: str, seen: set[type]) -> Iterator[str]:
    if model in seen:
        return
    seen.add(model)
    for field, info in model.model_fields.items():
        ending = field.rpartition("_")[2]
        named = field in PERSONAL or ending in PERSONAL
        if named and _holds_text(info.annotation) and (name, field) not in ALLOWED:
            yield f"{name}.{field}: personal data and free text stay with their owner; send an id or a salted hash"
        for inner in _models_in(info.annotation):
            yield from _personal(inner, inner.__name__, seen)


def _inexact(model: type[BaseModel]) -> Iterator[str]:
    """A float has no one canonical form, and what may be anything may be a float."""
    for field, info in model.model_fields.items():
        if _may_be(float, info.annotation) or _may_be(Any, info.annotation):
            yield f"{model.__name__}.{field}: figures are Decimal or whole numbers, everything else has its kind"
        for inner in _models_in(info.annotation):
            yield from _inexact(inner)


def _may_be(kind: Any, annotation: Any) -> bool:
    return annotation is kind or any(_may_be(kind, argument) for argument in get_args(annotation))


def _holds_text(annotation: Any) -> bool:
    """A count of answers is no answer."""
    return annotation is str or any(_holds_text(argument) for argument in get_args(annotation))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_is_complete_and_impersonal(event: type[Event]) -> None:
    assert list(offences(event)) == []


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_stands_where_who_hears_it_looks(event: type[Event]) -> None:
    assert in_place(event)


def in_place(event: type[Event]) -> bool:
    """What others hear stands in the service's file, what is for the record alone beside the matter that records it."""
    if event.audience != "internal" or issubclass(event, NamesDocuments):
        return event.__module__ == f"shared.events.{event.service}"
    return re.fullmatch(rf"services\.{event.service}\.[a-z_]+\.events", event.__module__) is not None


def test_an_event_in_the_wrong_place_would_be_found(forgotten: None) -> None:
    class Told(_Complete):
        """It happened."""

        name: ClassVar[str] = "told"

    class Kept(_Complete):
        """It happened."""

        name: ClassVar[str] = "kept"
        audience: ClassVar[Audience] = "internal"

    beside, shared = "services.registry.posts.events", "shared.events.registry"
    for event, right, wrong in ((Told, shared, beside), (Kept, beside, shared)):
        event.__module__ = right
        assert in_place(event)
        event.__module__ = wrong
        assert not in_place(event)


def test_there_are_events_of_every_service() -> None:
    assert {event.service for event in EVENTS.values()} == set(SERVICES)


def test_every_allowance_is_used() -> None:
    names = {event.__name__: event for event in EVENTS.values()}

    assert all(field in names[name].model_fields for name, field in ALLOWED)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Event classes made in a test do not stay registered."""
    known = dict(EVENTS)
    yield
    EVENTS.clear()
    EVENTS.update(known)


class _Complete(Event):
    """Something happened."""

    service: ClassVar[str] = "registry"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "person_id"

    person_id: UUID


def test_an_incomplete_event_would_be_found(forgotten: None) -> None:
    class NoSubject(Event):
        """It happened."""

        service: ClassVar[str] = "registry"
        name: ClassVar[str] = "no_subject"

    class OtherAudience(_Complete):
        """It happened."""

        name: ClassVar[str] = "other_audience"
        audience: ClassVar[str] = "everybody"  # type: ignore[assignment]

    class KeyMayLack(Event):
        """It happened."""

        service: ClassVar[str] = "registry"
        name: ClassVar[str] = "key_may_lack"
        subject_field: ClassVar[str] = "project_id"

        project_id: UUID | None = None

    class Silent(_Complete):
        name: ClassVar[str] = "silent"

    class Inexact(_Complete):
        """It happened."""

        name: ClassVar[str] = "inexact"
        shares: list[float]

    class Anything(_Complete):
        """It happened."""

        name: ClassVar[str] = "anything"
        facts: dict[str, Any]

    planted = (NoSubject, OtherAudience, KeyMayLack, Silent, Inexact, Anything)
    assert [event.__name__ for event in planted if not list(offences(event))] == []


def test_personal_data_would_be_found_however_deep(forgotten: None) -> None:
    class Contact(BaseModel):
        phone: str

    class WithPhone(_Complete):
        """It happened."""

        name: ClassVar[str] = "with_phone"

        contacts: list[Contact] | None = None

    class WithAccount(_Complete):
        """It happened."""

        name: ClassVar[str] = "with_account"

        provider_bank_account: str

    class Complete(_Complete):
        """It happened."""

        name: ClassVar[str] = "complete"

    assert [o.split(":")[0] for o in offences(WithPhone)] == ["Contact.phone"]
    assert [o.split(":")[0] for o in offences(WithAccount)] == ["WithAccount.provider_bank_account"]
    assert list(offences(Complete)) == []
