"""How persons and posts look to those who may see them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.registry.persons.duties import DUTIES, WEIGHTY
from shared.events import SERVICES
from shared.web.http import View
from shared.work.database import Row

OTHERS: tuple[str, ...] = tuple(name for name in SERVICES if name != "registry")
"""The services that are asked before a person is erased."""
ERASED = "已删除"


class AccountView(BaseModel):
    """A login: who issued it, and the issuer's name for it; none once it was erased."""

    issuer: str
    account: str | None
    enabled: bool


class PostView(BaseModel):
    """Duties in an organisation, in a jurisdiction and below, from–until (last day)."""

    id: UUID
    organisation: UUID
    jurisdiction: str
    duties: list[str]
    valid_from: date
    valid_until: date | None


class ProposedPostView(PostView):
    """A post that one administrator proposed and another has still to confirm; until then it gives nothing."""

    proposed_by: UUID


class ProposedAccountView(BaseModel):
    """A login that waits for another administrator in the same way."""

    issuer: str
    account: str | None
    proposed_by: UUID


class ErasureAnswerView(BaseModel):
    """The last day of which a service's record tells of a matter of the person."""

    service: str
    last_recorded_on: date | None


class ErasureView(BaseModel):
    """That the person is to be erased waits for another administrator, and for the services that have not answered."""

    id: UUID
    reason: str
    proposed_by: UUID
    answers: list[ErasureAnswerView]
    waits_for: list[str]


class PersonView(View):
    """A person by random id, or a program that acts for itself (`machine`). Name and where they were registered are
    shown to administrators there and to the person alone, a post to those who administer its place. Of an erased person
    (`state`) the id is left: the name then says 已删除."""

    id: UUID
    version: int
    jurisdiction: str | None
    organisation: UUID | None
    machine: bool
    state: Literal["registered", "erased"]
    erased_on: date | None
    display_name: str | None
    accounts: list[AccountView]
    posts: list[PostView]
    proposed: list[ProposedPostView]
    proposed_accounts: list[ProposedAccountView]
    erasure: ErasureView | None


class DutyView(BaseModel):
    """A duty a post can give; a `weighty` one takes two administrators."""

    name: str
    side: str
    weighty: bool
    zh: str
    en: str


class MyPostView(BaseModel):
    """A post in force today."""

    id: UUID
    organisation: UUID
    jurisdiction: str
    duties: list[str]


class MeView(BaseModel):
    """Who the caller is here; no person for an account that nobody linked or that is disabled."""

    person_id: UUID | None
    posts: list[MyPostView]


@dataclass(frozen=True, slots=True)
class Details:
    """What hangs on a person as far as the reader may see it: whether `home` (place and organisation), name, accounts,
    posts, the posts and accounts that wait for confirmation, and the erasing that does, with what was answered."""

    home: bool
    name: str | None
    accounts: list[Row]
    posts: list[Row]
    proposed: list[Row]
    proposed_accounts: list[Row]
    erasure: Row | None
    erasure_answers: list[Row]


def person_view(person: Row, details: Details) -> PersonView:
    return PersonView(
        id=person["id"],
        version=person["version"],
        jurisdiction=person["jurisdiction"] if details.home else None,
        organisation=person["organisation"] if details.home else None,
        machine=person["machine"],
        state=person["state"],
        erased_on=person["erased_on"],
        display_name=ERASED if person["state"] == "erased" else details.name,
        accounts=[
            AccountView(issuer=a["issuer"], account=a["account"], enabled=a["enabled"]) for a in details.accounts
        ],
        posts=[PostView(organisation=row["organisation_id"], **_post(row)) for row in details.posts],
        proposed=[
            ProposedPostView(organisation=row["organisation"], proposed_by=row["proposed_by"], **_post(row))
            for row in details.proposed
        ],
        proposed_accounts=[
            ProposedAccountView(issuer=row["issuer"], account=row["account"], proposed_by=row["proposed_by"])
            for row in details.proposed_accounts
        ],
        erasure=_erasure(details),
    )


def _erasure(details: Details) -> ErasureView | None:
    if details.erasure is None:
        return None
    answers = [
        ErasureAnswerView(**{name: row[name] for name in ErasureAnswerView.model_fields})
        for row in details.erasure_answers
    ]
    waits_for = sorted(set(OTHERS).difference(answer.service for answer in answers))
    known = {name: details.erasure[name] for name in ("id", "reason", "proposed_by")}
    return ErasureView(**known, answers=answers, waits_for=waits_for)


def _post(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "jurisdiction", "duties", "valid_from", "valid_until")}


def duty_views() -> list[DutyView]:
    return [
        DutyView(name=name, side=duty.side, weighty=name in WEIGHTY, zh=duty.zh, en=duty.en)
        for name, duty in DUTIES.items()
    ]
