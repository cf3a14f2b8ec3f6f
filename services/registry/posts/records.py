"""Posts, given and proposed, as they are kept."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.persons.records import AboutPerson
from shared.work.records import Identified


@dataclass(frozen=True, kw_only=True)
class Post(Identified):
    """Duties in an organisation, in a jurisdiction and below, from–until (last day), as every service knows them;
    `source_version` is 0 before it is given."""

    person_id: UUID
    organisation_id: UUID
    jurisdiction: str
    duties: list[str]
    valid_from: date
    valid_until: date | None
    source_version: int = 0


@dataclass(frozen=True, kw_only=True)
class HeldPost(Post):
    """A post, and where its organisation lies."""

    lies_at: str


@dataclass(frozen=True, kw_only=True)
class PostProposal(AboutPerson):
    """A post that waits for another administrator; until then it gives nothing."""

    duties: list[str]
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, kw_only=True)
class ProposedPost(PostProposal):
    """A proposed post, and where its organisation lies."""

    lies_at: str
