"""Every service's copy of who may do what: accounts, posts, organisations, who took the place of whom, and
declared interests, from the registry's events."""

from typing import Any

import sqlalchemy as sa

from shared.events.registry import (
    AccountLinked,
    InterestRecorded,
    OrganisationLeft,
    OrganisationRegistered,
    OrganisationSucceeded,
    PostEnded,
    PostGiven,
    SuccessionAnnulled,
)
from shared.road.consumer import Copy


def people_copies(metadata: sa.MetaData) -> tuple[Copy, ...]:
    """The copies that keep `accounts`, `posts`, `organisations`, `successors` and `interests` of this schema."""
    names = ("accounts", "posts", "organisations", "successors", "interests")
    accounts, posts, organisations, successors, interests = (metadata.tables[name] for name in names)
    return (
        Copy(AccountLinked, accounts, _account),
        Copy(PostGiven, posts, _post),
        Copy(PostEnded, posts, _post),
        Copy(OrganisationRegistered, organisations, _organisation),
        Copy(OrganisationLeft, organisations, _organisation),
        Copy(OrganisationSucceeded, successors, _succession),
        Copy(SuccessionAnnulled, successors, _succession),
        Copy(InterestRecorded, interests, _interest),
    )


def _account(event: AccountLinked) -> dict[str, Any]:
    login = {"issuer": event.issuer, "subject": event.account, "person_id": event.person_id}
    return {**login, "enabled": event.enabled, "machine": event.machine}


def _post(event: PostGiven | PostEnded) -> dict[str, Any]:
    return {
        "id": event.post_id,
        "person_id": event.person_id,
        "organisation_id": event.organisation,
        "jurisdiction": event.jurisdiction,
        "duties": event.duties,
        "valid_from": event.valid_from,
        "valid_until": event.valid_until,
    }


def _organisation(event: OrganisationRegistered | OrganisationLeft) -> dict[str, Any]:
    left = event.left_on if isinstance(event, OrganisationLeft) else None
    return {"id": event.organisation, "kind": event.kind, "jurisdiction": event.jurisdiction, "left_on": left}


def _succession(event: OrganisationSucceeded | SuccessionAnnulled) -> dict[str, Any]:
    known = {"successor": event.organisation, "predecessor": event.predecessor, "from_day": event.from_day}
    return {**known, "annulled": isinstance(event, SuccessionAnnulled)}


def _interest(event: InterestRecorded) -> dict[str, Any]:
    known = {"person_id": event.person_id, "organisation_id": event.provider_id, "until": event.until}
    return {"id": event.interest_id, **known, "annulled": event.annulled}
