"""Who acts, in which posts, and what that lets them do. Duties are separated by person, never by role.

A token proves only who; the registry says who that person is and which posts they hold; every service keeps a copy.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Post:
    """Duties of one person in one organisation, in a jurisdiction and below (`5101` covers `5101/510104`)."""

    id: UUID
    organisation: UUID
    jurisdiction: str
    duties: frozenset[str]

    def covers(self, duty: str, organisation: UUID | None, jurisdiction: str) -> bool:
        return (
            duty in self.duties
            and (organisation is None or organisation == self.organisation)
            and within(jurisdiction, self.jurisdiction)
        )


def within(place: str, area: str) -> bool:
    """Whether a jurisdiction path lies in another: a district in its city, everything in the nation `000000`."""
    return place == area or place.startswith(f"{area}/") or area == "000000"


@dataclass(frozen=True, slots=True)
class Token:
    """What the bearer token proved. `auth_time` is None where it does not say when the person logged in."""

    issuer: str
    subject: str
    auth_time: datetime | None
    client: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with posts, or the system acting on an event (`person_id` then is None)."""

    person_id: UUID | None = None
    posts: tuple[Post, ...] = ()
    token: Token | None = None

    def holds(self, duty: str, organisation: UUID | None, jurisdiction: str) -> bool:
        return any(post.covers(duty, organisation, jurisdiction) for post in self.posts)

    def organisations(self) -> frozenset[UUID]:
        return frozenset(post.organisation for post in self.posts)

    def scope(self) -> "Scope":
        return Scope(
            self.person_id,
            self.organisations(),
            tuple(sorted({p.jurisdiction for p in self.posts if p.duties & OVERSIGHT})),
        )


SYSTEM = Actor()

OVERSIGHT = frozenset({"audit", "supervise", "review_budget"})
"""Duties that see every organisation of their jurisdiction and below."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: their own organisations, and the jurisdictions they oversee."""

    person_id: UUID | None = None
    organisations: frozenset[UUID] = field(default_factory=frozenset)
    oversees: tuple[str, ...] = ()

    def sees(self, owners: Iterable[UUID | None], jurisdiction: str) -> bool:
        return bool(self.organisations & frozenset(owners)) or any(within(jurisdiction, a) for a in self.oversees)


class NotAllowed(Exception):
    """403: the person lacks the post this act needs."""

    def __init__(self, duty: str) -> None:
        self.duty = duty
        super().__init__(f"needs the duty {duty}")


class StepUpNeeded(Exception):
    """401: this act asks for a login of the last 15 minutes (`shared/weight.py`). `known` is False when the token does
    not say when that was."""

    def __init__(self, known: bool = True) -> None:
        self.known = known
        super().__init__("needs a login of the last 15 minutes")


class Stale(Exception):
    """503: a heavy act needs posts that are at most 5 seconds old (`shared/weight.py`), and the copy is older."""


STEP_UP_SECONDS = 15 * 60
FRESH_SECONDS = 5.0


def actor_of(caller: str | None, token: Token) -> Actor:
    """The actor behind a token as `who_is` describes them; an unknown or disabled account has no posts."""
    if caller is None:
        return Actor(None, (), token)
    person, posts = _described(caller)
    return Actor(person, posts, token)


@lru_cache(maxsize=4096)
def _described(caller: str) -> tuple[UUID | None, tuple[Post, ...]]:
    """Person and posts out of the text, which is asked for anew at each request and seldom changes."""
    document = json.loads(caller)
    if not document["enabled"]:
        return None, ()
    posts = tuple(
        Post(UUID(p["id"]), UUID(p["organisation"]), p["jurisdiction"], frozenset(p["duties"]))
        for p in document["posts"]
    )
    return UUID(document["person"]), posts
