"""How notices to observers come in and look from outside; names and contacts go in and never out."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.evaluation.conduct.records import Observer
from services.evaluation.conduct.store import Notified
from services.evaluation.fields import Code, IdentityNumber
from shared.fields.text import Name, ShortText
from shared.web.http import Body, Id, Shown


class ObserverBody(Body):
    """A person told beforehand: by `person_id`, or by name and contact. Two of one name count as one unless the
    `identity_number` of the resident card of each is given, of which only a salted hash is kept. `kind` as the text
    names it (actual_user, beneficiary); another kind is entered and does not count."""

    kind: Code = Field(examples=["beneficiary"])
    channel: Literal["in_person", "phone", "message", "paper"]
    person_id: Id | None = None
    name: Name | None = None
    contact: ShortText | None = None
    identity_number: IdentityNumber | None = None

    @model_validator(mode="after")
    def somebody(self) -> "ObserverBody":
        named = self.name is not None and self.contact is not None
        beside = self.name or self.contact or self.identity_number
        if (self.person_id is None) != named or (self.person_id is not None and beside):
            raise ValueError("give either person_id, or name and contact")
        return self


class ObserversBody(Body):
    """Those told in this round."""

    observers: list[ObserverBody] = Field(min_length=1, max_length=100)

    def told(self) -> tuple[Notified, ...]:
        return tuple(
            Notified(o.kind, o.channel, o.person_id, o.name, o.contact, o.identity_number) for o in self.observers
        )


class ObserverView(Shown):
    """A notice on record: to whom (by random id), as what, how and when; `tied` to a party, it does not count."""

    person_id: UUID
    kind: str
    tied: bool
    channel: str
    notified_at: datetime


def observer_views(notices: list[Observer]) -> list[ObserverView]:
    return [ObserverView.model_validate(notice) for notice in notices]
