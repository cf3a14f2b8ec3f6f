"""How persons and posts look to those who may see them."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.registry.persons.duties import DUTIES
from shared.database import Row
from shared.http import View


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


class PersonView(View):
    """A person by random id; the name is shown to administrators and to the person alone."""

    id: UUID
    version: int
    jurisdiction: str
    organisation: UUID
    display_name: str | None
    accounts: list[AccountView]
    posts: list[PostView]


class DutyView(BaseModel):
    """A duty a post can give."""

    name: str
    side: str
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


def person_view(person: Row, name: str | None, accounts: list[Row], posts: list[Row]) -> PersonView:
    return PersonView(
        id=person["id"],
        version=person["version"],
        jurisdiction=person["jurisdiction"],
        organisation=person["organisation"],
        display_name=name,
        accounts=[AccountView(issuer=a["issuer"], account=a["subject"], enabled=a["enabled"]) for a in accounts],
        posts=[_post(row) for row in posts],
    )


def _post(row: Row) -> PostView:
    return PostView(
        id=row["id"],
        organisation=row["organisation_id"],
        jurisdiction=row["jurisdiction"],
        duties=row["duties"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
    )


def duty_views() -> list[DutyView]:
    return [DutyView(name=name, side=duty.side, zh=duty.zh, en=duty.en) for name, duty in DUTIES.items()]
