"""Events of consents that are for the record alone."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from shared.events import Audience, Event


class _Consent(Event):
    """An entry about a consent to what a purchase is to do, on record for the audit trail."""

    service: ClassVar[str] = "tendering"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "consent_id"

    project_id: UUID
    consent_id: UUID


class ConsentAsked(_Consent):
    """An authority is asked to consent to this, for this method and up to this amount (CNY), by this clause; who gives
    it holds a post at `place`."""

    name: ClassVar[str] = "consent_asked"

    purpose: str
    method: str
    authority: str
    ground: str | None = None
    place: str
    amount: Decimal
    clause: str


class ConsentDecided(_Consent):
    """Somebody of the authority gave it, or refused it; what was given and is refused is taken back."""

    name: ClassVar[str] = "consent_decided"

    given: bool


class ConsentWithdrawn(_Consent):
    """The purchaser does without it."""

    name: ClassVar[str] = "consent_withdrawn"


class ConsentUsed(_Consent):
    """A procurement rests on it from now on."""

    name: ClassVar[str] = "consent_used"

    procurement_id: UUID
