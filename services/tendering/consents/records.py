"""Consents, as they are kept. Amounts in CNY."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared.work.records import Aggregate
from shared.work.states import moves


class Purpose(StrEnum):
    """What a consent is for. The text names who gives it under `<purpose>_consents`."""

    OTHER_METHOD = "other_method"
    DIRECT_CHOICE = "direct_choice"
    OWN_EXPERTS = "own_experts"
    PRICE_WEIGHT = "price_weight"


class Authority(StrEnum):
    """Who consents: another person of the purchaser, its supervising budget unit, finance of the same level, finance of
    the city or above."""

    SECOND_PERSON = "second_person"
    SUPERVISING_UNIT = "supervising_unit"
    FINANCE = "finance"
    CITY_FINANCE = "city_finance"


DUTIES = {
    Authority.SECOND_PERSON: "consent_as_second",
    Authority.SUPERVISING_UNIT: "consent_as_supervisor",
    Authority.FINANCE: "approve_exception",
    Authority.CITY_FINANCE: "approve_exception",
}
"""The duty of who gives it. A post holds it in a body of that kind alone: see services/registry/bodies/kinds.py."""


@moves(begins="asked", asked="given refused withdrawn", given="refused withdrawn used")
class ConsentState(StrEnum):
    """Whether it waits for an answer, may be used, was refused or withdrawn before it was used, or was used."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"


LIVE = (ConsentState.ASKED, ConsentState.GIVEN)


@dataclass(frozen=True, kw_only=True)
class Consent(Aggregate):
    """One authority's consent to what a purchase is to do: for this method, up to this amount. `place`: where who gives
    it must hold a post; `used_for`: the procurement that rests on it."""

    purpose: Purpose
    method: str
    authority: Authority
    ground: str | None
    place: str
    amount: Decimal
    rulebook: str
    clause: str
    reason: str
    asked_by: UUID
    asked_at: datetime
    state: ConsentState = ConsentState.ASKED
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    used_for: UUID | None = None

    @property
    def project_id(self) -> UUID:
        """Along a purchase its project is the key."""
        return self.key
