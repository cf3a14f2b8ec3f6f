"""Who acts, in which posts, and what that lets them do. Duties are separated by person, never by role.

A token proves only who; the registry says who that person is and which posts they hold; every service keeps a copy.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from shared.fields.places import within

PROVIDING = frozenset({"maintain_provider", "submit_bid", "sign_for_provider", "file_objection"})
"""Duties of a provider's people. A provider works wherever it likes, so these count for it in every place."""


@dataclass(frozen=True, slots=True)
class Post:
    """Duties of one person in one organisation, in a jurisdiction and below (`5101` covers `5101/510104`). `who_is`
    leaves out a post whose organisation lies elsewhere, and says it once more, `inherited`, for each organisation that
    left and whose place the post's own took: what was begun there is carried on, and nothing is begun."""

    id: UUID
    organisation: UUID
    jurisdiction: str
    duties: frozenset[str]
    inherited: bool = False

    @property
    def provides(self) -> bool:
        """Whether it is held in a provider."""
        return bool(self.duties & PROVIDING)

    def covers(self, duty: str, organisation: UUID | None, jurisdiction: str) -> bool:
        """Whether it lets its holder do this, for that organisation (None: for any), there."""
        if duty not in self.duties or organisation not in (None, self.organisation):
            return False
        anywhere = duty in PROVIDING and organisation is not None
        return anywhere or within(jurisdiction, self.jurisdiction)

    def sees(self, owners: Iterable[UUID | None], jurisdiction: str, provider: UUID | None = None) -> bool:
        """Whether a record of these owners there is its organisation's: a provider's is everywhere."""
        if self.provides and provider == self.organisation:
            return True
        return self.organisation in (*owners, provider) and within(jurisdiction, self.jurisdiction)


@dataclass(frozen=True, slots=True)
class Tie:
    """A post of whatever age: with whom, and its last day (None: it has no end)."""

    organisation: UUID
    until: date | None


@dataclass(frozen=True, slots=True)
class Token:
    """What the bearer token proved. `auth_time` is None where it does not say when the person logged in."""

    issuer: str
    subject: str
    auth_time: datetime | None
    client: bool = False

    @property
    def login(self) -> str:
        """What the login is known by here."""
        return login_of(self.issuer, self.subject)


def login_of(issuer: str, subject: str) -> str:
    """What stands for a login in every row and event, SHA-256 of issuer and subject in hex: a journal is never erased
    and copies are made anew from it, so neither may hold how a person is called elsewhere. The registry alone keeps the
    subject itself, in `private_logins`, until the person is erased."""
    return hashlib.sha256(f"{issuer}\x1f{subject}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with posts, or the system acting on an event (`person_id` then is None). `ties` are all posts they ever
    held or will hold: what an interest is told by, never what they may do."""

    person_id: UUID | None = None
    posts: tuple[Post, ...] = ()
    token: Token | None = None
    ties: tuple[Tie, ...] = ()

    def holds(self, duty: str, organisation: UUID | None, jurisdiction: str, *, begins: bool = False) -> bool:
        """`begins`: something new in the organisation's name, which a predecessor's is not lent for."""
        posts = [post for post in self.posts if not (begins and post.inherited)]
        return any(post.covers(duty, organisation, jurisdiction) for post in posts)

    def organisations(self) -> frozenset[UUID]:
        return frozenset(post.organisation for post in self.posts)

    def scope(self) -> "Scope":
        oversees = {post.jurisdiction for post in self.posts if post.duties & OVERSIGHT}
        return Scope(self.person_id, self.posts, tuple(sorted(oversees)))


SYSTEM = Actor()

MACHINES = {
    "record_receipt": "record_receipt",
    "import_result": "import_result",
    "import_answers": "run_survey",
}
"""Commands that a program may give for itself, each with its duty: it enters what another system says. It never
signs, approves, opens, scores, awards, bars or confirms what was entered."""

MACHINE_DUTIES = frozenset(MACHINES.values())

OVERSIGHT = frozenset({"audit", "supervise", "review_budget"})
"""Duties that see every organisation of their jurisdiction and below."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: records of their organisations where their posts reach, and the places they oversee.
    `shared.reading.visibility.seen_by` says the same in SQL."""

    person_id: UUID | None = None
    posts: tuple[Post, ...] = ()
    oversees: tuple[str, ...] = ()

    def owns(self, owners: Iterable[UUID | None], jurisdiction: str, provider: UUID | None = None) -> bool:
        """Whether the record is one of the reader's own side; those who only oversee it do not own it."""
        given = tuple(owners)
        return any(post.sees(given, jurisdiction, provider) for post in self.posts)

    def sees(self, owners: Iterable[UUID | None], jurisdiction: str, provider: UUID | None = None) -> bool:
        """Whether the reader may see a record of these owners, and of this provider, that lies there."""
        return self.owns(owners, jurisdiction, provider) or any(within(jurisdiction, area) for area in self.oversees)

    def organisations_in(self, jurisdiction: str) -> frozenset[UUID]:
        """The organisations for which the reader's posts reach that place."""
        return frozenset(post.organisation for post in self.posts if within(jurisdiction, post.jurisdiction))


class NotAllowed(Exception):
    """403: the person lacks the post this act needs; where it was needed, as far as that is known. `seal`: under which
    seal the try is recorded, if under any."""

    seal: UUID | None = None

    def __init__(self, duty: str, jurisdiction: str | None = None) -> None:
        self.duty, self.jurisdiction = duty, jurisdiction
        super().__init__(f"needs the duty {duty}")


class StepUpNeeded(Exception):
    """401: this act asks for a login of the last 15 minutes (`weight.py`). `known` is False when the token does
    not say when that was."""

    def __init__(self, known: bool = True) -> None:
        self.known = known
        super().__init__("needs a login of the last 15 minutes")


class Stale(Exception):
    """503: a heavy act needs posts that are at most 5 seconds old (`shared/work/weight.py`), and the copy is older."""


STEP_UP_SECONDS = 15 * 60
FRESH_SECONDS = 5.0


def actor_of(caller: str | None, token: Token) -> Actor:
    """The actor behind a token as `who_is` describes them; an unknown or disabled account has no posts. Neither has a
    person's account with a program's token, nor the reverse."""
    if caller is None:
        return Actor(None, (), token)
    person, posts, ties, machine = _described(caller)
    if machine != token.client:
        return Actor(None, (), token)
    return Actor(person, posts, token, ties)


@lru_cache(maxsize=4096)
def _described(caller: str) -> tuple[UUID | None, tuple[Post, ...], tuple[Tie, ...], bool]:
    """Person, posts, ties, and whether it is a machine, out of the text, which is asked for anew at each request and
    seldom changes."""
    document = json.loads(caller)
    machine: bool = document["machine"]
    if not document["enabled"]:
        return None, (), (), machine
    posts = tuple(
        Post(UUID(p["id"]), UUID(p["organisation"]), p["jurisdiction"], _duties(p["duties"], machine), p["inherited"])
        for p in document["posts"]
    )
    ties = tuple(
        Tie(UUID(t["organisation"]), date.fromisoformat(t["until"]) if t["until"] else None) for t in document["ties"]
    )
    return UUID(document["person"]), posts, ties, machine


def _duties(given: Iterable[str], machine: bool) -> frozenset[str]:
    return frozenset(given) & MACHINE_DUTIES if machine else frozenset(given)
