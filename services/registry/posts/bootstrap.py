"""The first administrators of a deployment: the operator's command names them, and nobody else can.

Two, because one alone could give nobody a weighty post. The same command gives a deployment back its second one when
accounts were lost or posts ran out; with two administrators who can log in it refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from services.registry.bodies.handlers import RegisterBody, put_body
from services.registry.persons.handlers import add_person, set_account
from services.registry.posts import store
from services.registry.posts.administrators import ADMINISTRATORS
from services.registry.posts.handlers import give
from services.registry.posts.records import Post
from shared.events.road import AdministratorsAppointed
from shared.fields.ids import new_id
from shared.work.acts import record_act
from shared.work.database import Call, Database, Transaction, WrongState

FIRST_ADMINISTRATORS = uuid5(NAMESPACE_OID, "goufu.registry.first_administrators")
"""Key under which two bootstraps at once stand in line."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """An administrator, as the command line prints it."""

    account: str
    person_id: UUID
    organisation: UUID
    post_id: UUID


async def bootstrap_administrators(
    database: Database, issuer: str, accounts: Sequence[str], jurisdiction: str, title: str
) -> list[Administrator]:
    """Makes administrators of posts, in an operating body of their own, and records it as the operator's act. Raises
    WrongState when two can log in already, or when these accounts would not make two."""
    call = Call(database, "bootstrap_administrators", token=None)
    async with call.transaction() as tx:
        body_id = new_id()
        made = [Administrator(account, uuid4(), body_id, new_id()) for account in dict.fromkeys(accounts)]
        await tx.lock(FIRST_ADMINISTRATORS, body_id, *(one.person_id for one in made))
        known = await store.administrators(tx, jurisdiction, tx.today)
        if len(known) >= ADMINISTRATORS:
            raise WrongState("administered", "without_two_administrators")
        if len(known) + len(made) < ADMINISTRATORS:
            raise WrongState("one_administrator", "two_accounts_named")
        await put_body(tx, body_id, RegisterBody(title, jurisdiction, "operator"), None)
        for one in made:
            await _appoint(tx, one, issuer, jurisdiction)
        persons = [one.person_id for one in made]
        await record_act(tx, AdministratorsAppointed, place=jurisdiction, persons=persons, known=len(known))
        return made


async def _appoint(tx: Transaction, one: Administrator, issuer: str, jurisdiction: str) -> None:
    person = await add_person(tx, one.person_id, one.organisation, jurisdiction, None)
    person = await set_account(tx, person, issuer, one.account, enabled=True)
    post = Post(
        id=one.post_id,
        person_id=one.person_id,
        organisation_id=one.organisation,
        jurisdiction=jurisdiction,
        duties=["administer_posts"],
        valid_from=tx.today,
        valid_until=None,
    )
    await give(tx, person, post)
