"""How persons and posts look to those who may see them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.registry.erasures.records import Erasure, ServiceAnswer
from services.registry.persons.duties import DUTIES, WEIGHTY
from services.registry.persons.records import NamedAccount, NamedAccountProposal, Person, PersonState
from services.registry.posts.records import Post, ProposedPost
from shared.events import SERVICES
from shared.web.http import Shown, View
from shared.work.bounds import latest

OTHERS: tuple[str, ...] = tuple(name for name in SERVICES if name != "registry")
"""The services that are asked before a person is erased."""
ERASED = "已删除"


class AccountView(Shown):
    """A login: who issued it, and the issuer's name for it; none once it was erased."""

    issuer: str
    account: str | None
    enabled: bool


class PostView(Shown):
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


class ProposedAccountView(Shown):
    """A login that waits for another administrator in the same way."""

    issuer: str
    account: str | None
    proposed_by: UUID


class ErasureAnswerView(Shown):
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


class NameView(Shown):
    """A name by which administrators know or knew a person; `reason` says why it took the place of the one before."""

    number: int
    display_name: str
    reason: str | None
    keep_until: date


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
    accounts: list[NamedAccount]
    posts: list[Post]
    proposed: list[ProposedPost]
    proposed_accounts: list[NamedAccountProposal]
    erasure: Erasure | None
    erasure_answers: list[ServiceAnswer]


def person_view(person: Person, details: Details) -> PersonView:
    return PersonView(
        id=person.id,
        version=person.version,
        jurisdiction=person.jurisdiction if details.home else None,
        organisation=person.organisation if details.home else None,
        machine=person.machine,
        state=person.state.value,
        erased_on=person.erased_on,
        display_name=ERASED if person.state == PersonState.ERASED else details.name,
        accounts=[AccountView.model_validate(account) for account in latest(details.accounts)],
        posts=[post_view(post) for post in details.posts],
        proposed=[ProposedPostView.model_validate(post) for post in details.proposed],
        proposed_accounts=[ProposedAccountView.model_validate(account) for account in details.proposed_accounts],
        erasure=_erasure(details),
    )


def _erasure(details: Details) -> ErasureView | None:
    waiting = details.erasure
    if waiting is None:
        return None
    answers = [ErasureAnswerView.model_validate(answer) for answer in details.erasure_answers]
    waits_for = sorted(set(OTHERS).difference(answer.service for answer in answers))
    return ErasureView(
        id=waiting.id,
        reason=waiting.reason,
        proposed_by=waiting.proposed_by,
        answers=answers,
        waits_for=waits_for,
    )


def post_view(post: Post) -> PostView:
    return PostView(
        id=post.id,
        organisation=post.organisation_id,
        jurisdiction=post.jurisdiction,
        duties=post.duties,
        valid_from=post.valid_from,
        valid_until=post.valid_until,
    )


def duty_views() -> list[DutyView]:
    return [
        DutyView(name=name, side=duty.side, weighty=name in WEIGHTY, zh=duty.zh, en=duty.en)
        for name, duty in DUTIES.items()
    ]
