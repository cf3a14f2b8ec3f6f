"""How persons and posts look to those who may see them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.registry.persons.duties import DUTIES, WEIGHTY
from shared.web.http import View
from shared.work.database import Row


class AccountView(BaseModel):
    """A login: who issued it, and the issuer's name for it."""

    issuer: str
    account: str
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
    account: str
    proposed_by: UUID


class PersonView(View):
    """A person by random id, or a program that acts for itself (`machine`). Name and where they were registered are
    shown to administrators there and to the person alone, a post to those who administer its place."""

    id: UUID
    version: int
    jurisdiction: str | None
    organisation: UUID | None
    machine: bool
    display_name: str | None
    accounts: list[AccountView]
    posts: list[PostView]
    proposed: list[ProposedPostView]
    proposed_accounts: list[ProposedAccountView]


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
    posts, and the posts and accounts that wait for confirmation."""

    home: bool
    name: str | None
    accounts: list[Row]
    posts: list[Row]
    proposed: list[Row]
    proposed_accounts: list[Row]


def person_view(person: Row, details: Details) -> PersonView:
    return PersonView(
        id=person["id"],
        version=person["version"],
        jurisdiction=person["jurisdiction"] if details.home else None,
        organisation=person["organisation"] if details.home else None,
        machine=person["machine"],
        display_name=details.name,
        accounts=[
            AccountView(issuer=a["issuer"], account=a["subject"], enabled=a["enabled"]) for a in details.accounts
        ],
        posts=[PostView(organisation=row["organisation_id"], **_post(row)) for row in details.posts],
        proposed=[
            ProposedPostView(organisation=row["organisation"], proposed_by=row["proposed_by"], **_post(row))
            for row in details.proposed
        ],
        proposed_accounts=[
            ProposedAccountView(issuer=row["issuer"], account=row["subject"], proposed_by=row["proposed_by"])
            for row in details.proposed_accounts
        ],
    )


def _post(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "jurisdiction", "duties", "valid_from", "valid_until")}


def duty_views() -> list[DutyView]:
    return [
        DutyView(name=name, side=duty.side, weighty=name in WEIGHTY, zh=duty.zh, en=duty.en)
        for name, duty in DUTIES.items()
    ]
