"""Routes of posts."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.registry.fields import OneOf
from services.registry.persons.api import AccountBody
from services.registry.persons.duties import DUTIES
from services.registry.persons.views import PersonView
from services.registry.posts.handlers import ConfirmPost, EndPost, GivePost, confirm_post, end_post, give_post
from shared.fields.places import Place
from shared.fields.text import PlainDate
from shared.web.http import Body, Command, Id, perform, router

routes = router("posts")

DutyName = Annotated[str, OneOf(DUTIES)]


class PostBody(Body):
    """What the person may do, for whom, where; today on, unless a later day is given. `login` names somebody whom
    another place registered, with the first post of this one."""

    organisation: Id
    jurisdiction: Place = Field(examples=["4404/440402"])
    duties: list[DutyName] = Field(min_length=1, max_length=40)
    valid_from: PlainDate | None = None
    valid_until: PlainDate | None = None
    login: AccountBody | None = None


class EndBody(Body):
    """The last day of the post; none ends it at once."""

    last_day: PlainDate | None = None


@routes.post("/persons/{person_id}/posts", operation_id="give_post", response_model=PersonView, status_code=201)
async def post_post(person_id: UUID, body: PostBody, call: Command) -> Response:
    """Gives a post to another person, in an organisation that lies where the caller administers posts. One with a
    weighty duty (see `GET /v1/duties`) is only proposed: another administrator confirms. Duty: administer_posts."""
    login = (body.login.issuer, body.login.account) if body.login else None
    period = body.valid_from, body.valid_until
    command = GivePost(person_id, body.organisation, body.jurisdiction, frozenset(body.duties), *period, login)
    return await perform(give_post, call, command)


@routes.post("/posts/{post_id}/confirm", operation_id="confirm_post", response_model=PersonView)
async def post_confirmation(post_id: UUID, call: Command) -> Response:
    """Confirms a proposed post, as another administrator; it counts from then on. Duty: administer_posts."""
    return await perform(confirm_post, call, ConfirmPost(post_id))


@routes.post("/posts/{post_id}/end", operation_id="end_post", response_model=PersonView)
async def post_end(post_id: UUID, body: EndBody, call: Command) -> Response:
    """Ends a post, or takes back one that is only proposed. Duty: administer_posts in the post's jurisdiction."""
    return await perform(end_post, call, EndPost(post_id, body.last_day))
