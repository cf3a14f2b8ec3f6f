"""Routes of persons and accounts."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.registry.persons import store
from services.registry.persons.handlers import (
    ConfirmAccount,
    CorrectName,
    DisableAccount,
    DisplayName,
    LinkAccount,
    RegisterPerson,
    confirm_account,
    correct_name,
    disable_account,
    link_account,
    register_person,
)
from services.registry.persons.views import (
    DutyView,
    MeView,
    MyPostView,
    NameView,
    PersonView,
    PostView,
    duty_views,
    person_view,
    post_view,
)
from shared.fields.places import Place
from shared.fields.text import Name, PlainDate, ShortText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.database import NotFound

routes = router("persons")


class NameBody(Body):
    """A name is kept apart from everything that is published, until its last day."""

    text: Name
    keep_until: PlainDate


class AccountBody(Body):
    """A login as its tokens name it: `iss` and `sub`."""

    issuer: ShortText = Field(examples=["https://issuer.goufu.example"])
    account: ShortText = Field(examples=["officer-1"])


class PersonBody(AccountBody):
    """A person of an organisation, with a first account; or one of its programs, whose tokens are its own (client
    credentials)."""

    machine: bool = False
    organisation: Id
    jurisdiction: Place = Field(examples=["4404/440402"])
    display_name: NameBody | None = None


class CorrectedNameBody(Body):
    """The name that was meant, and why it takes the place of the one before, without naming anybody."""

    display_name: NameBody
    reason: ShortText


@routes.get("/duties", operation_id="list_duties")
async def list_duties(query: Query) -> list[DutyView]:
    """The duties a post can give, in Chinese and English."""
    return duty_views()


@routes.get("/me", operation_id="who_am_i")
async def who_am_i(query: Query) -> MeView:
    """The caller's person and the posts in force today."""
    posts = [
        MyPostView(id=p.id, organisation=p.organisation, jurisdiction=p.jurisdiction, duties=sorted(p.duties))
        for p in query.actor.posts
    ]
    return MeView(person_id=query.actor.person_id, posts=posts)


@routes.get("/persons/{person_id}", operation_id="get_person")
async def get_person(person_id: UUID, query: Query, response: Response) -> PersonView:
    """A person with accounts and posts, the latest past ones too; for the person, and those who administer posts where
    they were registered or hold a post, who see the posts of their places."""
    person = await store.read_person(query, person_id, query.actor.scope())
    response.headers["etag"] = f'"{person.version}"'
    return person_view(person, await store.details(query, person))


@routes.post("/persons", operation_id="register_person", response_model=PersonView, status_code=201)
async def post_person(body: PersonBody, call: Command) -> Response:
    """Registers a person with an account, in an organisation that lies where the caller administers posts. A login that
    is known, from another place too, answers 200 with its person, to whom posts can be given here. Duty:
    administer_posts."""
    name = DisplayName(body.display_name.text, body.display_name.keep_until) if body.display_name else None
    command = RegisterPerson(body.organisation, body.jurisdiction, body.issuer, body.account, name, body.machine)
    return await perform(register_person, call, command)


@routes.post("/persons/{person_id}/name", operation_id="correct_name", response_model=PersonView)
async def post_name(person_id: UUID, body: CorrectedNameBody, call: Command) -> Response:
    """Sets the name right, as another administrator than who gave it; the name before stays readable as long as it is
    kept. Duty: administer_posts, where the person was registered."""
    name = DisplayName(body.display_name.text, body.display_name.keep_until)
    return await perform(correct_name, call, CorrectName(person_id, name, body.reason))


@routes.get("/persons/{person_id}/names", operation_id="list_names")
async def list_names(person_id: UUID, query: Query, listed: Listed) -> list[NameView]:
    """The names by which a person is and was known, the last one counts; for the person, and administrators where they
    were registered."""
    person = await store.read_person(query, person_id, query.actor.scope())
    me = query.actor.person_id == person.id
    if not (me or query.actor.holds("administer_posts", None, person.jurisdiction)):
        raise NotFound
    names = await store.list_names(query, person.id, listed.by("number"))
    return [NameView.model_validate(each) for each in listed.page(names, "number")]


@routes.get("/persons/{person_id}/posts", operation_id="list_posts")
async def list_posts(person_id: UUID, query: Query, listed: Listed) -> list[PostView]:
    """Every post that a person ever had; for the person, and administrators where they were registered."""
    person = await store.read_person(query, person_id, query.actor.scope())
    me = query.actor.person_id == person.id
    if not (me or query.actor.holds("administer_posts", None, person.jurisdiction)):
        raise NotFound
    posts = await store.list_posts(query, person.id, listed.by("id"))
    return [post_view(each) for each in listed.page(posts, "id")]


@routes.post("/persons/{person_id}/accounts", operation_id="link_account", response_model=PersonView)
async def post_account(person_id: UUID, body: AccountBody, call: Command) -> Response:
    """Proposes another account, or that a disabled one be taken into use again: another administrator confirms. Duty:
    administer_posts, where the person was registered or holds a post."""
    return await perform(link_account, call, LinkAccount(person_id, body.issuer, body.account))


@routes.post("/persons/{person_id}/accounts/confirm", operation_id="confirm_account", response_model=PersonView)
async def post_account_confirmation(person_id: UUID, body: AccountBody, call: Command) -> Response:
    """Confirms a proposed account, as another administrator. Duty: administer_posts; wherever the person holds a post
    one of the two has it."""
    return await perform(confirm_account, call, ConfirmAccount(person_id, body.issuer, body.account))


@routes.post("/persons/{person_id}/accounts/disable", operation_id="disable_account", response_model=PersonView)
async def post_disabling(person_id: UUID, body: AccountBody, call: Command) -> Response:
    """Ends the use of an account at once, or takes back one that is only proposed. Duty: administer_posts, wherever the
    person holds posts: where others gave some, end those of your place."""
    return await perform(disable_account, call, DisableAccount(person_id, body.issuer, body.account))
