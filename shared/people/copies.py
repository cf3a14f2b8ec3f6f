"""Every service's copy of who may do what: accounts, posts and organisations, from the registry's events."""

from typing import Any

import sqlalchemy as sa

from shared.events.registry import AccountLinked, OrganisationRegistered, PostEnded, PostGiven
from shared.road.consumer import Copy


def people_copies(metadata: sa.MetaData) -> tuple[Copy, ...]:
    """The copies that keep `accounts`, `posts` and `organisations` of this schema."""
    accounts, posts, organisations = (metadata.tables[name] for name in ("accounts", "posts", "organisations"))
    return (
        Copy(AccountLinked, accounts, _account),
        Copy(PostGiven, posts, _post),
        Copy(PostEnded, posts, _post),
        Copy(OrganisationRegistered, organisations, _organisation),
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


def _organisation(event: OrganisationRegistered) -> dict[str, Any]:
    return {"id": event.organisation, "kind": event.kind, "jurisdiction": event.jurisdiction}
